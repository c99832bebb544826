"""How much waits: figures for whoever watches the shop from outside."""

from __future__ import annotations

from sqlalchemy import func, select

from omni_pickup.models.base import db
from omni_pickup.models.events import OutboxMessage
from omni_pickup.models.orders import Order

OPEN_STATES = ("received", "picking", "picked", "ready")
UNTOLD_STATES = ("pending", "dead")


def open_orders() -> dict[str, int]:
    """Orders by state, without those that ended; a state without orders is 0."""
    found = db.session.execute(
        select(Order.state, func.count().label("number")).where(Order.state.in_(OPEN_STATES)).group_by(Order.state)
    )
    return dict.fromkeys(OPEN_STATES, 0) | {row.state: row.number for row in found}


def untold_messages() -> dict[str, int]:
    """Outbox messages that wait, and those that were given up."""
    found = db.session.execute(
        select(OutboxMessage.state, func.count().label("number"))
        .where(OutboxMessage.state.in_(UNTOLD_STATES))
        .group_by(OutboxMessage.state)
    )
    return dict.fromkeys(UNTOLD_STATES, 0) | {row.state: row.number for row in found}
