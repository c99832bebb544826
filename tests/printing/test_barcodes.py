"""Every symbol is read back by somebody else's reader from a picture of whole dots."""

from __future__ import annotations

import re
import string

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from omni_pickup.printing.barcodes import LONGEST_CODE_128, Bars, code128, gs1_sscc, gtin, qr
from omni_pickup.rules.problems import RuleProblem


def picture(svg: str) -> Image.Image:
    """Paint the rectangles of our own SVG, one dot a pixel."""
    width, height = map(int, re.search(r'viewBox="0 0 (\d+) (\d+)"', svg).groups())  # type: ignore[union-attr]
    image = Image.new("L", (width, height), 255)
    for x, y, w, h in re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)h-\d+z", svg):
        ImageDraw.Draw(image).rectangle((int(x), int(y), int(x) + int(w) - 1, int(y) + int(h) - 1), fill=0)
    return image


def read(svg: str) -> tuple[str, str]:
    (code,) = zxingcpp.read_barcodes(picture(svg))
    return code.format.name, code.text


def scanned(bars: Bars) -> tuple[str, str]:
    return read(bars.svg(dots=2, height=60))


@given(st.text(alphabet=[chr(sign) for sign in range(32, 127)], min_size=1, max_size=LONGEST_CODE_128))
@settings(max_examples=150, deadline=None)
def test_every_printable_text_is_read_back_from_code_128(text: str) -> None:
    assert scanned(code128(text)) == ("Code128", text)


@given(st.text(alphabet=string.digits + "A-", min_size=1, max_size=24))
@settings(max_examples=150, deadline=None)
def test_changing_between_pairs_and_single_signs_loses_nothing(text: str) -> None:
    assert scanned(code128(text))[1] == text


def test_digits_in_pairs_take_half_the_width() -> None:
    assert code128("104821").modules == 20 + 11 * 5 + 13
    assert code128("104821").modules < code128("ABCDEF").modules


def test_an_sscc_is_a_gs1_symbol_with_its_identifier() -> None:
    bars = gs1_sscc("359012345000004271")
    (code,) = zxingcpp.read_barcodes(picture(bars.svg(dots=2, height=60)))
    assert code.content_type.name == "GS1"
    assert code.text == bars.content == "(00)359012345000004271"
    assert bars.text == "(00) 359012345000004271"


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("5901234123457", ("EAN13", "5901234123457")),
        ("0000000000017", ("EAN13", "0000000000017")),
        ("036000291452", ("EAN13", "0036000291452")),
        ("96385074", ("EAN8", "96385074")),
        ("15901234123454", ("Code128", "(01)15901234123454")),
    ],
)
def test_an_article_number_is_read_back(number: str, expected: tuple[str, str]) -> None:
    name, text = scanned(gtin(number))
    # A GTIN-12 is the same bars under two names.
    assert (name.replace("UPCA", "EAN13"), text.zfill(13) if name == "UPCA" else text) == expected


@given(st.integers(min_value=1, max_value=10**12 - 1))
@settings(max_examples=60, deadline=None)
def test_every_ean_13_is_read_back(number: int) -> None:
    digits = f"{number:012d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    whole = digits + str(-total % 10)
    assert scanned(gtin(whole))[1].zfill(13) == whole


def test_a_square_is_read_back_with_any_letters() -> None:
    for text in ("bag_abcdefghijklmnopqrstuvwx", "KÖPKORT-ŻÓŁĆ", "x" * 100):
        assert read(qr(text, dots=2)) == ("QRCode", text)


def test_every_bar_begins_on_a_whole_dot_inside_its_quiet_zone() -> None:
    svg = code128("R520418-4").svg(dots=4, height=96)
    starts = [int(x) for x in re.findall(r"M(\d+) ", svg)]
    assert min(starts) == 40
    assert all(start % 4 == 0 for start in starts)


@pytest.mark.parametrize("text", ["", "ö", "a\n", "x" * (LONGEST_CODE_128 + 1)])
def test_what_does_not_fit_into_code_128_is_refused(text: str) -> None:
    with pytest.raises(RuleProblem) as refused:
        code128(text)
    assert refused.value.code == "unprintable_barcode"


def test_wrong_check_digits_are_never_printed() -> None:
    with pytest.raises(RuleProblem):
        gtin("5901234123458")
    with pytest.raises(RuleProblem):
        gs1_sscc("359012345000004272")


def test_text_below_a_square_cannot_break_out_of_its_picture() -> None:
    assert "<script" not in qr('"><script>alert(1)</script>', dots=2)
