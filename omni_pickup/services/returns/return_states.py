"""The one mover of returns: derives the state from what arrived and where it went."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from omni_pickup import clock
from omni_pickup.errors import WrongState
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.returns import Return
from omni_pickup.queries.returns.returns import return_shape
from omni_pickup.rules.lifecycle import RETURN_MOVES, may_move
from omni_pickup.rules.sentences import sentence
from omni_pickup.services import events


def settle_return(ret: Return, *, by: Actor, occurred_at: datetime | None = None) -> str:
    """Derive the state anew after a change; returns it. Call it last in every service that counted or moved a piece.

    Received with the first counted piece, inspected when the desk says that it has seen everything, closed when
    every accepted piece reached the end of its disposition. Raises WrongState for a move that the table forbids.
    """
    ret.updated_at = clock.now()
    db.session.flush()
    while (state := _next_state(ret)) != ret.state:
        move_return(ret, state, by=by, occurred_at=occurred_at)
    return ret.state


def move_return(ret: Return, state: str, *, by: Actor, occurred_at: datetime | None = None) -> None:
    """One step of the lifecycle with its time and its event. Raises WrongState."""
    if not may_move(RETURN_MOVES, ret.state, state):
        raise WrongState(
            sentence(
                "Return %(number)s is %(state)s and cannot become %(after)s.",
                number=ret.rma_number,
                state=ret.state,
                after=state,
            ),
            state=ret.state,
        )
    now = clock.now()
    ret.state = state
    setattr(ret, f"{state}_at", occurred_at or now)
    record_return(ret, f"return.{state}", by=by, occurred_at=occurred_at)


def record_return(
    ret: Return,
    type: str,  # noqa: A002 - the contract's own word for it.
    *,
    by: Actor,
    occurred_at: datetime | None = None,
    extra: Mapping[str, Any] | None = None,
) -> int:
    """Record an event of this return with its public shape; `extra` members must hold no personal data."""
    ret.updated_at = clock.now()
    db.session.flush()
    return events.record(
        type,
        by=by,
        data={**return_shape(ret), **(extra or {})},
        store_id=ret.store_id,
        order_id=ret.order_id,
        return_id=ret.id,
        owner_client_id=ret.client_id,
        occurred_at=occurred_at,
    )


def _next_state(ret: Return) -> str:
    """The state, at most one step further, that the counters ask for."""
    if ret.state == "announced" and any(line.counted for line in ret.lines):
        return "received"
    if ret.state == "inspected" and all(line.restocked + line.routed == line.accepted for line in ret.lines):
        return "closed"
    return ret.state
