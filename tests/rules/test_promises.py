"""The ready-by time: open time only, the queue, the pickers, slots and cut-offs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omni_pickup.rules.opening_hours import OpeningHours
from omni_pickup.rules.paces import Pace, set_pace
from omni_pickup.rules.problems import RuleProblem
from omni_pickup.rules.promises import Demand, Terms, has_room, longest_prep, ready_by, rounded_up, sla, slot_of
from omni_pickup.rules.weekly_hours import WEEKDAYS
from omni_pickup.rules.workloads import Crew

# Warsaw, nine to five on every day; 08:00 to 16:00 UTC in winter.
NINE_TO_FIVE = OpeningHours("Europe/Warsaw", dict.fromkeys(WEEKDAYS, [("09:00", "17:00")]))
ONE_A_MINUTE = set_pace(60)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def promise(
    now: str,
    *,
    hours: OpeningHours = NINE_TO_FIVE,
    requested_from: str | None = None,
    pace: Pace = ONE_A_MINUTE,
    pickers: int = 1,
    terms: Mapping[str, Any] | None = None,
    **more: Any,
) -> datetime | None:
    """An order that one picker prepares in an hour, unless `more` of its demand says otherwise."""
    demand = Demand(**{"prep_minutes": 60, **more})
    wanted = None if requested_from is None else utc(requested_from)
    crew = Crew(pickers)
    return ready_by(
        hours, demand, now=utc(now), requested_from=wanted, pace=pace, crew=crew, terms=Terms(**(terms or {}))
    )


def test_an_order_in_the_morning_is_ready_after_the_preparation_time() -> None:
    assert promise("2026-01-15T09:00") == utc("2026-01-15T10:00")


def test_an_order_at_night_is_ready_after_the_opening_plus_preparation() -> None:
    assert promise("2026-01-15T22:00") == utc("2026-01-16T09:00")


def test_an_order_shortly_before_closing_is_finished_the_next_morning() -> None:
    assert promise("2026-01-15T15:30") == utc("2026-01-16T08:30")


def test_an_order_for_later_is_counted_from_when_it_is_wanted() -> None:
    assert promise("2026-01-15T09:00", requested_from="2026-01-17T11:00") == utc("2026-01-17T12:00")


def test_a_wanted_time_in_the_past_changes_nothing() -> None:
    assert promise("2026-01-15T09:00", requested_from="2026-01-14T09:00") == utc("2026-01-15T10:00")


def test_the_work_ahead_is_shared_by_the_pickers() -> None:
    assert promise("2026-01-15T09:00", queued_minutes=90, pickers=1) == utc("2026-01-15T11:30")
    assert promise("2026-01-15T09:00", queued_minutes=90, pickers=3) == utc("2026-01-15T10:30")


def test_a_store_with_nobody_planned_counts_one_picker() -> None:
    for pickers in (0, 1):
        assert promise("2026-01-15T09:00", queued_minutes=90, pickers=pickers) == utc("2026-01-15T11:30")


def test_one_person_fetches_an_order_however_many_there_are() -> None:
    for pickers in (1, 3):
        assert promise("2026-01-15T09:00", own_minutes=90, pickers=pickers) == utc("2026-01-15T10:30")


def test_preparation_covers_the_orders_own_pieces_unless_they_take_longer() -> None:
    assert promise("2026-01-15T09:00", own_minutes=60) == utc("2026-01-15T10:00")
    assert promise("2026-01-15T09:00", own_minutes=61) == utc("2026-01-15T10:01")


def test_the_line_that_needs_longest_decides() -> None:
    by_handling = {"locked": 90, "bulky": 240, "fragile": 10}
    assert longest_prep(60, by_handling, []) == 60
    assert longest_prep(60, by_handling, ["locked"]) == 90
    assert longest_prep(60, by_handling, ["bulky", "locked"]) == 240
    assert longest_prep(60, by_handling, ["fragile"]) == 60
    assert longest_prep(60, {}, ["bulky"]) == 60


def test_without_any_work_the_promise_is_the_next_open_minute() -> None:
    assert promise("2026-01-15T09:00", prep_minutes=0) == utc("2026-01-15T09:00")
    assert promise("2026-01-15T22:00", prep_minutes=0) == utc("2026-01-16T08:00")


def test_a_promise_is_told_in_whole_minutes_and_never_early() -> None:
    assert promise("2026-01-15T09:00:01") == utc("2026-01-15T10:01")
    assert rounded_up(datetime.fromisoformat("2026-01-15T10:00:00.000001+01:00")) == utc("2026-01-15T09:01")
    assert rounded_up(utc("2026-01-15T09:01")) == utc("2026-01-15T09:01")


def test_a_store_that_does_not_open_has_no_promise() -> None:
    assert promise("2026-01-15T09:00", hours=OpeningHours("Europe/Warsaw", {})) is None


def test_work_that_is_not_done_before_a_long_closure_has_no_promise() -> None:
    last_day = OpeningHours("Europe/Warsaw", {}, {date(2026, 1, 15): [("09:00", "17:00")]})
    assert promise("2026-01-15T15:00", hours=last_day) == utc("2026-01-15T16:00")
    assert promise("2026-01-15T15:01", hours=last_day) is None


# Cut-offs.


def test_before_the_cut_off_work_begins_today() -> None:
    assert promise("2026-01-15T12:59", terms={"cut_off": "14:00"}) == utc("2026-01-15T13:59")


def test_from_the_cut_off_on_work_begins_on_the_next_open_day() -> None:
    assert promise("2026-01-15T13:00", terms={"cut_off": "14:00"}) == utc("2026-01-16T09:00")


def test_the_cut_off_is_a_time_on_the_wall_of_the_store() -> None:
    new_york = OpeningHours("America/New_York", dict.fromkeys(WEEKDAYS, [("09:00", "17:00")]))
    assert promise("2026-01-15T18:59", hours=new_york, terms={"cut_off": "14:00"}) == utc("2026-01-15T19:59")
    assert promise("2026-01-15T19:00", hours=new_york, terms={"cut_off": "14:00"}) == utc("2026-01-16T15:00")


def test_the_cut_off_rolls_over_a_closed_weekend() -> None:
    weekdays = OpeningHours("Europe/Warsaw", dict.fromkeys(WEEKDAYS[:5], [("09:00", "17:00")]))
    assert promise("2026-01-16T13:00", hours=weekdays, terms={"cut_off": "14:00"}) == utc("2026-01-19T09:00")


def test_the_cut_off_counts_for_the_wanted_day_too() -> None:
    late = promise("2026-01-15T09:00", requested_from="2026-01-17T14:00", terms={"cut_off": "14:00"})
    assert late == utc("2026-01-18T09:00")


def test_a_cut_off_at_midnight_never_comes_and_one_at_zero_has_always_passed() -> None:
    assert promise("2026-01-15T15:59", terms={"cut_off": "24:00"}, prep_minutes=1) == utc("2026-01-15T16:00")
    assert promise("2026-01-15T00:00", terms={"cut_off": "00:00"}) == utc("2026-01-16T09:00")


def test_after_the_cut_off_a_night_shop_begins_at_midnight() -> None:
    all_day = OpeningHours("Europe/Warsaw", dict.fromkeys(WEEKDAYS, [("00:00", "24:00")]))
    assert promise("2026-01-15T20:00", hours=all_day, terms={"cut_off": "20:00"}) == utc("2026-01-16T00:00")


# Daylight saving and the calendar.


def test_the_promise_skips_the_hour_that_never_was() -> None:
    all_day = OpeningHours("Europe/Warsaw", dict.fromkeys(WEEKDAYS, [("00:00", "24:00")]))
    ready = promise("2026-03-29T00:30", hours=all_day)
    assert ready == utc("2026-03-29T01:30")
    assert all_day.local_time(ready).strftime("%H:%M") == "03:30"


def test_a_store_that_opens_at_a_time_that_does_not_exist_still_has_a_promise() -> None:
    night = OpeningHours("Europe/Warsaw", dict.fromkeys(WEEKDAYS, [("02:30", "06:00")]))
    assert promise("2026-03-29T00:00", hours=night) == utc("2026-03-29T02:30")


def test_an_order_over_the_change_of_clocks_is_ready_at_the_same_time_on_the_wall() -> None:
    for evening, morning in [("2026-03-28", "2026-03-29T08:00"), ("2026-10-24", "2026-10-25T09:00")]:
        assert promise(f"{evening}T20:00") == utc(morning)


def test_an_order_on_28_february_of_a_leap_year_is_ready_on_the_29th() -> None:
    assert promise("2028-02-28T20:00") == utc("2028-02-29T09:00")


# Slots.


def full_slots(*starts: str, load: int = 1) -> dict[datetime, int]:
    return {utc(start): load for start in starts}


def slotted(now: str, loads: dict[datetime, int], units: int = 1, **terms: Any) -> datetime | None:
    slots = {"slot_minutes": 60, "slot_capacity": 1, "slot_load": lambda start, end: loads.get(start, 0), **terms}
    return promise(now, terms=slots, slot_units=units)


def test_a_slot_with_room_keeps_the_exact_time() -> None:
    assert slotted("2026-01-15T09:20", {}) == utc("2026-01-15T10:20")


def test_a_full_slot_pushes_to_the_start_of_the_next_with_room() -> None:
    assert slotted("2026-01-15T09:20", full_slots("2026-01-15T10:00")) == utc("2026-01-15T11:00")
    two_full = full_slots("2026-01-15T10:00", "2026-01-15T11:00")
    assert slotted("2026-01-15T09:20", two_full) == utc("2026-01-15T12:00")


def test_when_the_day_is_full_the_promise_is_the_next_morning() -> None:
    rest_of_day = full_slots("2026-01-15T14:00", "2026-01-15T15:00")
    assert slotted("2026-01-15T13:20", rest_of_day) == utc("2026-01-16T08:00")


def test_a_slot_with_capacity_left_is_not_full() -> None:
    loads = full_slots("2026-01-15T10:00", load=3)
    assert slotted("2026-01-15T09:20", loads, slot_capacity=4) == utc("2026-01-15T10:20")
    assert slotted("2026-01-15T09:20", loads, slot_capacity=3) == utc("2026-01-15T11:00")


def test_a_store_whose_slots_are_all_full_has_no_promise() -> None:
    assert slotted("2026-01-15T09:20", {}, slot_capacity=0) is None


@pytest.mark.parametrize("missing", ["slot_minutes", "slot_capacity", "slot_load"])
def test_without_any_part_of_the_slot_rule_there_is_no_limit(missing: str) -> None:
    full = full_slots("2026-01-15T10:00")
    assert slotted("2026-01-15T09:20", full, **{missing: None}) == utc("2026-01-15T10:20")


def test_slots_are_counted_from_local_midnight_and_end_with_the_day() -> None:
    assert slot_of(NINE_TO_FIVE, utc("2026-01-15T10:20"), 60) == (utc("2026-01-15T10:00"), utc("2026-01-15T11:00"))
    assert slot_of(NINE_TO_FIVE, utc("2026-01-15T22:59"), 420) == (utc("2026-01-15T20:00"), utc("2026-01-15T23:00"))


def test_the_slots_of_the_short_and_the_long_day_cover_it() -> None:
    for day, length in [("2026-03-29T10:00", 23), ("2026-10-25T10:00", 25)]:
        start, end = slot_of(NINE_TO_FIVE, utc(day), 100_000)
        assert end - start == timedelta(hours=length)


@pytest.mark.parametrize("minutes", [0, -30])
def test_a_slot_needs_a_length(minutes: int) -> None:
    with pytest.raises(RuleProblem) as caught:
        slot_of(NINE_TO_FIVE, utc("2026-01-15T10:20"), minutes)
    assert caught.value.code == "invalid_slot"


@given(st.lists(st.integers(0, 2 * 24 * 60), max_size=40), st.sampled_from([15, 20, 60, 240]), st.integers(1, 3))
def test_no_slot_is_ever_promised_beyond_its_capacity(arrivals: list[int], slot_minutes: int, capacity: int) -> None:
    loads: Counter[datetime] = Counter()
    for arrival in arrivals:
        ready = ready_by(
            NINE_TO_FIVE,
            Demand(30),
            now=utc("2026-03-28T00:00") + timedelta(minutes=arrival),
            requested_from=None,
            pace=ONE_A_MINUTE,
            crew=Crew(1),
            terms=Terms(None, slot_minutes, capacity, lambda start, end: loads[start]),
        )
        assert ready is not None
        loads[slot_of(NINE_TO_FIVE, ready, slot_minutes)[0]] += 1
    assert all(load <= capacity for load in loads.values())


# Bigger orders, and the SLA.


def test_an_order_that_is_bigger_than_a_slot_gets_an_empty_one() -> None:
    assert has_room(0, 8, 5)
    assert not has_room(1, 8, 5)
    assert has_room(1, 4, 5)
    assert not has_room(2, 4, 5)
    assert slotted("2026-01-15T09:20", full_slots("2026-01-15T10:00"), units=9, slot_capacity=5) == utc(
        "2026-01-15T11:00"
    )


@pytest.mark.parametrize(
    ("now", "work", "expected"),
    [
        ("2026-01-15T09:00", 60, "on_time"),
        ("2026-01-15T09:00", 60.5, "at_risk"),
        ("2026-01-15T10:00", 0, "on_time"),
        ("2026-01-15T10:00", 1, "at_risk"),
        ("2026-01-15T10:00:01", 0, "late"),
    ],
)
def test_the_sla_compares_the_work_left_with_the_promise(now: str, work: float, expected: str) -> None:
    assert sla(utc(now), utc("2026-01-15T10:00"), work) == expected


def test_what_was_not_promised_is_never_late() -> None:
    assert sla(utc("2026-01-15T09:00"), None, 1000) == "on_time"
