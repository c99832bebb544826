"""Telephone numbers. Source: ITU-T E.164, read by the ``phonenumbers`` port of Google's library."""

from __future__ import annotations

import phonenumbers

# Longer text is no number; the library's own limit is 250.
_LONGEST = 60


def normalise_phone(text: str, country: str | None) -> str | None:
    """Return the number in E.164 (``+48221234567``), or None when it cannot be one.

    ``country`` (ISO 3166-1) reads numbers without a prefix. Whether the number is in use is not asked,
    because ranges open more often than the library is updated.
    """
    if len(text) > _LONGEST:
        return None
    try:
        number = phonenumbers.parse(text, country.upper() if country else None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phone_end(text: str, digits: int = 4) -> str:
    """Return the last ``digits`` of a number, by which staff find an order; empty when there are fewer."""
    found = "".join(sign for sign in text if sign in "0123456789")
    return found[-digits:] if len(found) >= digits > 0 else ""
