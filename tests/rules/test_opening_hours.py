"""Opening hours as the specification tells them: time zones, midnight, holidays, the Nth open day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from omni_pickup.rules.opening_hours import OpeningHours, zone_of
from omni_pickup.rules.problems import RuleProblem

WARSAW = "Europe/Warsaw"
EVERY_DAY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def daily(*intervals: tuple[str, str], timezone: str = WARSAW, **more: Any) -> OpeningHours:
    return OpeningHours(timezone, dict.fromkeys(EVERY_DAY, intervals), **more)


def weekdays_nine_to_five(**more: Any) -> OpeningHours:
    return OpeningHours(WARSAW, dict.fromkeys(EVERY_DAY[:5], [("09:00", "17:00")]), **more)


@pytest.mark.parametrize(
    ("timezone", "winter", "summer"),
    [
        ("Europe/Warsaw", "08:00", "07:00"),
        ("Europe/Stockholm", "08:00", "07:00"),
        ("Europe/Berlin", "08:00", "07:00"),
        ("Africa/Cairo", "07:00", "06:00"),
        ("America/New_York", "14:00", "13:00"),
        ("Asia/Kathmandu", "03:15", "03:15"),
    ],
)
def test_nine_o_clock_is_nine_o_clock_on_the_wall_of_the_store(timezone: str, winter: str, summer: str) -> None:
    hours = daily(("09:00", "17:00"), timezone=timezone)
    assert hours.intervals_on(date(2026, 1, 15))[0][0] == utc(f"2026-01-15T{winter}")
    assert hours.intervals_on(date(2026, 7, 15))[0][0] == utc(f"2026-07-15T{summer}")


def test_the_open_minute_counts_and_the_closing_minute_does_not() -> None:
    hours = daily(("09:00", "17:00"))
    assert not hours.is_open(utc("2026-01-15T07:59:59"))
    assert hours.is_open(utc("2026-01-15T08:00"))
    assert hours.is_open(utc("2026-01-15T15:59:59"))
    assert not hours.is_open(utc("2026-01-15T16:00"))


def test_a_time_may_come_with_any_offset_but_not_without_one() -> None:
    hours = daily(("09:00", "17:00"))
    assert hours.is_open(datetime.fromisoformat("2026-01-15T20:00+11:00"))
    with pytest.raises(RuleProblem) as caught:
        hours.is_open(datetime(2026, 1, 15, 9))  # noqa: DTZ001 - a time without offset is what is tested.
    assert caught.value.code == "time_without_offset"


@pytest.mark.parametrize("year", [1, 1899, 9001, 9999])
def test_years_that_nobody_means_are_refused_rather_than_overflowing(year: int) -> None:
    with pytest.raises(RuleProblem) as caught:
        daily(("09:00", "17:00")).next_open(datetime(year, 12, 31, 23, 59, tzinfo=UTC))
    assert caught.value.code == "time_out_of_range"


def test_a_day_with_a_break_has_two_intervals() -> None:
    hours = daily(("14:00", "18:00"), ("09:00", "13:00"))
    assert hours.intervals_on(date(2026, 1, 15)) == [
        (utc("2026-01-15T08:00"), utc("2026-01-15T12:00")),
        (utc("2026-01-15T13:00"), utc("2026-01-15T17:00")),
    ]
    assert hours.closing_of(date(2026, 1, 15)) == utc("2026-01-15T17:00")


def test_today_is_what_the_door_says() -> None:
    hours = weekdays_nine_to_five(exceptions={date(2026, 1, 15): [("10:00", "12:00"), ("13:00", "24:00")]})
    assert hours.today(utc("2026-01-14T12:00")) == [("09:00", "17:00")]
    assert hours.today(utc("2026-01-14T23:30")) == [("10:00", "12:00"), ("13:00", "24:00")]
    assert hours.today(utc("2026-01-17T12:00")) == []
    assert hours.closing_of(date(2026, 1, 17)) is None


# Adding open time.


def test_open_time_runs_over_the_night_and_the_weekend() -> None:
    """Friday 16:00 plus two hours is Monday 10:00."""
    assert weekdays_nine_to_five().add_open_time(utc("2026-01-16T15:00"), 120) == utc("2026-01-19T09:00")


def test_open_time_before_the_opening_begins_at_the_opening() -> None:
    assert weekdays_nine_to_five().add_open_time(utc("2026-01-17T12:00"), 30) == utc("2026-01-19T08:30")


def test_time_that_fills_the_day_ends_at_the_closing() -> None:
    assert weekdays_nine_to_five().add_open_time(utc("2026-01-15T08:00"), 480) == utc("2026-01-15T16:00")


def test_zero_minutes_end_where_they_start() -> None:
    at = utc("2026-01-17T03:00")
    assert weekdays_nine_to_five().add_open_time(at, 0) == at


def test_a_night_shop_is_open_through_midnight() -> None:
    hours = daily(("00:00", "02:00"), ("18:00", "24:00"))
    assert hours.is_open(utc("2026-01-15T23:00"))
    assert hours.add_open_time(utc("2026-01-15T22:30"), 60) == utc("2026-01-15T23:30")
    assert hours.next_open(utc("2026-01-15T22:59:59")) == utc("2026-01-15T22:59:59")
    assert not hours.is_open(utc("2026-01-16T01:00"))


def test_fractions_of_a_minute_are_kept() -> None:
    assert daily(("09:00", "17:00")).add_open_time(utc("2026-01-15T08:00"), 0.5) == utc("2026-01-15T08:00:30")


@pytest.mark.parametrize("minutes", [-1, -0.001, float("nan")])
def test_open_time_cannot_run_backwards(minutes: float) -> None:
    with pytest.raises(RuleProblem) as caught:
        daily(("09:00", "17:00")).add_open_time(utc("2026-01-15T08:00"), minutes)
    assert caught.value.code == "invalid_minutes"


@pytest.mark.parametrize("minutes", [1_051_201, 1e12, float("inf")])
def test_absurd_amounts_of_work_have_no_end(minutes: float) -> None:
    assert daily(("09:00", "17:00")).add_open_time(utc("2026-01-15T08:00"), minutes) is None


def test_two_years_of_work_still_have_an_end() -> None:
    assert daily(("00:00", "24:00"), timezone="UTC").add_open_time(utc("2026-01-01T00:00"), 1_051_200) == utc(
        "2028-01-01T00:00"
    )


# Nothing open.


def test_a_store_without_hours_never_opens() -> None:
    hours = OpeningHours(WARSAW, {})
    at = utc("2026-01-15T08:00")
    assert hours.next_open(at) is None
    assert hours.add_open_time(at, 1) is None
    assert hours.close_of_nth_open_day(at, 1) is None
    assert not hours.is_open(at)


@pytest.mark.parametrize(("days_closed", "opens"), [(59, True), (60, True), (61, False)])
def test_a_store_counts_as_closed_for_good_after_sixty_days(days_closed: int, opens: bool) -> None:
    first = date(2026, 1, 15)
    only = first + timedelta(days=days_closed)
    hours = OpeningHours(WARSAW, {}, exceptions={only: [("09:00", "17:00")]})
    at = utc("2026-01-15T12:00")
    assert (hours.next_open(at) is not None) is opens
    assert (hours.add_open_time(at, 30) is not None) is opens
    assert (hours.close_of_nth_open_day(at, 1) is not None) is opens


def test_work_that_does_not_fit_before_a_long_closure_has_no_end() -> None:
    hours = OpeningHours(WARSAW, {}, exceptions={date(2026, 1, 15): [("09:00", "17:00")]})
    assert hours.add_open_time(utc("2026-01-15T15:00"), 60) == utc("2026-01-15T16:00")
    assert hours.add_open_time(utc("2026-01-15T15:00"), 61) is None


# Exceptions and holidays.


def test_a_public_holiday_closes_the_store() -> None:
    hours = daily(("09:00", "17:00"), holiday_country="PL")
    assert hours.intervals_on(date(2026, 11, 11)) == []
    assert hours.intervals_on(date(2026, 11, 12)) != []


def test_an_exception_beats_a_holiday_and_a_holiday_beats_the_week() -> None:
    sunday_open = {date(2026, 11, 11): [("10:00", "14:00")]}
    hours = daily(("09:00", "17:00"), holiday_country="PL", exceptions=sunday_open)
    assert hours.today(utc("2026-11-11T12:00")) == [("10:00", "14:00")]
    assert hours.today(utc("2026-12-25T12:00")) == []


def test_a_holiday_of_one_region_closes_only_there() -> None:
    """Epiphany is a holiday in Bavaria and not in Berlin."""
    epiphany = date(2026, 1, 6)
    in_region = {
        region: daily(("09:00", "17:00"), timezone="Europe/Berlin", holiday_country="DE", holiday_subdivision=region)
        for region in ("BY", "BE")
    }
    assert in_region["BY"].intervals_on(epiphany) == []
    assert in_region["BE"].intervals_on(epiphany) != []


def test_a_run_of_holidays_closes_the_store_for_a_week() -> None:
    """Holidays on 25 and 26 December 2026, a weekend, and closed days until the new year."""
    closed: dict[date, list[tuple[str, str]]] = {date(2026, 12, day): [] for day in (24, 28, 29, 30, 31)}
    hours = weekdays_nine_to_five(holiday_country="PL", exceptions=closed)
    evening = utc("2026-12-23T15:30")
    assert hours.next_open(utc("2026-12-23T16:00")) == utc("2027-01-04T08:00")
    assert hours.add_open_time(evening, 60) == utc("2027-01-04T08:30")
    assert hours.close_of_nth_open_day(evening, 2) == utc("2027-01-05T16:00")


def test_the_leap_day_is_a_day_like_any_other() -> None:
    hours = daily(("09:00", "17:00"))
    assert hours.intervals_on(date(2028, 2, 29)) == [(utc("2028-02-29T08:00"), utc("2028-02-29T16:00"))]
    assert hours.add_open_time(utc("2028-02-28T15:00"), 120) == utc("2028-02-29T09:00")
    assert hours.close_of_nth_open_day(utc("2028-02-28T12:00"), 2) == utc("2028-03-01T16:00")


# The Nth open day.


def test_the_day_itself_does_not_count_however_early_it_is() -> None:
    hours = daily(("09:00", "17:00"))
    assert hours.close_of_nth_open_day(utc("2026-01-15T00:00"), 1) == utc("2026-01-16T16:00")
    assert hours.close_of_nth_open_day(utc("2026-01-15T20:00"), 1) == utc("2026-01-16T16:00")


def test_the_day_is_the_day_on_the_wall_and_not_in_utc() -> None:
    """At 23:30 UTC on the 14th the 15th has begun in Warsaw, and it is still the 14th in New York."""
    late = utc("2026-01-14T23:30")
    assert daily(("09:00", "17:00")).close_of_nth_open_day(late, 1) == utc("2026-01-16T16:00")
    new_york = daily(("09:00", "17:00"), timezone="America/New_York")
    assert new_york.local_day(late) == date(2026, 1, 14)
    assert new_york.close_of_nth_open_day(late, 1) == utc("2026-01-15T22:00")


def test_closed_days_do_not_count() -> None:
    assert weekdays_nine_to_five().close_of_nth_open_day(utc("2026-01-16T12:00"), 3) == utc("2026-01-21T16:00")


@pytest.mark.parametrize("days", [0, -1])
def test_less_than_one_open_day_is_refused(days: int) -> None:
    with pytest.raises(RuleProblem) as caught:
        daily(("09:00", "17:00")).close_of_nth_open_day(utc("2026-01-15T12:00"), days)
    assert caught.value.code == "invalid_days"


# What is not a description of hours.


@pytest.mark.parametrize("name", ["localtime", "Factory", "posixrules", "right/UTC", "posix/Europe/Warsaw"])
def test_what_only_this_machine_has_is_no_time_zone(name: str) -> None:
    with pytest.raises(RuleProblem):
        zone_of(name)


@pytest.mark.parametrize(
    "name", ["Europe/Warszawa", "", "../etc/passwd", "/etc/passwd", "Europe", "a\x00b", "\ud800", None]
)
def test_an_unknown_time_zone_is_refused(name: Any) -> None:
    with pytest.raises(RuleProblem) as caught:
        zone_of(name)
    assert (caught.value.code, caught.value.pointer) == ("unknown_timezone", "/timezone")


@pytest.mark.parametrize(
    ("country", "region", "pointer"),
    [("XX", None, "/holiday_country"), ("DE", "XX", "/holiday_subdivision"), ("", None, "/holiday_country")],
)
def test_unknown_holidays_are_refused(country: str, region: str | None, pointer: str) -> None:
    with pytest.raises(RuleProblem) as caught:
        daily(("09:00", "17:00"), holiday_country=country, holiday_subdivision=region)
    assert (caught.value.code, caught.value.pointer) == ("unknown_holidays", pointer)


def test_hours_are_checked_when_they_are_made() -> None:
    with pytest.raises(RuleProblem) as caught:
        OpeningHours(WARSAW, {"mon": [("09:00", "08:00")]})
    assert caught.value.pointer == "/hours/mon/0"
