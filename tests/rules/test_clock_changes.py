"""Opening hours in the two nights of the year when clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime

from omni_pickup.rules.opening_hours import OpeningHours
from omni_pickup.rules.weekly_hours import WEEKDAYS

GAP_DAY = date(2026, 3, 29)  # In Europe 02:00 becomes 03:00.
LONG_DAY = date(2026, 10, 25)  # In Europe 03:00 becomes 02:00.


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def daily(*intervals: tuple[str, str], timezone: str = "Europe/Warsaw") -> OpeningHours:
    return OpeningHours(timezone, dict.fromkeys(WEEKDAYS, intervals))


# The night when clocks jump forward.


def test_the_day_of_the_gap_is_an_hour_shorter() -> None:
    hours = daily(("00:00", "24:00"))
    assert hours.intervals_on(GAP_DAY) == [(utc("2026-03-28T23:00"), utc("2026-03-29T22:00"))]


def test_an_opening_time_that_does_not_exist_moves_forward_by_the_gap() -> None:
    """02:30 becomes 03:30 summer time, which is 01:30 UTC."""
    assert daily(("02:30", "12:00")).intervals_on(GAP_DAY) == [(utc("2026-03-29T01:30"), utc("2026-03-29T10:00"))]


def test_a_closing_time_that_does_not_exist_moves_forward_by_the_gap() -> None:
    assert daily(("00:00", "02:30")).intervals_on(GAP_DAY) == [(utc("2026-03-28T23:00"), utc("2026-03-29T01:30"))]


def test_an_interval_inside_the_gap_moves_as_a_whole() -> None:
    assert daily(("02:10", "02:50")).intervals_on(GAP_DAY) == [(utc("2026-03-29T01:10"), utc("2026-03-29T01:50"))]


def test_intervals_that_the_gap_pushes_into_each_other_become_one() -> None:
    hours = daily(("02:00", "02:30"), ("03:00", "04:00"))
    assert hours.intervals_on(GAP_DAY) == [(utc("2026-03-29T01:00"), utc("2026-03-29T02:00"))]


def test_an_interval_that_would_end_before_it_starts_is_left_out() -> None:
    """02:30 becomes 03:30, and the store closes at 03:15."""
    assert daily(("02:30", "03:15")).intervals_on(GAP_DAY) == []


def test_the_gap_of_another_zone_is_on_another_day() -> None:
    new_york = daily(("02:30", "12:00"), timezone="America/New_York")
    assert new_york.intervals_on(date(2026, 3, 8))[0][0] == utc("2026-03-08T07:30")
    assert new_york.intervals_on(GAP_DAY)[0][0] == utc("2026-03-29T06:30")


def test_a_gap_at_midnight_moves_the_close_of_the_day_and_the_opening_of_the_next() -> None:
    """In Cairo clocks jump from 24:00 on Thursday 23 April 2026 to 01:00 on Friday."""
    hours = daily(("00:00", "01:30"), ("20:00", "24:00"), timezone="Africa/Cairo")
    assert hours.closing_of(date(2026, 4, 23)) == utc("2026-04-23T22:00")
    assert hours.intervals_on(date(2026, 4, 24))[0] == (utc("2026-04-23T22:00"), utc("2026-04-23T22:30"))


# The night when clocks fall back.


def test_the_day_with_an_hour_twice_is_an_hour_longer() -> None:
    hours = daily(("00:00", "24:00"))
    assert hours.intervals_on(LONG_DAY) == [(utc("2026-10-24T22:00"), utc("2026-10-25T23:00"))]


def test_opening_takes_the_first_of_two_equal_times() -> None:
    assert daily(("02:30", "12:00")).intervals_on(LONG_DAY)[0][0] == utc("2026-10-25T00:30")


def test_closing_takes_the_second_of_two_equal_times() -> None:
    assert daily(("00:00", "02:30")).intervals_on(LONG_DAY)[0][1] == utc("2026-10-25T01:30")


def test_an_interval_inside_the_doubled_hour_lasts_an_hour_longer() -> None:
    assert daily(("02:10", "02:50")).intervals_on(LONG_DAY) == [(utc("2026-10-25T00:10"), utc("2026-10-25T01:50"))]


def test_intervals_that_the_doubled_hour_pushes_into_each_other_become_one() -> None:
    hours = daily(("01:00", "02:15"), ("02:45", "04:00"))
    assert hours.intervals_on(LONG_DAY) == [(utc("2026-10-24T23:00"), utc("2026-10-25T03:00"))]


# Work over the change.


def test_open_time_does_not_count_the_hour_that_never_was() -> None:
    """From 01:30 two hours of open time end at 04:30 on the wall."""
    assert daily(("00:00", "24:00")).add_open_time(utc("2026-03-29T00:30"), 120) == utc("2026-03-29T02:30")


def test_open_time_counts_the_doubled_hour_twice() -> None:
    """From 01:30 two hours of open time end at 02:30 on the wall, the second time."""
    hours = daily(("00:00", "24:00"))
    end = hours.add_open_time(utc("2026-10-24T23:30"), 120)
    assert end == utc("2026-10-25T01:30")
    assert hours.local_time(end).strftime("%H:%M") == "02:30"
