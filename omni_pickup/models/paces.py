"""What a store's promises are counted from besides its settings: its measured pace, who is there, its slots."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from omni_pickup.models.base import Model, PrimaryKey


class StorePace(Model):
    """How fast one store fetches and how many people are on shift, kept fresh by the worker.

    Minutes are those of one person for each order and for each piece, measured from `orders`. `hours` has
    `[factor, orders]` by hour of the week on the store's wall ("0" is Monday from 00:00). One row tells a promise
    all of it, so that taking an order in measures nothing.
    """

    __tablename__ = "store_paces"

    id: Mapped[PrimaryKey]
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"), unique=True)
    minutes_per_order: Mapped[float | None]
    minutes_per_piece: Mapped[float | None]
    hours: Mapped[dict[str, Any]] = mapped_column(default=dict)
    orders: Mapped[int] = mapped_column(default=0)
    measured_at: Mapped[datetime | None]
    on_shift: Mapped[int] = mapped_column(default=0)
    on_shift_at: Mapped[datetime | None]


class PromiseSlot(Model):
    """A slot in which a time was promised. Whoever promises one locks its row, so that two never count at once.

    What is taken is counted from the orders themselves: a cancelled one makes room without anybody's doing.
    """

    __tablename__ = "promise_slots"

    __table_args__ = (UniqueConstraint("store_id", "starts_at"),)

    id: Mapped[PrimaryKey]
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    starts_at: Mapped[datetime]
