"""What a channel's JSON means: amounts, instants, telephone numbers, addresses, and a list of what is wrong.

Faces check the shape (types and known fields); services check the meaning with these, and answer with pointers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from omni_pickup.errors import Invalid
from omni_pickup.rules.money import Money, parse_money
from omni_pickup.rules.phones import normalise_phone
from omni_pickup.rules.problems import RuleProblem

# The library's documented switch: whether .local or .test is of use is for the shop to judge, beyond syntax.
SPECIAL_USE_DOMAIN_NAMES.clear()

#: Pieces of one line, one level or one adjustment.
MOST_PIECES = 1_000_000
#: RFC 5646 in the part that people use: a language, perhaps a script, a region, variants.
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


class Findings:
    """Everything that is wrong with one document, so that its sender corrects it in one go."""

    def __init__(self, below: str = "") -> None:
        self._below = below
        self.errors: list[dict[str, str]] = []

    def add(self, pointer: str, message: str) -> None:
        """Note one wrong value."""
        self.errors.append({"pointer": self._below + pointer, "message": message})

    @contextmanager
    def at(self, pointer: str = "") -> Iterator[None]:
        """Note the rule that is broken inside, its own pointer put below this one."""
        try:
            yield
        except RuleProblem as problem:
            self.add(pointer + (problem.pointer or ""), problem.message)

    def settle(self) -> None:
        """Raise Invalid when anything was noted."""
        if self.errors:
            raise Invalid(self.errors[0]["message"], errors=self.errors)


def require(true: bool, message: str, *, code: str = "invalid_value") -> None:
    """Raise RuleProblem unless it holds; for use inside `Findings.at`."""
    if not true:
        raise RuleProblem(message, code=code)


def money_of(value: Mapping[str, str] | None) -> Money | None:
    """The amount of a contract's money object. Raises RuleProblem."""
    return None if value is None else parse_money(value["amount"], value["currency"])


def instant_of(value: datetime | str | None) -> datetime | None:
    """The instant of an RFC 3339 text. Raises RuleProblem without an offset or outside the years 1900 to 9000."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise RuleProblem(f"{value!r} is not a time.", code="invalid_time") from None
    if value is not None:
        require(value.tzinfo is not None, "A time needs an offset.", code="time_without_offset")
        require(1900 <= value.year <= 9000, f"The year {value.year} is out of range.", code="time_out_of_range")
    return value


def phone_of(value: str | None, country: str | None) -> str | None:
    """The number in E.164; numbers without a prefix belong to `country`. Raises RuleProblem."""
    if value is None:
        return None
    number = normalise_phone(value, country)
    if number is None:
        raise RuleProblem("This is not a telephone number.", code="invalid_phone")
    return number


def email_of(value: str | None) -> str | None:
    """The address as mail programs write it; checked for syntax only, no name is resolved. Raises RuleProblem."""
    if value is None:
        return None
    try:
        return validate_email(value, check_deliverability=False).normalized
    except EmailNotValidError:
        raise RuleProblem("This is not an e-mail address.", code="invalid_email") from None


def language_of(value: str | None) -> str | None:
    """A language tag such as pl or pt-BR; which ones we speak is the messages' business. Raises RuleProblem."""
    if value is not None:
        require(
            len(value) <= 16 and _LANGUAGE.fullmatch(value) is not None,
            f"{value!r} is not a language like pl or pt-BR.",
            code="invalid_language",
        )
    return value


def key_of(value: Any, *, longest: int) -> str:
    """A SKU or code: printable, without spaces at its ends. Raises RuleProblem."""
    require(
        isinstance(value, str) and 0 < len(value) <= longest and value.isprintable() and value == value.strip(),
        f"A key is printable, has no spaces at its ends and at most {longest} signs.",
        code="invalid_key",
    )
    return str(value)


def whole_number(value: int, *, least: int, most: int) -> int:
    """A count within its bounds. Raises RuleProblem."""
    require(least <= value <= most, f"This is a whole number from {least} to {most}.", code="out_of_range")
    return value
