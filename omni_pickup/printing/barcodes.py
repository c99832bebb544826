"""Bars and squares as SVG whose every module is a whole number of printer dots.

Code 128 and GS1-128: ISO/IEC 15417 and GS1 General Specifications, section 5.4. EAN-13 and EAN-8: GS1 General
Specifications, section 5.2. QR: ISO/IEC 18004, drawn by segno.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import segno
from markupsafe import Markup

from omni_pickup.rules.gtins import normalise_gtin
from omni_pickup.rules.problems import RuleProblem
from omni_pickup.rules.sscc import check_sscc

#: Label printers put 203 dots on an inch (8 on a millimetre).
DOTS_PER_INCH = 203

#: Widths of bar, space, bar, space, bar, space for each of the 107 signs of Code 128, the stop with its last bar.
_CODE_128 = re.findall(
    "[1-4]+",
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 "
    "123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 "
    "232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 "
    "313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 "
    "111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 "
    "111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 "
    "114311 411113 411311 113141 114131 311141 411131 211412 211214 211232 2331112",
)
_TO_C, _TO_B, _FNC1, _START_B, _START_C, _STOP = 99, 100, 102, 104, 105, 106
_CODE_128_QUIET = 10
#: More signs than this make bars that no paper of ours can hold.
LONGEST_CODE_128 = 48

#: Widths of space, bar, space, bar for 0 to 9 in set A; set B is the mirror, set C the same widths beginning black.
_EAN = ("3211", "2221", "2122", "1411", "1132", "1231", "1114", "1312", "1213", "3112")
#: Which of the left digits come from set B says the first digit of thirteen.
_EAN_PARITY = ("AAAAAA", "AABABB", "AABBAB", "AABBBA", "ABAABB", "ABBAAB", "ABBBAA", "ABABAB", "ABABBA", "ABBABA")
_EAN_QUIET = {13: (11, 7), 8: (7, 7)}
_QR_QUIET = 4


@dataclass(frozen=True, slots=True)
class Bars:
    """A row of alternating bars and spaces in modules, a bar first, with the white that belongs on both sides.

    `text` is what people read below; `content` what a scanner must answer.
    """

    widths: tuple[int, ...]
    quiet: tuple[int, int]
    text: str
    content: str

    @property
    def modules(self) -> int:
        """The whole width, quiet zones included."""
        return sum(self.widths) + sum(self.quiet)

    def svg(self, *, dots: int, height: int) -> Markup:
        """The picture with modules of `dots` printer dots, `height` dots high."""
        steps: list[str] = []
        x = self.quiet[0]
        for place, width in enumerate(self.widths):
            if place % 2 == 0:
                steps.append(f"M{x * dots} 0h{width * dots}v{height}h-{width * dots}z")
            x += width
        return _svg(steps, self.modules * dots, height, label=self.text)


def code128(text: str) -> Bars:
    """Printable ASCII in Code 128, digits in pairs. Raises RuleProblem (`unprintable_barcode`)."""
    if not re.fullmatch(r"[ -~]+", text) or len(text) > LONGEST_CODE_128:
        raise RuleProblem(f"{text!r} does not fit into a Code 128 barcode.", code="unprintable_barcode")
    return _code128_bars(_signs(text), text=text, content=text)


def gs1_sscc(sscc: str) -> Bars:
    """An SSCC in GS1-128 with application identifier 00. Raises RuleProblem (`invalid_sscc`)."""
    digits = check_sscc(sscc)
    return _code128_bars([_START_C, _FNC1, *_pairs("00" + digits)], text=f"(00) {digits}", content=f"(00){digits}")


def gtin(number: str) -> Bars:
    """An article's number as its own label shows it: EAN-13 (also for UPC-A) or EAN-8, GTIN-14 in GS1-128.

    Raises RuleProblem (`invalid_gtin`).
    """
    digits = normalise_gtin(number)
    if len(re.sub(r"\D", "", number)) == 8:
        return _ean8(digits[-8:])
    if digits.startswith("0"):
        return _ean13(digits[-13:])
    return _code128_bars([_START_C, _FNC1, *_pairs("01" + digits)], text=f"(01) {digits}", content=f"(01){digits}")


@lru_cache(maxsize=2048)
def qr(text: str, *, dots: int) -> Markup:
    """A QR code with medium error correction and its white border; `dots` printer dots a module."""
    rows = [bytes(row) for row in segno.make(text, error="m", micro=False).matrix]
    side = (len(rows) + 2 * _QR_QUIET) * dots
    steps = [
        f"M{(start + _QR_QUIET) * dots} {(y + _QR_QUIET) * dots}h{length * dots}v{dots}h-{length * dots}z"
        for y, row in enumerate(rows)
        for start, length in _runs(row)
    ]
    return _svg(steps, side, side, label=text)


def _runs(row: bytes) -> Iterable[tuple[int, int]]:
    return [(match.start(), match.end() - match.start()) for match in re.finditer(b"\x01+", row)]


def _svg(steps: Iterable[str], width: int, height: int, *, label: str) -> Markup:
    # Inches and not pixels: the page's own unit may be anything, a dot must stay a dot.
    size = f'style="width:{width / DOTS_PER_INCH:.5f}in;height:{height / DOTS_PER_INCH:.5f}in"'
    return Markup('<svg class="code" {size} viewBox="0 0 {width} {height}" role="img" aria-label="{label}">').format(
        size=Markup(size),  # noqa: S704 - two numbers of our own.
        width=width,
        height=height,
        label=label,
    ) + Markup('<path d="{}"/></svg>').format("".join(steps))


def _pairs(digits: str) -> list[int]:
    return [int(digits[place : place + 2]) for place in range(0, len(digits), 2)]


def _signs(text: str) -> list[int]:
    """Digits in pairs where that is shorter: from four on at an end, from six on between other signs."""
    signs: list[int] = []
    in_c = False
    for digits, other in re.findall(r"((?:[0-9]{2}){2,})|([^0-9]+|[0-9])", text):
        wanted_c = bool(digits)
        if not signs:
            signs.append(_START_C if wanted_c else _START_B)
        elif wanted_c != in_c:
            signs.append(_TO_C if wanted_c else _TO_B)
        in_c = wanted_c
        signs.extend(_pairs(digits) if digits else (ord(sign) - 32 for sign in other))
    return signs


def _code128_bars(signs: list[int], *, text: str, content: str) -> Bars:
    # The start counts once, and each sign behind it by its place.
    check = (signs[0] + sum(place * sign for place, sign in enumerate(signs))) % 103
    widths = tuple(int(width) for sign in (*signs, check, _STOP) for width in _CODE_128[sign])
    return Bars(widths, (_CODE_128_QUIET, _CODE_128_QUIET), text, content)


def _ean13(digits: str) -> Bars:
    sets = _EAN_PARITY[int(digits[0])]
    left = [_EAN[int(digit)][:: -1 if chosen == "B" else 1] for digit, chosen in zip(digits[1:7], sets, strict=True)]
    return _ean_bars(digits, left, [_EAN[int(digit)] for digit in digits[7:]])


def _ean8(digits: str) -> Bars:
    return _ean_bars(digits, [_EAN[int(digit)] for digit in digits[:4]], [_EAN[int(digit)] for digit in digits[4:]])


def _ean_bars(digits: str, left: list[str], right: list[str]) -> Bars:
    widths = tuple(int(width) for width in "".join(("111", *left, "11111", *right, "111")))
    return Bars(widths, _EAN_QUIET[len(digits)], digits, digits)
