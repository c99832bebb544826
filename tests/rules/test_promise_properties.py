"""What holds for every promise whatever the store, the zone, the night in which clocks change, and the work."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from omni_pickup.rules.opening_hours import HORIZON_DAYS, OpeningHours
from omni_pickup.rules.paces import HOURS_OF_WEEK, Pace
from omni_pickup.rules.promises import Demand, Terms, begin_of_work, ready_by, slot_of
from omni_pickup.rules.weekly_hours import WEEKDAYS, clock_of
from omni_pickup.rules.workloads import Crew
from tests.rules.test_opening_hours_properties import instants, round_the_clock, stores

demands = st.builds(Demand, st.integers(0, 600), st.integers(0, 900), st.integers(0, 300))
cut_offs = st.one_of(st.none(), st.integers(0, 96).map(lambda quarter: clock_of(quarter * 15)))
paces = st.builds(
    Pace,
    st.just(2.0),
    st.just(1.0),
    st.dictionaries(st.integers(0, HOURS_OF_WEEK - 1), st.sampled_from([0.5, 1.0, 1.5, 3.0]), max_size=20),
)
# Drawing whole weeks is slow; what is special about a night stands in the examples.
few = settings(max_examples=40)
SPRING, AUTUMN = datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 24, 23, tzinfo=UTC)
LEAP_DAY = datetime(2028, 2, 29, 22, 30, tzinfo=UTC)
USUAL = Pace(2.0, 1.0)


def promise(
    hours: OpeningHours,
    now: datetime,
    demand: Demand,
    *,
    later: int = 0,
    pace: Pace = USUAL,
    cut_off: str | None = None,
) -> datetime | None:
    wanted = now + timedelta(minutes=later)
    terms = Terms(cut_off)
    return ready_by(hours, demand, now=now, requested_from=wanted, pace=pace, crew=Crew(2), terms=terms)


def is_open_until(hours: OpeningHours, at: datetime) -> bool:
    """Open at an instant or up to it: what is ready when the doors close is ready in time."""
    return hours.is_open(at) or any(end == at for _, end in around(hours, at))


def around(hours: OpeningHours, at: datetime) -> list[tuple[datetime, datetime]]:
    day = hours.local_day(at)
    return [span for ahead in (-1, 0) for span in hours.intervals_on(day + timedelta(days=ahead))]


@few
@given(stores(), instants, demands, st.integers(0, 3 * 24 * 60), paces, cut_offs)
@example(round_the_clock("Europe/Warsaw"), SPRING, Demand(90), 0, USUAL, None)
@example(round_the_clock("Europe/Warsaw"), AUTUMN, Demand(90), 0, USUAL, "02:30")
@example(round_the_clock("Africa/Cairo"), LEAP_DAY, Demand(180), 0, USUAL, "24:00")
def test_a_promise_is_a_whole_minute_in_open_time_and_never_before_it_is_wanted(
    hours: OpeningHours, now: datetime, demand: Demand, later: int, pace: Pace, cut_off: str | None
) -> None:
    ready = promise(hours, now, demand, later=later, pace=pace, cut_off=cut_off)
    if ready is None:
        return
    assert ready >= now + timedelta(minutes=later)
    assert ready.second == ready.microsecond == 0
    assert ready.tzinfo is UTC
    # A minute that rounding up adds may reach over a closing on the odd second of a clock change.
    assert is_open_until(hours, ready) or is_open_until(hours, ready - timedelta(minutes=1))


@few
@given(stores(), instants, demands, cut_offs)
def test_there_is_a_promise_exactly_where_the_store_opens_again(
    hours: OpeningHours, now: datetime, demand: Demand, cut_off: str | None
) -> None:
    begin = begin_of_work(hours, now=now, requested_from=None, cut_off=cut_off)
    if promise(hours, now, demand, cut_off=cut_off) is not None:
        assert begin is not None
        assert begin - now < timedelta(days=HORIZON_DAYS + 2)
    if begin is not None:
        assert promise(hours, now, Demand(0), cut_off=cut_off) is not None


@few
@given(stores(), instants, demands, st.integers(0, 600), paces)
def test_more_work_never_makes_a_promise_earlier(
    hours: OpeningHours, now: datetime, demand: Demand, more: int, pace: Pace
) -> None:
    plain = promise(hours, now, demand, pace=pace)
    for longer in (
        Demand(demand.prep_minutes + more, demand.queued_minutes, demand.own_minutes),
        Demand(demand.prep_minutes, demand.queued_minutes + more, demand.own_minutes),
        Demand(demand.prep_minutes, demand.queued_minutes, demand.own_minutes + more),
    ):
        later = promise(hours, now, longer, pace=pace)
        assert later is None or (plain is not None and later >= plain)


@few
@given(stores(), instants, st.integers(0, 600))
def test_waiting_a_minute_never_makes_a_promise_earlier(hours: OpeningHours, now: datetime, minutes: int) -> None:
    first, second = promise(hours, now, Demand(60)), promise(hours, now + timedelta(minutes=minutes), Demand(60))
    assert first is None or second is None or first <= second


@few
@given(stores(), instants, cut_offs)
def test_after_the_cut_off_nothing_is_promised_for_the_same_day(
    hours: OpeningHours, now: datetime, cut_off: str | None
) -> None:
    ready = promise(hours, now, Demand(0), cut_off=cut_off)
    local = hours.local_time(now)
    if cut_off is not None and ready is not None and local.strftime("%H:%M") >= cut_off:
        assert hours.local_day(ready) > local.date()


@few
@given(stores(), instants, st.sampled_from([15, 30, 60, 240, 1440]), st.integers(1, 3))
def test_the_slot_of_a_promise_contains_it_and_ends_with_its_day(
    hours: OpeningHours, now: datetime, minutes: int, capacity: int
) -> None:
    terms = Terms(None, minutes, capacity, lambda start, end: 0)
    ready = ready_by(hours, Demand(60), now=now, requested_from=None, pace=USUAL, crew=Crew(1), terms=terms)
    if ready is not None:
        start, end = slot_of(hours, ready, minutes)
        assert start <= ready < end
        assert hours.local_day(start) == hours.local_day(ready)
        assert end <= hours.instant(hours.local_day(ready) + timedelta(days=1), 0)


@pytest.mark.parametrize("zone", ["Europe/Warsaw", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati"])
def test_the_same_week_promises_the_same_wall_clock_in_every_zone(zone: str) -> None:
    hours = OpeningHours(zone, dict.fromkeys(WEEKDAYS, [("09:00", "17:00")]))
    noon = hours.instant(date(2026, 1, 15), 12 * 60)
    ready = promise(hours, noon, Demand(90), cut_off="15:00")
    assert ready is not None
    assert hours.local_time(ready).strftime("%Y-%m-%d %H:%M") == "2026-01-15 13:30"
    after = promise(hours, hours.instant(date(2026, 1, 15), 15 * 60), Demand(90), cut_off="15:00")
    assert after is not None
    assert hours.local_time(after).strftime("%Y-%m-%d %H:%M") == "2026-01-16 10:30"


def test_a_store_that_opens_in_the_hour_that_never_was_promises_from_when_it_does() -> None:
    night = OpeningHours("Europe/Warsaw", dict.fromkeys(WEEKDAYS, [("02:30", "06:00")]))
    # 02:30 does not exist on this morning and is 03:30, which is 01:30 UTC.
    assert promise(night, SPRING, Demand(30)) == datetime(2026, 3, 29, 2, 0, tzinfo=UTC)


def test_of_the_hour_that_comes_twice_opening_takes_the_first_and_closing_the_second() -> None:
    night = OpeningHours("Europe/Warsaw", dict.fromkeys(WEEKDAYS, [("02:15", "02:45")]))
    # Open from 00:15 to 01:45 UTC: an hour and a half on a wall that shows half an hour.
    assert promise(night, AUTUMN, Demand(90)) == datetime(2026, 10, 25, 1, 45, tzinfo=UTC)
    assert promise(night, AUTUMN, Demand(91)) == datetime(2026, 10, 26, 1, 16, tzinfo=UTC)


def test_the_leap_day_is_a_day_like_any_other() -> None:
    hours = OpeningHours("Europe/Warsaw", {}, {date(2028, 2, 29): [("09:00", "17:00")]})
    assert promise(hours, datetime(2028, 2, 28, 12, tzinfo=UTC), Demand(60)) == datetime(2028, 2, 29, 9, tzinfo=UTC)
    closed = OpeningHours("Europe/Warsaw", dict.fromkeys(WEEKDAYS, [("09:00", "17:00")]), {date(2028, 2, 29): []})
    assert promise(closed, LEAP_DAY - timedelta(days=1), Demand(60)) == datetime(2028, 3, 1, 9, tzinfo=UTC)


def test_a_cut_off_at_midnight_ends_with_the_day_and_one_at_zero_begins_with_it() -> None:
    shop = round_the_clock("Europe/Warsaw")
    before_midnight = datetime(2026, 1, 15, 22, 59, tzinfo=UTC)
    assert promise(shop, before_midnight, Demand(0), cut_off="24:00") == before_midnight
    assert promise(shop, before_midnight, Demand(0), cut_off="00:00") == datetime(2026, 1, 15, 23, tzinfo=UTC)
