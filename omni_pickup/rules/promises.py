"""The ready-by time that is told to the customer, and whether it will be kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from omni_pickup.rules.opening_hours import HORIZON_DAYS, OpeningHours
from omni_pickup.rules.problems import RuleProblem
from omni_pickup.rules.weekly_hours import minutes_of

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Demand:
    """What stands before a new order at a store.

    ``prep_minutes`` of the line that needs longest, ``queued_pieces`` still to be fetched for earlier orders,
    ``pickers`` on shift, and the measured pace of one picker in pieces an hour.
    """

    prep_minutes: int
    queued_pieces: int
    pickers: int
    pace_pieces_per_hour: float

    @property
    def queued_minutes(self) -> float:
        """Minutes that one picker would need for the queue. Raises RuleProblem for a pace of 0 or less."""
        if not self.pace_pieces_per_hour > 0:
            raise RuleProblem("The pace must be more than 0 pieces an hour.", code="invalid_pace")
        return self.queued_pieces * 60 / self.pace_pieces_per_hour


def work_minutes(prep_minutes: int, queued_minutes: float, pickers: int) -> float:
    """Return the open minutes until an order is ready; a store without pickers on shift counts as one."""
    return prep_minutes + queued_minutes / max(1, pickers)


def ready_by(
    hours: OpeningHours,
    *,
    now: datetime,
    requested_from: datetime | None,
    prep_minutes: int,
    queued_minutes: float,
    pickers: int,
    slot_minutes: int | None = None,
    slot_capacity: int | None = None,
    slot_load: Callable[[datetime], int] | None = None,
    cut_off: str | None = None,
) -> datetime | None:
    """Return the promised UTC instant in whole minutes, or None when nothing is open in 60 days.

    Work begins at the later of ``now`` and ``requested_from``; from ``cut_off`` (local ``HH:MM``) on it begins
    on the next open day. ``slot_load`` tells how many orders are promised in ``[start, start + slot_minutes)``
    for the start of a slot; a full slot pushes to the next one with room.
    """
    wanted = now if requested_from is None else max(now, requested_from)
    begin = hours.next_open(_after_cut_off(hours, wanted, cut_off))
    if begin is None:
        return None
    ready = hours.add_open_time(begin, work_minutes(prep_minutes, queued_minutes, pickers))
    if ready is None:
        return None
    ready = rounded_up(ready)
    if slot_minutes is None or slot_capacity is None or slot_load is None:
        return ready
    return _first_with_room(hours, ready, slot_minutes, lambda start: slot_load(start) < slot_capacity)


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


def _first_with_room(
    hours: OpeningHours, ready: datetime, slot_minutes: int, has_room: Callable[[datetime], bool]
) -> datetime | None:
    at: datetime | None = ready
    last = ready + timedelta(days=HORIZON_DAYS)
    while at is not None and at <= last:
        start, end = slot_of(hours, at, slot_minutes)
        if has_room(start):
            return at
        at = hours.next_open(end)
    return None
