"""A store's opening hours as the rules understand them."""

from __future__ import annotations

from datetime import date

from omni_pickup.models.stores import Store
from omni_pickup.rules.opening_hours import OpeningHours


def hours_of(store: Store) -> OpeningHours:
    """Weekly hours, exceptions and holidays of one store."""
    holidays = store.holidays or {}
    return OpeningHours(
        store.timezone,
        {day: [(start, end) for start, end in intervals] for day, intervals in store.hours.items()},
        {
            date.fromisoformat(entry["date"]): [(start, end) for start, end in entry["hours"]]
            for entry in store.exceptions
        },
        holidays.get("country"),
        holidays.get("subdivision"),
    )
