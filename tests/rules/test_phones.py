"""Telephone numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omni_pickup.rules.phones import normalise_phone, phone_end


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("+48 22 123 45 67", None, "+48221234567"),
        ("22 123 45 67", "PL", "+48221234567"),
        ("22 123 45 67", "pl", "+48221234567"),
        ("0048 22 123 45 67", "PL", "+48221234567"),
        ("08-123 456 78", "SE", "+46812345678"),
        ("030 123456", "DE", "+4930123456"),
        ("(212) 555-0123", "US", "+12125550123"),
        ("+46 8 123 456 78", "PL", "+46812345678"),
    ],
)
def test_a_number_is_written_in_one_way(text: str, country: str | None, expected: str) -> None:
    assert normalise_phone(text, country) == expected


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("", "PL"),
        ("call me", "PL"),
        ("1", "PL"),
        ("22 123 45 67", None),
        ("22 123 45 67", "ZZ"),
        ("22 123 45 67", ""),
        ("+48 22 123 45 67 89 01 23", None),
        ("+999 123456789", None),
        ("1" * 61, "PL"),
    ],
)
def test_what_cannot_be_a_number_is_none(text: str, country: str | None) -> None:
    assert normalise_phone(text, country) is None


@pytest.mark.parametrize(
    ("text", "digits", "expected"),
    [
        ("+48 22 123 45 67", 4, "4567"),
        ("+48 22 123 45 67", 3, "567"),
        ("4567", 4, "4567"),
        ("567", 4, ""),
        ("", 4, ""),
        ("+48221234567", 0, ""),
        ("٤٥٦٧", 4, ""),
    ],
)
def test_a_phone_end_is_its_last_digits_or_nothing(text: str, digits: int, expected: str) -> None:
    assert phone_end(text, digits) == expected


@given(st.text(max_size=70), st.sampled_from(["PL", "SE", "DE", "US", "EG", None]))
def test_any_text_is_a_number_in_one_form_or_none(text: str, country: str | None) -> None:
    number = normalise_phone(text, country)
    if number is not None:
        assert number.startswith("+")
        assert number[1:].isascii()
        assert number[1:].isdigit()
        assert normalise_phone(number, None) == number
