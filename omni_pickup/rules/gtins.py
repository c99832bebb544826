"""GTINs: the numbers in barcodes of articles, and what a scanner sent.

Source: GS1 General Specifications, section 7.9 (check digit calculation) and section 3 (application
identifiers).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from biip import ParseError, parse

from omni_pickup.rules.problems import RuleProblem
from omni_pickup.rules.sentences import sentence

GTIN_LENGTHS = (8, 12, 13, 14)

_DIGITS = re.compile(r"[0-9]+")
# A scan longer than any symbol that shops use is not worth parsing.
_LONGEST_SCAN = 512


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scanner read: ``gtin`` (14 digits), ``sscc`` (18 digits) or ``other`` (the text without blanks
    around).
    """

    kind: str
    value: str


def check_digit(digits: str) -> str:
    """Return the GS1 check digit that belongs behind ``digits``: weights 3 and 1 from the right, modulo
    10.
    """
    if not _DIGITS.fullmatch(digits):
        raise RuleProblem(sentence("%(digits)s is not made of digits.", digits=repr(digits)), code="invalid_digits")
    total = sum(int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def normalise_gtin(text: str) -> str:
    """Return the GTIN-8, -12, -13 or -14 as 14 digits, so that one article has one key however it was read.

    Blanks and hyphens between the digits are dropped. Raises RuleProblem (``invalid_gtin``).
    """
    digits = re.sub(r"[\s-]", "", text)
    if not _DIGITS.fullmatch(digits) or len(digits) not in GTIN_LENGTHS:
        raise RuleProblem(
            sentence("%(text)s is not a GTIN of 8, 12, 13 or 14 digits.", text=repr(text)), code="invalid_gtin"
        )
    expected = check_digit(digits[:-1])
    if digits[-1] != expected:
        raise RuleProblem(
            sentence(
                "The last digit of GTIN %(digits)s should be %(expected)s; one digit is wrong.",
                digits=digits,
                expected=expected,
            ),
            code="invalid_gtin",
        )
    if not digits.strip("0"):
        raise RuleProblem("A GTIN cannot be all zeros.", code="invalid_gtin")
    return digits.zfill(14)


def parse_scan(text: str) -> Scan:
    """Tell what a scanner sent: plain EAN/UPC digits, GS1-128 and DataMatrix element strings, GS1 links, the
    rest. Every text has an answer.
    """
    stripped = text.strip()
    # Biip counts the digits of every script as digits, and no GS1 symbol carries anything but ASCII.
    if not stripped.isascii() or len(stripped) > _LONGEST_SCAN:
        return Scan("other", stripped)
    try:
        result = parse(stripped)
    # Biip says ParseError for an unknown symbology, ValueError for a broken link and IndexError for a scan that
    # ends inside its symbology identifier. Each means: not a GS1 code.
    except (ParseError, ValueError, IndexError):
        return Scan("other", stripped)
    if result.gtin is not None and result.gtin.value.strip("0"):
        return Scan("gtin", result.gtin.value.zfill(14))
    if result.sscc is not None:
        return Scan("sscc", result.sscc.value)
    return Scan("other", stripped)
