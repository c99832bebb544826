"""How much waits in a store: the numbers of the start page and of the locked tablet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func

from omni_pickup import clock
from omni_pickup.models.base import db
from omni_pickup.models.orders import Order, Question
from omni_pickup.models.picking import FloorTask
from omni_pickup.models.stores import Store

OPEN_STATES = ("received", "picking", "picked", "ready")


@dataclass(frozen=True, slots=True)
class FloorCounts:
    """Numbers of orders, tasks and questions; no names, so that a locked tablet may show them."""

    received: int
    picking: int
    picked: int
    ready: int
    late: int
    here: int
    here_since: datetime | None
    tasks: int
    questions: int


def floor_counts(store: Store) -> FloorCounts:
    """What is open in this store now."""
    counted = db.session.execute(
        db.select(Order.state, func.count().label("number"))
        .where(Order.store_id == store.id, Order.state.in_(OPEN_STATES))
        .group_by(Order.state)
    )
    by_state: dict[str, int] = {row.state: row.number for row in counted}
    late, here, here_since = db.session.execute(
        db.select(
            func.count().filter(Order.promised_at < clock.now(), Order.state != "ready"),
            func.count(Order.arrived_at),
            func.min(Order.arrived_at),
        ).where(Order.store_id == store.id, Order.state.in_(OPEN_STATES))
    ).one()
    return FloorCounts(
        **{state: by_state.get(state, 0) for state in OPEN_STATES},
        late=late,
        here=here,
        here_since=here_since,
        tasks=_count(
            db.select(func.count(FloorTask.id)).where(FloorTask.store_id == store.id, FloorTask.state == "open")
        ),
        questions=_count(
            db.select(func.count(Question.id)).join(Order).where(Order.store_id == store.id, Question.state == "open")
        ),
    )


def _count(statement: Select[int]) -> int:
    return db.session.execute(statement).scalar_one()
