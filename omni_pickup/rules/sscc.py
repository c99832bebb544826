"""Serial shipping container codes for parcels. Source: GS1 General Specifications, section 2.2.1 and 7.9."""

from __future__ import annotations

import re

from omni_pickup.rules.gtins import check_digit
from omni_pickup.rules.problems import RuleProblem

# Extension digit, company prefix and serial reference together; the 18th is the check digit.
_DIGITS_BEFORE_CHECK = 17


def make_sscc(extension_digit: int, company_prefix: str, serial: int) -> str:
    """Return the 18 digits of an SSCC.

    ``company_prefix`` has 4 to 12 digits; the serial fills what is left. Raises RuleProblem
    ``invalid_company_prefix``, ``invalid_extension_digit`` or ``serial_too_large``.
    """
    if not 0 <= extension_digit <= 9:
        raise RuleProblem("The extension digit is one digit.", code="invalid_extension_digit")
    if not re.fullmatch(r"[0-9]{4,12}", company_prefix):
        raise RuleProblem("A GS1 company prefix has 4 to 12 digits.", code="invalid_company_prefix")
    room = _DIGITS_BEFORE_CHECK - 1 - len(company_prefix)
    if not 0 <= serial < 10**room:
        raise RuleProblem(f"The serial does not fit into {room} digits.", code="serial_too_large")
    digits = f"{extension_digit}{company_prefix}{serial:0{room}d}"
    return digits + check_digit(digits)


def check_sscc(text: str) -> str:
    """Return the 18 digits when the check digit fits, also from ``(00)...``; RuleProblem (``invalid_sscc``)
    otherwise.
    """
    digits = re.sub(r"[\s-]", "", text).removeprefix("(00)")
    if not re.fullmatch(r"[0-9]{18}", digits):
        raise RuleProblem(f"{text!r} is not an SSCC of 18 digits.", code="invalid_sscc")
    if check_digit(digits[:-1]) != digits[-1]:
        raise RuleProblem(f"The check digit of SSCC {digits} is wrong.", code="invalid_sscc")
    return digits
