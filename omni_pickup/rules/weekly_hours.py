"""Opening times as people write them, checked and put in order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from omni_pickup.rules.problems import RuleProblem
from omni_pickup.rules.sentences import sentence

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Intervals = tuple[tuple[str, str], ...]

_CLOCK = re.compile(r"(?:([01][0-9]|2[0-3]):([0-5][0-9])|24:00)", re.ASCII)
_MINUTES_OF_DAY = 24 * 60


def minutes_of(text: object, pointer: str | None = None) -> int:
    """Return the minutes since midnight of ``HH:MM`` from 00:00 to 24:00; RuleProblem (``invalid_time``)
    otherwise.
    """
    match = _CLOCK.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise RuleProblem(
            sentence("%(text)s is not a time from 00:00 to 24:00.", text=repr(text)),
            code="invalid_time",
            pointer=pointer,
        )
    if match[1] is None:
        return _MINUTES_OF_DAY
    return int(match[1]) * 60 + int(match[2])


def clock_of(minutes: int) -> str:
    """Return ``HH:MM`` for minutes since midnight, 1440 being 24:00."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def tidy_intervals(intervals: Sequence[Sequence[str]], pointer: str) -> Intervals:
    """Check one day's intervals, sort them and join those that touch.

    Raises RuleProblem with a pointer below ``pointer``: ``invalid_time``, ``invalid_interval`` when it does
    not end after it starts (overnight is two intervals on two days), ``overlapping_hours``.
    """
    if isinstance(intervals, str) or not isinstance(intervals, Sequence):
        raise RuleProblem("Hours are a list of [from, to].", code="invalid_interval", pointer=pointer)
    spans = sorted((*_span(pair, f"{pointer}/{index}"), index) for index, pair in enumerate(intervals))
    joined: list[tuple[int, int]] = []
    for start, end, index in spans:
        if joined and start < joined[-1][1]:
            raise RuleProblem(
                sentence(
                    "%(start)s-%(end)s overlaps another interval of the same day.",
                    start=clock_of(start),
                    end=clock_of(end),
                ),
                code="overlapping_hours",
                pointer=f"{pointer}/{index}",
            )
        if joined and start == joined[-1][1]:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple((clock_of(start), clock_of(end)) for start, end in joined)


def tidy_week(weekly: Mapping[str, Sequence[Sequence[str]]]) -> dict[str, Intervals]:
    """Check a week; a day that is missing is closed. Pointers start at ``/hours``."""
    for day in weekly:
        if day not in WEEKDAYS:
            raise RuleProblem(
                f"{day!r} is not a day; use {', '.join(WEEKDAYS)}.",
                code="unknown_day",
                pointer=f"/hours/{day}",
            )
    return {day: tidy_intervals(weekly.get(day, ()), f"/hours/{day}") for day in WEEKDAYS}


def tidy_exceptions(exceptions: Mapping[date, Sequence[Sequence[str]]]) -> dict[date, Intervals]:
    """Check the days that differ from the week. Pointers count the entries: ``/exceptions/0/hours/1``."""
    return {
        day: tidy_intervals(intervals, f"/exceptions/{index}/hours")
        for index, (day, intervals) in enumerate(exceptions.items())
    }


def exceptions_of(rows: Sequence[Mapping[str, object]]) -> dict[date, Sequence[tuple[str, str]]]:
    """Turn ``[{"date": "2026-12-25", "hours": []}, ...]`` into a mapping for ``OpeningHours``.

    Raises RuleProblem ``invalid_date`` for a day that does not exist, ``repeated_date`` for one named twice.
    """
    found: dict[date, Sequence[tuple[str, str]]] = {}
    for index, row in enumerate(rows):
        pointer = f"/exceptions/{index}/date"
        day = _day(row.get("date"), pointer)
        if day in found:
            raise RuleProblem(f"{day} is named twice.", code="repeated_date", pointer=pointer)
        found[day] = tidy_intervals(row.get("hours", ()), f"/exceptions/{index}/hours")  # type: ignore[arg-type] # tidy_intervals checks what it is given.
    return found


def _day(text: object, pointer: str) -> date:
    try:
        # fromisoformat also reads 20261225 and 2026-W52-5, which nobody means here.
        if isinstance(text, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError as problem:
        raise RuleProblem(f"{text} is not a day: {problem}.", code="invalid_date", pointer=pointer) from None
    raise RuleProblem(f"{text!r} is not a date like 2026-12-25.", code="invalid_date", pointer=pointer)


def _span(pair: Sequence[str], pointer: str) -> tuple[int, int]:
    if isinstance(pair, str) or not isinstance(pair, Sequence) or len(pair) != 2:
        raise RuleProblem("An interval is [from, to].", code="invalid_interval", pointer=pointer)
    start, end = minutes_of(pair[0], f"{pointer}/0"), minutes_of(pair[1], f"{pointer}/1")
    if start >= end:
        raise RuleProblem(
            sentence(
                "%(start)s-%(end)s does not end after it starts; write a night as two intervals.",
                start=pair[0],
                end=pair[1],
            ),
            code="invalid_interval",
            pointer=pointer,
        )
    return start, end
