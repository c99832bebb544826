"""What holds for opening hours whatever the week, the zone and the instant."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from omni_pickup.rules.opening_hours import OpeningHours
from omni_pickup.rules.weekly_hours import WEEKDAYS, clock_of

ZONES = ("Europe/Warsaw", "Europe/Stockholm", "Europe/Berlin", "Africa/Cairo", "America/New_York", "America/Havana")

MINUTES_OF_THREE_YEARS = (365 + 365 + 366) * 24 * 60

instants = st.integers(0, MINUTES_OF_THREE_YEARS).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
days = st.dates(min_value=date(2026, 1, 1), max_value=date(2028, 12, 31))


@st.composite
def day_hours(draw: st.DrawFn) -> list[tuple[str, str]]:
    """Draw the intervals of one day, on the quarter hour, with a liking for the hours in which clocks change."""
    quarters = st.one_of(st.integers(0, 16), st.integers(0, 96))
    marks = sorted(draw(st.sets(quarters, max_size=6)))
    clocks = [clock_of(mark * 15) for mark in marks]
    return list(zip(clocks[::2], clocks[1::2], strict=False))


@st.composite
def stores(draw: st.DrawFn) -> OpeningHours:
    """Draw a store that may be closed on any day."""
    weekly = {day: draw(day_hours()) for day in WEEKDAYS}
    exceptions = draw(st.dictionaries(days, day_hours(), max_size=3))
    return OpeningHours(draw(st.sampled_from(ZONES)), weekly, exceptions)


def round_the_clock(zone: str) -> OpeningHours:
    return OpeningHours(zone, dict.fromkeys(WEEKDAYS, [("00:00", "24:00")]))


@given(stores(), days)
@example(round_the_clock("Europe/Warsaw"), date(2026, 3, 29))
@example(round_the_clock("Europe/Warsaw"), date(2026, 10, 25))
def test_intervals_of_a_day_are_sorted_disjoint_and_not_empty(hours: OpeningHours, day: date) -> None:
    marks = [mark for interval in hours.intervals_on(day) for mark in interval]
    assert all(earlier < later for earlier, later in zip(marks, marks[1:], strict=False))
    assert all(mark.tzinfo is UTC for mark in marks)


@given(stores(), instants)
def test_the_next_opening_is_open_and_nothing_before_it_is(hours: OpeningHours, at: datetime) -> None:
    opening = hours.next_open(at)
    if opening is None:
        assert not any(hours.intervals_on(hours.local_day(at) + timedelta(days=ahead)) for ahead in range(1, 61))
        return
    assert opening >= at
    assert hours.is_open(opening)
    assert hours.is_open(at) is (opening == at)
    if opening > at:
        assert not hours.is_open(at + (opening - at) / 2)
        assert not hours.is_open(opening - timedelta(microseconds=1))


@given(stores(), instants, st.integers(0, 3000), st.integers(0, 3000))
@example(round_the_clock("Africa/Cairo"), datetime(2026, 4, 23, 20, tzinfo=UTC), 60, 120)
def test_open_time_can_be_added_in_parts(hours: OpeningHours, start: datetime, first: int, second: int) -> None:
    halfway = hours.add_open_time(start, first)
    in_parts = None if halfway is None else hours.add_open_time(halfway, second)
    assert hours.add_open_time(start, first + second) == in_parts


@given(stores(), instants, st.integers(1, 3000))
def test_open_time_ends_in_an_open_interval_and_never_early(hours: OpeningHours, start: datetime, minutes: int) -> None:
    end = hours.add_open_time(start, minutes)
    if end is None:
        return
    assert end - start >= timedelta(minutes=minutes)
    assert hours.is_open(end - timedelta(microseconds=1))


@given(st.sampled_from(ZONES), instants, st.integers(0, 5000))
def test_a_store_that_never_closes_counts_plain_time(zone: str, start: datetime, minutes: int) -> None:
    assert round_the_clock(zone).add_open_time(start, minutes) == start + timedelta(minutes=minutes)


@given(stores(), instants, st.integers(1, 6))
def test_a_hold_deadline_is_a_closing_after_the_day_and_grows_with_the_days(
    hours: OpeningHours, after: datetime, n: int
) -> None:
    deadline = hours.close_of_nth_open_day(after, n)
    if deadline is None:
        return
    assert deadline > after
    assert hours.is_open(deadline - timedelta(microseconds=1))
    longer = hours.close_of_nth_open_day(after, n + 1)
    assert longer is None or longer > deadline
