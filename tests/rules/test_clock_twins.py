"""Without one guard of the calendar the tests of time notice; otherwise they would prove nothing (R14)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from omni_pickup.rules import opening_hours, promises
from omni_pickup.rules.opening_hours import OpeningHours
from omni_pickup.rules.weekly_hours import Intervals, minutes_of
from tests.rules import test_clock_changes as changes
from tests.rules import test_opening_hours as hours
from tests.rules import test_promises as promised

_rule_of = OpeningHours.rule_of


def _moved_back(self: OpeningHours, day: date, minutes: int, *, second: bool = False) -> datetime:
    """A time that does not exist moves backward."""
    naive = datetime.combine(day, time()) + timedelta(minutes=minutes)
    return naive.replace(tzinfo=self._zone, fold=1).astimezone(UTC)


def _first_of_two(self: OpeningHours, day: date, minutes: int, *, second: bool = False) -> datetime:
    """A closing time takes the first of two as well."""
    naive = datetime.combine(day, time()) + timedelta(minutes=minutes)
    return naive.replace(tzinfo=self._zone).astimezone(UTC)


def _minutes_since_midnight(self: OpeningHours, day: date, minutes: int, *, second: bool = False) -> datetime:
    """Every day has 24 hours."""
    return datetime.combine(day, time(), self._zone).astimezone(UTC) + timedelta(minutes=minutes)


def _no_leap_day(self: OpeningHours, day: date) -> Intervals:
    return () if (day.month, day.day) == (2, 29) else _rule_of(self, day)


#: What is taken out: where, its name, what stands there instead, and the test that has to notice.
GUARDS: dict[str, tuple[Any, str, Any, Callable[[], None]]] = {
    "a gap moves times forward": (
        OpeningHours,
        "instant",
        _moved_back,
        changes.test_an_opening_time_that_does_not_exist_moves_forward_by_the_gap,
    ),
    "closing takes the second of two": (
        OpeningHours,
        "instant",
        _first_of_two,
        changes.test_closing_takes_the_second_of_two_equal_times,
    ),
    "a short day is shorter": (
        OpeningHours,
        "instant",
        _minutes_since_midnight,
        changes.test_the_day_of_the_gap_is_an_hour_shorter,
    ),
    "a long day is longer": (
        OpeningHours,
        "instant",
        _minutes_since_midnight,
        changes.test_the_day_with_an_hour_twice_is_an_hour_longer,
    ),
    "each store has its own zone": (
        opening_hours,
        "zone_of",
        lambda name: ZoneInfo("Europe/Warsaw"),
        changes.test_the_gap_of_another_zone_is_on_another_day,
    ),
    "a promise keeps the wall's time over the change": (
        OpeningHours,
        "instant",
        _minutes_since_midnight,
        promised.test_an_order_over_the_change_of_clocks_is_ready_at_the_same_time_on_the_wall,
    ),
    "a cut-off": (
        promises,
        "_after_cut_off",
        lambda hours, at, cut_off: at,
        promised.test_from_the_cut_off_on_work_begins_on_the_next_open_day,
    ),
    "a cut-off is a time on the wall": (
        OpeningHours,
        "local_time",
        lambda self, at: at.astimezone(UTC),
        promised.test_the_cut_off_is_a_time_on_the_wall_of_the_store,
    ),
    "midnight is the end of a day": (
        promises,
        "minutes_of",
        lambda text, pointer="": minutes_of(text, pointer) % 1440,
        promised.test_a_cut_off_at_midnight_never_comes_and_one_at_zero_has_always_passed,
    ),
    "29 February is open": (
        OpeningHours,
        "rule_of",
        _no_leap_day,
        promised.test_an_order_on_28_february_of_a_leap_year_is_ready_on_the_29th,
    ),
    "29 February has hours": (OpeningHours, "rule_of", _no_leap_day, hours.test_the_leap_day_is_a_day_like_any_other),
}


@pytest.mark.parametrize("guard", GUARDS)
def test_without_a_guard_of_the_calendar_a_test_of_time_fails(guard: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, name, instead, notices = GUARDS[guard]
    notices()
    monkeypatch.setattr(where, name, instead)
    with pytest.raises(AssertionError):
        notices()
