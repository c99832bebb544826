"""GTINs and scans, with the examples of GS1 and properties of the check digit."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from omni_pickup.rules.gtins import GTIN_LENGTHS, Scan, check_digit, normalise_gtin, parse_scan
from omni_pickup.rules.problems import RuleProblem

digits = st.text("0123456789", min_size=1, max_size=20)


@st.composite
def gtins(draw: st.DrawFn) -> str:
    """Draw a GTIN of any length with its right check digit."""
    length = draw(st.sampled_from(GTIN_LENGTHS))
    body = draw(st.text("0123456789", min_size=length - 1, max_size=length - 1))
    assume(body.strip("0"))
    return body + check_digit(body)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("590123412345", "7"),  # The usual example of an EAN-13.
        ("03600029145", "2"),  # The usual example of a UPC-A.
        ("9638507", "4"),  # An EAN-8.
        ("629104150021", "3"),  # The worked example on GS1's page about the check digit.
        ("37610425002123456", "9"),  # The worked example for an SSCC.
        ("0", "0"),
    ],
)
def test_the_check_digit_is_the_one_of_the_published_examples(body: str, expected: str) -> None:
    assert check_digit(body) == expected


@pytest.mark.parametrize("body", ["", "12a", "1 2", "-1", "٣", "²"])
def test_only_ascii_digits_have_a_check_digit(body: str) -> None:
    with pytest.raises(RuleProblem) as caught:
        check_digit(body)
    assert caught.value.code == "invalid_digits"


@given(digits, st.data())
def test_one_wrong_digit_is_always_noticed(body: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(body) - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != body[place]]))
    assert check_digit(body[:place] + other + body[place + 1 :]) != check_digit(body)


@given(digits, st.data())
def test_two_neighbours_swapped_are_noticed_unless_they_differ_by_five(body: str, data: st.DataObject) -> None:
    assume(len(body) > 1)
    place = data.draw(st.integers(0, len(body) - 2))
    first, second = body[place], body[place + 1]
    swapped = body[:place] + second + first + body[place + 2 :]
    unnoticed = abs(int(first) - int(second)) in (0, 5)
    assert (check_digit(swapped) == check_digit(body)) is unnoticed


@given(digits)
def test_leading_zeros_do_not_change_the_check_digit(body: str) -> None:
    assert check_digit("0" + body) == check_digit(body)


@given(gtins())
def test_every_gtin_has_one_form_of_14_digits(gtin: str) -> None:
    canonical = normalise_gtin(gtin)
    assert len(canonical) == 14
    assert canonical.endswith(gtin)
    assert normalise_gtin(canonical) == canonical


@given(gtins(), st.data())
def test_a_gtin_with_a_wrong_digit_is_refused(gtin: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(gtin) - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != gtin[place]]))
    with pytest.raises(RuleProblem):
        normalise_gtin(gtin[:place] + other + gtin[place + 1 :])


def test_a_upc_and_the_ean_with_a_zero_before_it_are_the_same_article() -> None:
    assert normalise_gtin("036000291452") == normalise_gtin("0036000291452") == "00036000291452"


def test_blanks_and_hyphens_between_the_digits_are_dropped() -> None:
    assert normalise_gtin(" 5-901234-123457 ") == "05901234123457"


@pytest.mark.parametrize(
    "text", ["", "abc", "590123412345", "59012341234570", "123", "5901234123456", "00000000", "0" * 14, "٥٩٠١٢٣٤١٢٣٤٥٧"]
)
def test_what_is_not_a_gtin_is_refused(text: str) -> None:
    with pytest.raises(RuleProblem) as caught:
        normalise_gtin(text)
    assert caught.value.code == "invalid_gtin"


def test_a_wrong_check_digit_is_explained() -> None:
    with pytest.raises(RuleProblem, match="should be 7"):
        normalise_gtin("5901234123456")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5901234123457", Scan("gtin", "05901234123457")),
        ("036000291452", Scan("gtin", "00036000291452")),
        ("96385074", Scan("gtin", "00000096385074")),
        ("0105901234123457", Scan("gtin", "05901234123457")),
        ("]C1010590123412345710LOT1", Scan("gtin", "05901234123457")),
        ("]d20105901234123457\x1d10LOT\x1d21SERIAL", Scan("gtin", "05901234123457")),
        ("https://id.gs1.org/01/05901234123457", Scan("gtin", "05901234123457")),
        ("376104250021234569", Scan("sscc", "376104250021234569")),
        ("]C100376104250021234569", Scan("sscc", "376104250021234569")),
        ("  5901234123457\r\n", Scan("gtin", "05901234123457")),
        ("5901234123456", Scan("other", "5901234123456")),
        ("ORD-000123", Scan("other", "ORD-000123")),
        ("https://shop.example/p/abc", Scan("other", "https://shop.example/p/abc")),
        ("00000000", Scan("other", "00000000")),
        ("", Scan("other", "")),
        ("\x00", Scan("other", "\x00")),
        ("]", Scan("other", "]")),
        ("]Z", Scan("other", "]Z")),
        ("]?5901234123457", Scan("other", "]?5901234123457")),
        ("http://[5901234123457", Scan("other", "http://[5901234123457")),
        ("٥٩٠١٢٣٤١٢٣٤٥٧", Scan("other", "٥٩٠١٢٣٤١٢٣٤٥٧")),
        ("9" * 600, Scan("other", "9" * 600)),
    ],
)
def test_a_scan_is_recognised(text: str, expected: Scan) -> None:
    assert parse_scan(text) == expected


@given(gtins())
def test_every_printed_gtin_is_recognised_as_an_element_string(gtin: str) -> None:
    assert parse_scan("]C101" + normalise_gtin(gtin)) == Scan("gtin", normalise_gtin(gtin))


# The starts that lead a parser into its corners, and then anything.
hostile_scans = st.builds(
    str.__add__,
    st.sampled_from(
        ["", "]", "]C1", "]d2", "]Z", "]Z9", "http://", "http://[", "https://id.gs1.org/01/", "01", "00", "310"]
    ),
    st.one_of(st.text(max_size=80), st.text("0123456789\x1d/?=&%[]٣²", max_size=40)),
)


@given(hostile_scans)
def test_whatever_a_scanner_sends_has_an_answer(text: str) -> None:
    scan = parse_scan(text)
    assert scan.kind in {"gtin", "sscc", "other"}
    if scan.kind == "other":
        assert scan.value == text.strip()
