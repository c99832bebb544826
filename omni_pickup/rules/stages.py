"""The stages on the way to a promise: until when each has to be done, and how it stands by the server's clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from omni_pickup.rules.estimates import STAGING_MINUTES

#: A stage that is due this soon and not done is at risk.
RISKY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Stage:
    """``start``, ``picked`` or ``ready``: due and done when, and ``on_time``, ``at_risk`` or ``late``."""

    name: str
    due_at: datetime
    done_at: datetime | None
    sla: str


def stages_of(
    *,
    now: datetime,
    promised_at: datetime,
    own_minutes: float,
    started_at: datetime | None,
    picked_at: datetime | None,
    ready_at: datetime | None,
) -> tuple[Stage, Stage, Stage]:
    """Return the three stages of an order whose pieces one person fetches in ``own_minutes``.

    They are counted back from the promise: ready at its minute, picked before bags are made and carried, and begun
    early enough for that. A stage that is done was on time or late; it is at risk no more.
    """
    picked_by = promised_at - timedelta(minutes=STAGING_MINUTES)
    start_by = picked_by - timedelta(minutes=own_minutes)
    return (
        _stage("start", start_by, started_at or picked_at or ready_at, now),
        _stage("picked", picked_by, picked_at or ready_at, now),
        _stage("ready", promised_at, ready_at, now),
    )


def sla_of(stages: Sequence[Stage]) -> str:
    """Say how the whole order stands: late with its promise, at risk once a stage on the way to it is late."""
    if stages[-1].sla == "late":
        return "late"
    waiting = [stage.sla for stage in stages if stage.done_at is None]
    return "at_risk" if any(sla != "on_time" for sla in waiting) else "on_time"


def _stage(name: str, due_at: datetime, done_at: datetime | None, now: datetime) -> Stage:
    if (done_at or now) > due_at:
        return Stage(name, due_at, done_at, "late")
    is_near = done_at is None and now > due_at - RISKY
    return Stage(name, due_at, done_at, "at_risk" if is_near else "on_time")
