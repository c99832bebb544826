"""What happened, and what has to be told about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from omni_pickup.models.actors import ActorColumns
from omni_pickup.models.base import BigInt, Code, Model, PrimaryKey


class Event(ActorColumns, Model):
    """One row for every change, written in its transaction, never updated or lost.

    What is old enough is packed into a page of the history (`services.histories`).

    `data` is the object's public shape at that moment without personal data, notes, codes or links.
    `occurred_at` is when it happened (a tablet may report late), `recorded_at` when the server learned of it.
    """

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_order", "order_id", "id"),
        Index("ix_events_return", "return_id", "id"),
        Index("ix_events_store", "store_id", "id"),
        # Measuring the pace of a store asks for these few among all that ever happened there.
        Index(
            "ix_events_pauses",
            "store_id",
            "recorded_at",
            sqlite_where=text("type IN ('wave.paused', 'wave.resumed')"),
            postgresql_where=text("type IN ('wave.paused', 'wave.resumed')"),
        ),
    )

    id: Mapped[PrimaryKey]
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    type: Mapped[Code]
    store_id: Mapped[int | None] = mapped_column(ForeignKey("stores.id"))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    return_id: Mapped[int | None] = mapped_column(ForeignKey("returns.id"))
    owner_client_id: Mapped[int | None] = mapped_column(ForeignKey("clients.id"))
    data: Mapped[dict[str, Any]]
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]


class OutboxMessage(Model):
    """Something to tell the outside, written with its event, sent at least once by a worker holding a lease.

    `state`: pending, sent, dead, dropped. `subject` orders messages: one of the same subject never overtakes another.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        # In the order of writing, so that a claim of a few stops after a few, however many wait.
        Index("ix_outbox_state", "state", "id"),
        Index("ix_outbox_subject", "subject", "id"),
    )

    id: Mapped[PrimaryKey]
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[Code]
    subject: Mapped[str] = mapped_column(String(64))
    # No foreign key: a message that nobody could be told may outlive its event, which is packed away some day.
    event_id: Mapped[int | None] = mapped_column(BigInt)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    return_id: Mapped[int | None] = mapped_column(ForeignKey("returns.id"))
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(String(16), default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    lease_token: Mapped[str | None] = mapped_column(String(40))
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime]
