"""The hold ladder: deadline in open days, reminders, one extension, expiry."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omni_pickup.rules.hold_deadlines import extended, hold_until, is_expired, reminder_times
from omni_pickup.rules.opening_hours import OpeningHours
from omni_pickup.rules.problems import RuleProblem
from omni_pickup.rules.weekly_hours import WEEKDAYS

WEEKDAYS_ONLY = OpeningHours("Europe/Warsaw", dict.fromkeys(WEEKDAYS[:5], [("09:00", "17:00")]))
NIGHT_SHOP = OpeningHours("Europe/Warsaw", dict.fromkeys(WEEKDAYS, [("00:00", "24:00")]))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_an_order_ready_on_friday_with_three_days_waits_until_wednesday_evening() -> None:
    assert hold_until(WEEKDAYS_ONLY, utc("2026-01-16T10:00"), 3) == utc("2026-01-21T16:00")


def test_the_deadline_is_a_closing_on_the_wall_also_after_the_clocks_changed() -> None:
    assert hold_until(WEEKDAYS_ONLY, utc("2026-03-27T10:00"), 1) == utc("2026-03-30T15:00")
    assert hold_until(WEEKDAYS_ONLY, utc("2026-10-23T10:00"), 1) == utc("2026-10-26T16:00")


def test_a_store_that_closes_for_good_has_no_deadline() -> None:
    last_day = OpeningHours("Europe/Warsaw", {}, {date(2026, 1, 16): [("09:00", "17:00")]})
    assert hold_until(last_day, utc("2026-01-15T10:00"), 1) == utc("2026-01-16T16:00")
    assert hold_until(last_day, utc("2026-01-15T10:00"), 2) is None


def test_reminders_come_when_the_last_two_open_days_begin() -> None:
    ready = utc("2026-01-16T10:00")
    until = utc("2026-01-21T16:00")
    assert reminder_times(WEEKDAYS_ONLY, ready, until) == (utc("2026-01-20T08:00"), utc("2026-01-21T08:00"))


def test_a_hold_of_one_day_has_one_reminder_and_none_on_the_day_of_ready() -> None:
    ready = utc("2026-01-16T06:00")
    assert reminder_times(WEEKDAYS_ONLY, ready, utc("2026-01-19T16:00")) == (utc("2026-01-19T08:00"),)


def test_a_shop_open_round_the_clock_reminds_at_midnight_of_its_own_days() -> None:
    until = hold_until(NIGHT_SHOP, utc("2026-01-15T10:00"), 2)
    assert until == utc("2026-01-17T23:00")
    assert reminder_times(NIGHT_SHOP, utc("2026-01-15T10:00"), until) == (
        utc("2026-01-15T23:00"),
        utc("2026-01-16T23:00"),
    )


def test_the_customer_can_extend_once() -> None:
    until = utc("2026-01-21T16:00")
    assert extended(WEEKDAYS_ONLY, until, 2, times_extended=0) == utc("2026-01-23T16:00")
    with pytest.raises(RuleProblem) as caught:
        extended(WEEKDAYS_ONLY, until, 2, times_extended=1)
    assert caught.value.code == "already_extended"


def test_extending_a_deadline_at_24_00_does_not_skip_a_day() -> None:
    until = utc("2026-01-17T23:00")
    assert extended(NIGHT_SHOP, until, 1, times_extended=0) == utc("2026-01-18T23:00")


def test_a_hold_runs_out_at_its_deadline_and_not_before() -> None:
    until = utc("2026-01-21T16:00")
    assert not is_expired(until - timedelta(microseconds=1), until, checked_in=False)
    assert is_expired(until, until, checked_in=False)


def test_an_order_of_somebody_who_checked_in_does_not_expire() -> None:
    until = utc("2026-01-21T16:00")
    assert not is_expired(until + timedelta(days=1), until, checked_in=True)


def test_an_order_without_a_deadline_does_not_expire() -> None:
    assert not is_expired(utc("2030-01-01T00:00"), None, checked_in=False)


@given(st.integers(0, 3 * 365 * 24), st.integers(1, 7))
def test_every_reminder_lies_between_ready_and_deadline(hour: int, days: int) -> None:
    ready = utc("2026-01-01T00:00") + timedelta(hours=hour)
    until = hold_until(WEEKDAYS_ONLY, ready, days)
    assert until is not None
    reminders = reminder_times(WEEKDAYS_ONLY, ready, until)
    assert len(reminders) == min(2, days)
    assert all(ready < at < until and WEEKDAYS_ONLY.is_open(at) for at in reminders)
    assert list(reminders) == sorted(set(reminders))
