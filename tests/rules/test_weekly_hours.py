"""Opening times as people write them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omni_pickup.rules.problems import RuleProblem
from omni_pickup.rules.weekly_hours import (
    WEEKDAYS,
    clock_of,
    exceptions_of,
    minutes_of,
    tidy_exceptions,
    tidy_intervals,
    tidy_week,
)


@pytest.mark.parametrize(
    ("text", "minutes"), [("00:00", 0), ("00:01", 1), ("09:30", 570), ("23:59", 1439), ("24:00", 1440)]
)
def test_a_time_is_minutes_since_midnight(text: str, minutes: int) -> None:
    assert minutes_of(text) == minutes
    assert clock_of(minutes) == text


@pytest.mark.parametrize(
    "text",
    ["", "9:00", "09:0", "09:60", "24:01", "25:00", "09:00:00", " 09:00", "09:00\n", "-1:00", "٠٩:٠٠", "9", None, 9],
)
def test_what_is_not_a_time_is_refused(text: Any) -> None:
    with pytest.raises(RuleProblem) as caught:
        minutes_of(text, "/hours/mon/0/0")
    assert (caught.value.code, caught.value.pointer) == ("invalid_time", "/hours/mon/0/0")


def test_intervals_are_sorted_and_those_that_touch_are_joined() -> None:
    rows = [("15:00", "18:00"), ("08:00", "12:00"), ("12:00", "13:00")]
    assert tidy_intervals(rows, "/hours/mon") == (("08:00", "13:00"), ("15:00", "18:00"))


@pytest.mark.parametrize(
    ("rows", "code", "pointer"),
    [
        ([("09:00", "09:00")], "invalid_interval", "/hours/mon/0"),
        ([("08:00", "09:00"), ("22:00", "02:00")], "invalid_interval", "/hours/mon/1"),
        ([("08:00", "12:00"), ("11:59", "13:00")], "overlapping_hours", "/hours/mon/1"),
        ([("10:00", "18:00"), ("08:00", "11:00")], "overlapping_hours", "/hours/mon/0"),
        ([("08:00", "24:30")], "invalid_time", "/hours/mon/0/1"),
        ([("8", "12:00")], "invalid_time", "/hours/mon/0/0"),
        ([("08:00",)], "invalid_interval", "/hours/mon/0"),
        (["08:00-12:00"], "invalid_interval", "/hours/mon/0"),
        ([7], "invalid_interval", "/hours/mon/0"),
        ("08:00-12:00", "invalid_interval", "/hours/mon"),
        (None, "invalid_interval", "/hours/mon"),
    ],
)
def test_wrong_intervals_are_refused_with_their_place(rows: Any, code: str, pointer: str) -> None:
    with pytest.raises(RuleProblem) as caught:
        tidy_intervals(rows, "/hours/mon")
    assert (caught.value.code, caught.value.pointer) == (code, pointer)


def test_a_missing_day_is_closed() -> None:
    week = tidy_week({"mon": [("09:00", "17:00")]})
    assert tuple(week) == WEEKDAYS
    assert week["mon"] == (("09:00", "17:00"),)
    assert all(week[day] == () for day in WEEKDAYS[1:])


def test_a_day_that_does_not_exist_is_refused() -> None:
    with pytest.raises(RuleProblem) as caught:
        tidy_week({"monday": []})
    assert (caught.value.code, caught.value.pointer) == ("unknown_day", "/hours/monday")


def test_a_wrong_exception_is_named_by_its_place_in_the_list() -> None:
    with pytest.raises(RuleProblem) as caught:
        tidy_exceptions({date(2026, 12, 24): [("09:00", "14:00")], date(2026, 12, 31): [("14:00", "09:00")]})
    assert caught.value.pointer == "/exceptions/1/hours/0"


def test_exceptions_are_read_from_their_json_form() -> None:
    rows: list[dict[str, object]] = [
        {"date": "2026-12-25", "hours": []},
        {"date": "2028-02-29", "hours": [["10:00", "14:00"]]},
    ]
    assert exceptions_of(rows) == {date(2026, 12, 25): (), date(2028, 2, 29): (("10:00", "14:00"),)}


@pytest.mark.parametrize(
    ("rows", "code", "pointer"),
    [
        ([{"date": "2027-02-29", "hours": []}], "invalid_date", "/exceptions/0/date"),
        ([{"date": "20261225", "hours": []}], "invalid_date", "/exceptions/0/date"),
        ([{"date": None, "hours": []}], "invalid_date", "/exceptions/0/date"),
        ([{"hours": []}], "invalid_date", "/exceptions/0/date"),
        ([{"date": "2026-12-25"}, {"date": "2026-12-25"}], "repeated_date", "/exceptions/1/date"),
        ([{"date": "2026-12-25", "hours": [["a", "b"]]}], "invalid_time", "/exceptions/0/hours/0/0"),
        ([{"date": "2026-12-25", "hours": None}], "invalid_interval", "/exceptions/0/hours"),
    ],
)
def test_wrong_exceptions_are_refused_with_their_place(rows: Any, code: str, pointer: str) -> None:
    with pytest.raises(RuleProblem) as caught:
        exceptions_of(rows)
    assert (caught.value.code, caught.value.pointer) == (code, pointer)


@given(st.sets(st.integers(0, 1440), min_size=2, max_size=12))
def test_tidying_twice_changes_nothing_more(marks: set[int]) -> None:
    ordered = [clock_of(minute) for minute in sorted(marks)]
    rows = list(zip(ordered[::2], ordered[1::2], strict=False))
    once = tidy_intervals(rows, "/hours/mon")
    assert tidy_intervals(once, "/hours/mon") == once
    assert list(once) == sorted(rows)
