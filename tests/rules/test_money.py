"""Amounts and currencies."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import pytest
from babel.core import get_global
from hypothesis import given
from hypothesis import strategies as st

from omni_pickup.rules.currencies import CURRENCIES, currency_digits
from omni_pickup.rules.money import Money, format_amount, from_minor, parse_money, to_minor
from omni_pickup.rules.problems import RuleProblem


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("19.90", "PLN"),
        ("0.00", "EUR"),
        ("0.05", "SEK"),
        ("1990", "JPY"),
        ("0", "ISK"),
        ("1.250", "BHD"),
        ("19.90", "HUF"),
        ("999999999999.99", "PLN"),
    ],
)
def test_an_amount_with_the_digits_of_its_currency_comes_back_the_same(text: str, currency: str) -> None:
    money = parse_money(text, currency)
    assert money == Money(Decimal(text), currency)
    assert money.as_json() == {"amount": text, "currency": currency}


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("19.9", "PLN"),
        ("19", "PLN"),
        ("19.900", "PLN"),
        ("19.", "PLN"),
        (".90", "PLN"),
        ("-1.00", "PLN"),
        ("+1.00", "PLN"),
        ("01.00", "PLN"),
        ("1,00", "PLN"),
        ("1 000.00", "PLN"),
        ("1e3", "PLN"),
        ("NaN", "PLN"),
        ("Infinity", "PLN"),
        ("", "PLN"),
        ("19.90\n", "PLN"),
        ("١٩.٩٠", "PLN"),
        ("1000000000000.00", "PLN"),
        ("1990.00", "JPY"),
        ("1990.", "JPY"),
        ("1.25", "BHD"),
    ],
)
def test_any_other_way_to_write_an_amount_is_refused(text: str, currency: str) -> None:
    with pytest.raises(RuleProblem) as caught:
        parse_money(text, currency)
    assert (caught.value.code, caught.value.pointer) == ("invalid_amount", "/amount")


@pytest.mark.parametrize(("currency", "example"), [("PLN", "19.90."), ("JPY", "19."), ("KWD", "19.900.")])
def test_the_refusal_shows_how_to_write_it(currency: str, example: str) -> None:
    with pytest.raises(RuleProblem) as caught:
        parse_money("x", currency)
    assert caught.value.message.endswith(f"write it like {example}")


@pytest.mark.parametrize("currency", ["", "pln", "PL", "ZŁ", "XXX", "XAU", "DEM", "ABC", "PLN "])
def test_only_currencies_that_people_pay_with_are_known(currency: str) -> None:
    with pytest.raises(RuleProblem) as caught:
        parse_money("1.00", currency)
    assert (caught.value.code, caught.value.pointer) == ("unknown_currency", "/currency")


@pytest.mark.parametrize(
    ("currency", "digits"), [("PLN", 2), ("EUR", 2), ("HUF", 2), ("JPY", 0), ("KRW", 0), ("TND", 3)]
)
def test_a_currency_has_its_iso_digits(currency: str, digits: int) -> None:
    assert currency_digits(currency) == digits


def test_the_list_holds_the_tender_of_every_country() -> None:
    """The Unicode list is the witness. It still has the lev, which the euro replaced on 1 January 2026."""
    in_use = {
        code
        for rows in get_global("territory_currencies").values()
        for code, _start, end, tender in rows
        if end is None and tender
    }
    assert in_use - CURRENCIES <= {"BGN"}


def test_an_amount_is_never_rounded_in_silence() -> None:
    assert format_amount(Decimal("5"), "PLN") == "5.00"
    assert format_amount(Decimal("5.000"), "JPY") == "5"
    with pytest.raises(RuleProblem) as caught:
        format_amount(Decimal("5.005"), "PLN")
    assert caught.value.code == "invalid_amount"


def test_large_amounts_are_written_without_an_exponent() -> None:
    assert format_amount(Decimal("1E+6"), "PLN") == "1000000.00"
    assert format_amount(Decimal("-1.5"), "PLN") == "-1.50"


def test_an_amount_beyond_the_precision_of_decimals_is_an_error() -> None:
    with pytest.raises(InvalidOperation):
        format_amount(Decimal("1E+40"), "PLN")


@given(st.sampled_from(sorted(CURRENCIES)), st.integers(0, 10**12))
def test_every_amount_that_is_written_can_be_read(currency: str, units: int) -> None:
    amount = Decimal(units).scaleb(-currency_digits(currency))
    if amount < 10**12:
        assert parse_money(format_amount(amount, currency), currency).amount == amount


@pytest.mark.parametrize(
    ("text", "currency", "minor"), [("19.90", "PLN", 1990), ("1990", "JPY", 1990), ("1.250", "BHD", 1250)]
)
def test_tables_keep_amounts_in_minor_units(text: str, currency: str, minor: int) -> None:
    assert to_minor(parse_money(text, currency)) == minor
    assert from_minor(minor, currency) == parse_money(text, currency)
