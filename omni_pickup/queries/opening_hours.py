"""A store's opening hours as the rules understand them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from omni_pickup.models.stores import Store
from omni_pickup.rules.opening_hours import OpeningHours
from omni_pickup.rules.weekly_hours import WEEKDAYS, Intervals


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


@dataclass(frozen=True, slots=True)
class OpenDay:
    """The hours of one day as they stand on the door; `why` is week, exception or holiday."""

    day: date
    hours: Intervals
    why: str


def open_days(store: Store, now: datetime, count: int) -> list[OpenDay]:
    """Today and the next days, `count` in all."""
    hours = hours_of(store)
    today = hours.local_day(now)
    return [_open_day(hours, today + timedelta(days=ahead)) for ahead in range(count)]


def _open_day(hours: OpeningHours, day: date) -> OpenDay:
    rule = hours.rule_of(day)
    if day in hours.exceptions:
        return OpenDay(day, rule, "exception")
    usual = tuple(hours.weekly[WEEKDAYS[day.weekday()]])
    return OpenDay(day, rule, "week" if rule == usual else "holiday")
