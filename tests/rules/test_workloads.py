"""When people are through with their work: by open hours, by who is there, and by how fast the hour is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omni_pickup.rules.opening_hours import OpeningHours
from omni_pickup.rules.paces import HOURS_OF_WEEK, Pace, set_pace
from omni_pickup.rules.weekly_hours import WEEKDAYS
from omni_pickup.rules.workloads import ONE_PERSON, Crew, done_at

# Warsaw, nine to five on every day; 08:00 to 16:00 UTC in winter. 15 January 2026 is a Thursday.
NINE_TO_FIVE = OpeningHours("Europe/Warsaw", dict.fromkeys(WEEKDAYS, [("09:00", "17:00")]))
THURSDAY = 3 * 24
USUAL = set_pace(60)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def done(start: str, minutes: float, *, pace: Pace = USUAL, crew: Crew = ONE_PERSON) -> datetime | None:
    return done_at(NINE_TO_FIVE, utc(start), minutes, pace=pace, crew=crew)


def slow(*hours: int, factor: float = 2.0) -> Pace:
    return Pace(0.0, 1.0, dict.fromkeys(hours, factor))


def test_people_share_the_work() -> None:
    assert done("2026-01-15T09:00", 90) == utc("2026-01-15T10:30")
    assert done("2026-01-15T09:00", 90, crew=Crew(3)) == utc("2026-01-15T09:30")


def test_a_plan_without_anybody_is_one_person() -> None:
    assert done("2026-01-15T09:00", 90, crew=Crew(0)) == utc("2026-01-15T10:30")


def test_work_goes_on_the_next_morning() -> None:
    assert done("2026-01-15T15:00", 90) == utc("2026-01-16T08:30")


def test_whoever_is_on_shift_counts_until_closing_and_the_plan_after_that() -> None:
    alone = Crew(3, on_shift=1, until=utc("2026-01-15T16:00"))
    assert done("2026-01-15T15:00", 60, crew=alone) == utc("2026-01-15T16:00")
    assert done("2026-01-15T15:00", 90, crew=alone) == utc("2026-01-16T08:10")
    assert done("2026-01-16T09:00", 90, crew=alone) == utc("2026-01-16T09:30")


def test_nobody_seen_on_shift_means_the_plan() -> None:
    for on_shift in (None, 0):
        crew = Crew(3, on_shift=on_shift, until=utc("2026-01-15T16:00"))
        assert done("2026-01-15T09:00", 90, crew=crew) == utc("2026-01-15T09:30")


def test_more_people_than_planned_are_faster() -> None:
    assert done("2026-01-15T09:00", 90, crew=Crew(1, 3, utc("2026-01-15T16:00"))) == utc("2026-01-15T09:30")


def test_a_slow_hour_takes_longer_and_the_next_one_does_not() -> None:
    # 09:00 UTC is ten o'clock on the wall; half of an hour's work is done in it when it is twice as slow.
    ten = slow(THURSDAY + 10)
    assert done("2026-01-15T09:00", 30, pace=ten) == utc("2026-01-15T10:00")
    assert done("2026-01-15T09:00", 60, pace=ten) == utc("2026-01-15T10:30")
    assert done("2026-01-15T08:30", 60, pace=ten) == utc("2026-01-15T09:30") + timedelta(minutes=30)
    assert done("2026-01-15T11:00", 60, pace=ten) == utc("2026-01-15T12:00")


def test_the_hour_is_the_one_on_the_wall_of_the_store() -> None:
    kathmandu = OpeningHours("Asia/Kathmandu", dict.fromkeys(WEEKDAYS, [("00:00", "24:00")]))
    # 12:00 in Nepal is 06:15 UTC; its slow hour begins and ends there, not at a full hour of UTC.
    at = done_at(kathmandu, utc("2026-01-15T05:15"), 90, pace=slow(THURSDAY + 12), crew=ONE_PERSON)
    assert at == utc("2026-01-15T07:15")


def test_the_hour_that_clocks_skip_and_the_one_they_repeat_are_counted_as_they_pass() -> None:
    all_day = OpeningHours("Europe/Warsaw", dict.fromkeys(WEEKDAYS, [("00:00", "24:00")]))
    sunday_two, sunday_three = 6 * 24 + 2, 6 * 24 + 3
    spring = done_at(all_day, utc("2026-03-29T00:00"), 90, pace=slow(sunday_two), crew=ONE_PERSON)
    assert spring == utc("2026-03-29T01:30")
    autumn = done_at(all_day, utc("2026-10-25T00:00"), 90, pace=slow(sunday_two), crew=ONE_PERSON)
    assert autumn == utc("2026-10-25T02:30")
    after = done_at(all_day, utc("2026-03-29T01:00"), 30, pace=slow(sunday_three), crew=ONE_PERSON)
    assert after == utc("2026-03-29T02:00")


def test_a_store_that_never_opens_again_is_never_done() -> None:
    closed = OpeningHours("Europe/Warsaw", {})
    for pace in (USUAL, slow(0)):
        assert done_at(closed, utc("2026-01-15T09:00"), 1, pace=pace, crew=ONE_PERSON) is None


def test_a_year_of_work_is_counted_without_a_look_at_every_hour_of_it() -> None:
    assert done("2026-01-15T08:00", 8 * 60 * 100, pace=slow(THURSDAY + 10)) is not None
    assert done("2026-01-15T08:00", 10.0**9, pace=slow(THURSDAY + 10)) is None


paces = st.builds(
    Pace,
    st.just(0.0),
    st.just(1.0),
    st.dictionaries(st.integers(0, HOURS_OF_WEEK - 1), st.sampled_from([0.25, 0.5, 1.0, 2.0, 4.0]), max_size=40),
)
minutes = st.integers(0, 3000)
starts = st.integers(0, 366 * 24 * 60).map(lambda ahead: utc("2026-01-01T00:00") + timedelta(minutes=ahead))
crews = st.builds(Crew, st.integers(0, 5), st.one_of(st.none(), st.integers(0, 5)), st.one_of(st.none(), starts))


@given(starts, minutes, minutes, paces, crews)
def test_more_work_is_never_done_earlier(start: datetime, work: int, more: int, pace: Pace, crew: Crew) -> None:
    first = done_at(NINE_TO_FIVE, start, work, pace=pace, crew=crew)
    second = done_at(NINE_TO_FIVE, start, work + more, pace=pace, crew=crew)
    assert first is not None
    assert second is not None
    assert start <= first <= second


@given(starts, minutes, paces)
def test_a_factor_of_one_everywhere_is_no_factor(start: datetime, work: int, pace: Pace) -> None:
    even = Pace(0.0, 1.0, dict.fromkeys(pace.factors, 1.0))
    plain = done_at(NINE_TO_FIVE, start, work, pace=USUAL, crew=ONE_PERSON)
    found = done_at(NINE_TO_FIVE, start, work, pace=even, crew=ONE_PERSON)
    assert plain is not None
    assert found is not None
    assert abs(found - plain) < timedelta(seconds=1)


@given(starts, st.integers(0, 5), st.integers(0, 2000))
def test_a_colleague_more_never_makes_it_later(start: datetime, people: int, work: int) -> None:
    few = done_at(NINE_TO_FIVE, start, work, pace=slow(THURSDAY + 10), crew=Crew(people))
    more = done_at(NINE_TO_FIVE, start, work, pace=slow(THURSDAY + 10), crew=Crew(people + 1))
    assert few is not None
    assert more is not None
    assert more <= few


@pytest.mark.parametrize("work", [0, 0.0])
def test_no_work_is_done_at_once_even_at_night(work: float) -> None:
    for pace in (USUAL, slow(0)):
        assert done("2026-01-15T22:00", work, pace=pace) == utc("2026-01-15T22:00")
