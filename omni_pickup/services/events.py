"""One row for every change: history, live update, webhook, message and report all read it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert

from omni_pickup import clock, keys
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db, table_of
from omni_pickup.models.events import Event, OutboxMessage
from omni_pickup.models.news import note
from omni_pickup.rules.messages import message_of

# Built once, because putting a statement together costs more than running it.
_NEW_EVENT = insert(table_of(Event)).returning(table_of(Event).c.id)
_NEW_MESSAGE = insert(table_of(OutboxMessage))


def record(
    type: str,  # noqa: A002 - the contract's own word for it.
    *,
    by: Actor,
    data: Mapping[str, Any],
    store_id: int | None = None,
    order_id: int | None = None,
    return_id: int | None = None,
    owner_client_id: int | None = None,
    occurred_at: datetime | None = None,
    details: Mapping[str, Any] | None = None,
) -> int:
    """Write the event of a change, and the message it causes, into the caller's transaction.

    `data` is the object's public shape without personal data, notes, codes or links. `owner_client_id` is the
    channel whose order or return it is. `details` go to the message alone. Returns the event's id.
    """
    now = clock.now()
    row = {
        "public_id": keys.new_id("evt"),
        "type": type,
        "store_id": store_id,
        "order_id": order_id,
        "return_id": return_id,
        "owner_client_id": owner_client_id,
        "data": dict(data),
        "occurred_at": occurred_at or now,
        "recorded_at": now,
        **by.columns(),
    }
    event_id: int | None = db.session.connection().scalar(_NEW_EVENT, row)
    assert event_id is not None
    note(db.session(), store_id)
    message = message_of(type)
    if message is not None and (order_id is not None or return_id is not None):
        enqueue(
            f"message.{message}",
            subject=f"order:{order_id}" if order_id is not None else f"return:{return_id}",
            event_id=event_id,
            order_id=order_id,
            return_id=return_id,
            details=details or {},
            due_at=now,
        )
    return event_id


def enqueue(
    kind: str,
    *,
    subject: str,
    due_at: datetime,
    event_id: int | None = None,
    order_id: int | None = None,
    return_id: int | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Put something to tell the outside into the outbox, to be sent at `due_at` at the earliest."""
    row = {
        "public_id": keys.new_id("msg"),
        "kind": kind,
        "subject": subject,
        "event_id": event_id,
        "order_id": order_id,
        "return_id": return_id,
        "details": dict(details or {}),
        "due_at": due_at,
        "created_at": clock.now(),
    }
    db.session.connection().execute(_NEW_MESSAGE, row)
