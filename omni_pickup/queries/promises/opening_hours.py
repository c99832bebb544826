"""A store's opening hours as the rules understand them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from omni_pickup.models.stores import Store
from omni_pickup.rules.opening_hours import OpeningHours
from omni_pickup.rules.weekly_hours import WEEKDAYS, Intervals


def hours_of(store: Store) -> OpeningHours:
    """Weekly hours, exceptions and holidays of one store."""
    return _hours(store.timezone, *(json.dumps(part) for part in (store.hours, store.exceptions, store.holidays)))


@lru_cache(maxsize=4096)
def _hours(timezone: str, week: str, exceptions: str, holidays: str) -> OpeningHours:
    """Checked once for each text, which makes the memory right in every process: other hours are another text."""
    closed_on = json.loads(holidays) or {}
    return OpeningHours(
        timezone,
        {day: [(start, end) for start, end in intervals] for day, intervals in json.loads(week).items()},
        {
            date.fromisoformat(entry["date"]): [(start, end) for start, end in entry["hours"]]
            for entry in json.loads(exceptions)
        },
        closed_on.get("country"),
        closed_on.get("subdivision"),
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
