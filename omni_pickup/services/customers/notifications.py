"""What we remember about having told somebody, or having given up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omni_pickup import clock
from omni_pickup.models.actors import Actor
from omni_pickup.models.orders import Order
from omni_pickup.services import events
from omni_pickup.services.order_states import record_order


def note_notified(order: Order, *, message_id: str, by: Actor) -> None:
    """The customer was told that the order is ready; `message_id` is the outbox message's public id."""
    order.notified_at = order.updated_at = clock.now()
    record_order(order, "order.notified", by=by, extra={"message": message_id})


def note_failed(message: Mapping[str, Any], *, order_id: int | None, return_id: int | None, by: Actor) -> None:
    """Every attempt to tell failed; `message` is its public shape (id, kind, attempts) without an address."""
    events.record("message.failed", by=by, data={"message": dict(message)}, order_id=order_id, return_id=return_id)
