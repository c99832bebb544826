"""Which PINs are refused."""

from __future__ import annotations

import pytest

from omni_pickup.rules.pins import pin_weakness


@pytest.mark.parametrize("pin", ["271828", "314159", "907512", "112358", "00112233", "123987654321"])
def test_a_pin_of_six_to_twelve_mixed_digits_is_fine(pin: str) -> None:
    assert pin_weakness(pin) is None


@pytest.mark.parametrize(
    "pin",
    ["", "12345", "27182", "1234567890123", "27182a", "2718 28", "٢٧١٨٢٨", "²71828", "-271828"],
)
def test_a_pin_of_wrong_shape_is_refused(pin: str) -> None:
    assert "digits" in str(pin_weakness(pin))


@pytest.mark.parametrize("pin", ["123456", "654321", "890123", "012345", "987654", "3456789"])
def test_digits_in_a_row_are_refused(pin: str) -> None:
    assert "in a row" in str(pin_weakness(pin))


@pytest.mark.parametrize("pin", ["000000", "111111", "121212", "123123", "112211", "100000"])
def test_repeated_digits_are_refused(pin: str) -> None:
    assert "Repeated" in str(pin_weakness(pin))
