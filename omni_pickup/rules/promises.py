"""The ready-by time that is told to the customer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from omni_pickup.rules.opening_hours import HORIZON_DAYS, OpeningHours
from omni_pickup.rules.paces import Pace
from omni_pickup.rules.problems import RuleProblem
from omni_pickup.rules.weekly_hours import minutes_of
from omni_pickup.rules.workloads import ONE_PERSON, Crew, done_at

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Terms:
    """How a store promises: its cut-off (local ``HH:MM``), and its slots.

    ``slot_load`` tells how much is taken of the slot from a start to an end, in the unit of ``slot_capacity``. Without
    length, capacity or load there is no limit.
    """

    cut_off: str | None = None
    slot_minutes: int | None = None
    slot_capacity: int | None = None
    slot_load: Callable[[datetime, datetime], int] | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """What a new order needs and what stands before it.

    ``prep_minutes`` of the line that needs longest; ``queued_minutes`` and ``own_minutes`` of one person at the
    store's usual pace, for what waits and for the order itself; ``slot_units`` that it takes of a slot.
    """

    prep_minutes: int
    queued_minutes: float = 0.0
    own_minutes: float = 0.0
    slot_units: int = 1


def longest_prep(usual: int, by_handling: Mapping[str, int], handlings: Iterable[str]) -> int:
    """Return the preparation minutes of the line that needs longest; ``handlings`` are those of all lines."""
    return max([usual, *(by_handling[handling] for handling in handlings if handling in by_handling)])


def ready_by(
    hours: OpeningHours,
    demand: Demand,
    *,
    now: datetime,
    requested_from: datetime | None,
    pace: Pace,
    crew: Crew,
    terms: Terms = Terms(),  # noqa: B008 - it is frozen, so all calls may share it.
) -> datetime | None:
    """Return the promised UTC instant in whole minutes, or None when nothing is open in 60 days.

    Work begins at the later of ``now`` and ``requested_from``; from the cut-off on it begins on the next open
    day. The crew fetches what waits together, but one person fetches an order: preparation covers that unless it
    takes longer. A full slot pushes to the next one with room.
    """
    begin = begin_of_work(hours, now=now, requested_from=requested_from, cut_off=terms.cut_off)
    if begin is None:
        return None
    turn = done_at(hours, begin, demand.queued_minutes, pace=pace, crew=crew)
    if turn is None:
        return None
    ready = _prepared(hours, turn, demand, pace)
    return None if ready is None else _first_with_room(hours, rounded_up(ready), terms, demand.slot_units)


def _prepared(hours: OpeningHours, turn: datetime, demand: Demand, pace: Pace) -> datetime | None:
    prepared = hours.add_open_time(turn, demand.prep_minutes)
    # Most orders are fetched within their preparation even in the slowest hour, and need no look at the hours.
    if demand.own_minutes * max(pace.factors.values(), default=1.0) <= demand.prep_minutes:
        return prepared
    fetched = done_at(hours, turn, demand.own_minutes, pace=pace, crew=ONE_PERSON)
    return None if prepared is None or fetched is None else max(prepared, fetched)


def begin_of_work(
    hours: OpeningHours, *, now: datetime, requested_from: datetime | None, cut_off: str | None
) -> datetime | None:
    """Return the open instant when work on an order begins; None when nothing is open in 60 days."""
    wanted = now if requested_from is None else max(now, requested_from)
    return hours.next_open(_after_cut_off(hours, wanted, cut_off))


def slot_of(hours: OpeningHours, at: datetime, slot_minutes: int) -> tuple[datetime, datetime]:
    """Return start and end of the slot that contains ``at``. Slots are counted from local midnight and end
    there.
    """
    if slot_minutes < 1:
        raise RuleProblem(
            "A slot must be at least one minute long.", code="invalid_slot", pointer="/pickup/slot_minutes"
        )
    day = hours.local_day(at)
    midnight, next_midnight = hours.instant(day, 0), hours.instant(day + timedelta(days=1), 0)
    length = timedelta(minutes=slot_minutes)
    start = midnight + (at - midnight) // length * length
    return start, min(start + length, next_midnight)


def has_room(load: int, units: int, capacity: int) -> bool:
    """Say whether a slot takes ``units`` more. An order that is bigger than a slot gets an empty one for itself."""
    return capacity > 0 and (load + units <= capacity or load == 0)


def rounded_up(at: datetime) -> datetime:
    """Return the first whole minute that is not before ``at``, in UTC."""
    at = at.astimezone(UTC)
    floor = at.replace(second=0, microsecond=0)
    return floor if floor == at else floor + _MINUTE


def sla(now: datetime, promised_at: datetime | None, minutes_of_work_left: float) -> str:
    """Return ``late`` once the promise has passed, ``at_risk`` when the work left no longer fits, else
    ``on_time``.
    """
    if promised_at is None:
        return "on_time"
    if now > promised_at:
        return "late"
    return "at_risk" if now + timedelta(minutes=minutes_of_work_left) > promised_at else "on_time"


def _after_cut_off(hours: OpeningHours, at: datetime, cut_off: str | None) -> datetime:
    if cut_off is None:
        return at
    local = hours.local_time(at)
    if local.hour * 60 + local.minute < minutes_of(cut_off, "/pickup/cut_off"):
        return at
    return hours.instant(local.date() + timedelta(days=1), 0)


def _first_with_room(hours: OpeningHours, ready: datetime, terms: Terms, units: int) -> datetime | None:
    if terms.slot_minutes is None or terms.slot_capacity is None or terms.slot_load is None:
        return ready
    at: datetime | None = ready
    last = ready + timedelta(days=HORIZON_DAYS)
    while at is not None and at <= last:
        start, end = slot_of(hours, at, terms.slot_minutes)
        if has_room(terms.slot_load(start, end), units, terms.slot_capacity):
            return at
        at = hours.next_open(end)
    return None
