"""When waiting orders will be ready, and what of it is worth telling."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from omni_pickup.rules.estimates import (
    STAGING_MINUTES,
    TOLD_FROM,
    Work,
    expected_times,
    is_delay,
    new_promise,
)
from omni_pickup.rules.opening_hours import OpeningHours
from omni_pickup.rules.paces import Pace, set_pace
from omni_pickup.rules.weekly_hours import WEEKDAYS
from omni_pickup.rules.workloads import ONE_PERSON, Crew

# Warsaw, nine to five on every day; 08:00 to 16:00 UTC in winter.
NINE_TO_FIVE = OpeningHours("Europe/Warsaw", dict.fromkeys(WEEKDAYS, [("09:00", "17:00")]))
ONE_A_MINUTE = set_pace(60)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def expected(
    *works: Work, now: str = "2026-01-15T09:00", pace: Pace = ONE_A_MINUTE, crew: Crew = ONE_PERSON
) -> list[datetime | None]:
    return list(expected_times(NINE_TO_FIVE, works, now=utc(now), pace=pace, crew=crew).values())


def test_one_order_is_ready_when_it_is_fetched_and_staged() -> None:
    assert expected(Work(1, 10)) == [utc("2026-01-15T09:15")]


def test_each_order_waits_for_those_before_it() -> None:
    assert expected(Work(1, 10), Work(2, 20), Work(3, 5)) == [
        utc("2026-01-15T09:15"),
        utc("2026-01-15T09:35"),
        utc("2026-01-15T09:40"),
    ]


def test_people_share_what_stands_before_an_order_but_not_the_order() -> None:
    assert expected(Work(1, 40), Work(2, 20), crew=Crew(2)) == [utc("2026-01-15T09:45"), utc("2026-01-15T09:45")]


def test_a_colleague_who_leaves_makes_everybody_after_that_later() -> None:
    works = [Work(1, 30), Work(2, 30)]
    closing = utc("2026-01-15T16:00")
    assert expected(*works, crew=Crew(3, 3, closing))[-1] == utc("2026-01-15T09:45")
    assert expected(*works, crew=Crew(3, 1, closing))[-1] == utc("2026-01-15T10:05")


def test_a_big_order_ahead_delays_what_follows() -> None:
    small = Work(2, 1)
    assert expected(small)[-1] == utc("2026-01-15T09:06")
    assert expected(Work(1, 120), small)[-1] == utc("2026-01-15T11:06")


def test_pieces_that_were_put_off_are_not_fetched_before_their_time() -> None:
    put_off = Work(1, 10, utc("2026-01-15T09:30"))
    assert expected(put_off, Work(2, 10)) == [utc("2026-01-15T09:45"), utc("2026-01-15T09:25")]


def test_what_is_picked_only_has_to_be_staged_and_keeps_nobody_waiting() -> None:
    assert expected(Work(1, 0), Work(2, 10)) == [utc("2026-01-15T09:05"), utc("2026-01-15T09:15")]


def test_at_night_nothing_happens_until_the_store_opens() -> None:
    assert expected(Work(1, 10), now="2026-01-15T20:00") == [utc("2026-01-16T08:15")]


def test_a_store_that_closes_for_good_expects_nothing() -> None:
    closed = OpeningHours("Europe/Warsaw", {})
    found = expected_times(closed, [Work(1, 1)], now=utc("2026-01-15T09:00"), pace=ONE_A_MINUTE, crew=ONE_PERSON)
    assert found == {1: None}
    assert not is_delay(utc("2026-01-15T09:00"), None)


def test_a_few_minutes_are_not_worth_a_message_and_a_quarter_of_an_hour_is() -> None:
    promised = utc("2026-01-15T10:00")
    assert not is_delay(promised, promised - timedelta(hours=1))
    assert not is_delay(promised, promised + TOLD_FROM - timedelta(minutes=1))
    assert is_delay(promised, promised + TOLD_FROM)


def test_a_new_promise_leaves_room_in_open_time() -> None:
    assert new_promise(NINE_TO_FIVE, utc("2026-01-15T10:00")) == utc("2026-01-15T10:15")
    assert new_promise(NINE_TO_FIVE, utc("2026-01-15T15:55")) == utc("2026-01-16T08:10")
    assert new_promise(OpeningHours("Europe/Warsaw", {}), utc("2026-01-15T10:00")) is None


@given(st.lists(st.integers(0, 40), min_size=1, max_size=12), st.integers(1, 4), st.integers(0, 11))
def test_more_work_before_an_order_never_makes_it_earlier(pieces: list[int], people: int, place: int) -> None:
    works = [Work(key, number) for key, number in enumerate(pieces)]
    more = [*works[:place], Work(99, 7), *works[place:]]
    plain = expected_times(NINE_TO_FIVE, works, now=utc("2026-01-15T09:00"), pace=ONE_A_MINUTE, crew=Crew(people))
    longer = expected_times(NINE_TO_FIVE, more, now=utc("2026-01-15T09:00"), pace=ONE_A_MINUTE, crew=Crew(people))
    for key, at in plain.items():
        later = longer[key]
        assert at is not None
        assert later is not None
        assert later >= at >= utc("2026-01-15T09:00") + timedelta(minutes=STAGING_MINUTES)
