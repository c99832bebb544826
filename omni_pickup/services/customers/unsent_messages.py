"""Messages that nobody needs any more, as long as they have not left the house."""

from __future__ import annotations

from sqlalchemy import update

from omni_pickup.models.base import db
from omni_pickup.models.events import OutboxMessage


def drop_unsent(order_id: int, message: str) -> None:
    """Do not tell the customer what was taken back before the worker got to it."""
    db.session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.order_id == order_id,
            OutboxMessage.kind == f"message.{message}",
            OutboxMessage.state == "pending",
            OutboxMessage.lease_until.is_(None),
        )
        .values(state="dropped")
    )
