"""When what waits at a store will really be ready, and whether that has to be told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from omni_pickup.rules.opening_hours import OpeningHours
from omni_pickup.rules.paces import Pace
from omni_pickup.rules.promises import rounded_up
from omni_pickup.rules.workloads import ONE_PERSON, Crew, done_at

#: Minutes that bagging, labelling and staging take after the last piece.
STAGING_MINUTES = 5
#: A delay from here on is told; of a few minutes nobody wants to hear, and an estimate is not truer than that.
TOLD_FROM = timedelta(minutes=15)
#: Minutes of room in a new promise: somebody who is told three times stops believing.
ROOM_MINUTES = 15


@dataclass(frozen=True, slots=True)
class Work:
    """What is left of one order: pieces to fetch, nobody's before ``not_before`` because they were put off."""

    key: int
    pieces: int
    not_before: datetime | None = None


def expected_times(
    hours: OpeningHours, works: Iterable[Work], *, now: datetime, pace: Pace, crew: Crew
) -> dict[int, datetime | None]:
    """Return by key when each order will be ready, for works in the order of their turn, in whole minutes.

    The crew fetches what stands before an order together, one person the order itself; then it is staged. None
    when the store is closed for 60 days before that.
    """
    found: dict[int, datetime | None] = {}
    turn = hours.next_open(now)
    for work in works:
        found[work.key] = _ready_after(hours, turn, work, pace)
        if turn is not None and work.pieces:
            turn = done_at(hours, turn, pace.minutes(1, work.pieces), pace=pace, crew=crew)
    return found


def is_delay(promised_at: datetime, expected_at: datetime | None) -> bool:
    """Say whether the customer has to hear that it will be later than promised."""
    return expected_at is not None and expected_at >= promised_at + TOLD_FROM


def new_promise(hours: OpeningHours, expected_at: datetime) -> datetime | None:
    """Return a promise that can be kept: a quarter of an open hour after what is expected."""
    ready = hours.add_open_time(expected_at, ROOM_MINUTES)
    return None if ready is None else rounded_up(ready)


def _ready_after(hours: OpeningHours, turn: datetime | None, work: Work, pace: Pace) -> datetime | None:
    if turn is None:
        return None
    begin = turn if work.not_before is None else max(turn, work.not_before)
    fetched = done_at(hours, begin, pace.minutes(1, work.pieces), pace=pace, crew=ONE_PERSON) if work.pieces else begin
    staged = None if fetched is None else hours.add_open_time(fetched, STAGING_MINUTES)
    return None if staged is None else rounded_up(staged)
