"""Amounts as the contract writes them: a decimal string with exactly the digits of its currency."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from omni_pickup.rules.currencies import currency_digits
from omni_pickup.rules.problems import RuleProblem

_AMOUNT = re.compile(r"(?:0|[1-9][0-9]{0,11})(?:\.([0-9]+))?")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount that was checked against its currency."""

    amount: Decimal
    currency: str

    def as_json(self) -> dict[str, str]:
        """Return ``{"amount": "19.90", "currency": "PLN"}``."""
        return {"amount": format_amount(self.amount, self.currency), "currency": self.currency}


def parse_money(amount_text: str, currency: str) -> Money:
    """Return the money that a channel sent.

    Raises RuleProblem ``unknown_currency``, or ``invalid_amount`` when the text is not a plain number from 0
    to 999999999999 with exactly the currency's digits after the point.
    """
    digits = currency_digits(currency)
    match = _AMOUNT.fullmatch(amount_text)
    if match is None or len(match[1] or "") != digits:
        example = "19" if digits == 0 else "19." + "90000"[:digits]
        raise RuleProblem(
            f"{amount_text!r} is not an amount in {currency}; write it like {example}.",
            code="invalid_amount",
            pointer="/amount",
        )
    return Money(Decimal(amount_text), currency)


def format_amount(amount: Decimal, currency: str) -> str:
    """Return the amount with exactly its currency's digits; RuleProblem (``invalid_amount``) rather than
    rounding.
    """
    exact = amount.quantize(Decimal(1).scaleb(-currency_digits(currency)))
    if exact != amount:
        raise RuleProblem(f"{amount} has more digits than {currency} knows.", code="invalid_amount")
    return f"{exact:f}"


def to_minor(money: Money) -> int:
    """Return the amount in minor units (grosz, öre, cent), as tables keep it."""
    return int(money.amount.scaleb(currency_digits(money.currency)))


def from_minor(minor: int, currency: str) -> Money:
    """Return the money of an amount in minor units."""
    return Money(Decimal(minor).scaleb(-currency_digits(currency)), currency)
