"""The hold ladder: how long a ready order waits, when the customer is reminded, and the one extension."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from omni_pickup.rules.opening_hours import OpeningHours
from omni_pickup.rules.problems import RuleProblem


def hold_until(hours: OpeningHours, ready_at: datetime, hold_days: int) -> datetime | None:
    """Return the close of the Nth open day after ready; None when the store does not open that often (60
    days).
    """
    return hours.close_of_nth_open_day(ready_at, hold_days)


def reminder_times(hours: OpeningHours, ready_at: datetime, until: datetime) -> tuple[datetime, ...]:
    """Return when to remind: at the opening of the open day before the last one, and at the opening of the
    last.

    The day of ready itself brings no reminder, because the ready message was sent on it.
    """
    day, last = hours.local_day(ready_at) + timedelta(days=1), _last_day(hours, until)
    openings: list[datetime] = []
    while day <= last:
        openings.extend(start for start, _ in hours.intervals_on(day)[:1])
        day += timedelta(days=1)
    return tuple(opening for opening in openings[-2:] if ready_at < opening < until)


def extended(hours: OpeningHours, until: datetime, extra_days: int, *, times_extended: int) -> datetime | None:
    """Return the deadline ``extra_days`` open days later; None when the store does not open that often.

    Raises RuleProblem (``already_extended``) at the second time: the customer can extend once.
    """
    if times_extended >= 1:
        raise RuleProblem("The hold was already extended once.", code="already_extended")
    # A closing at 24:00 belongs to the day it ends, not to the one that begins with it.
    return hours.close_of_nth_open_day(until - timedelta(microseconds=1), extra_days)


def is_expired(now: datetime, until: datetime | None, *, checked_in: bool) -> bool:
    """Say whether the hold has run out. Somebody who is on the way or already here does not lose the
    order.
    """
    return until is not None and not checked_in and now >= until


def _last_day(hours: OpeningHours, until: datetime) -> date:
    return hours.local_day(until - timedelta(microseconds=1))
