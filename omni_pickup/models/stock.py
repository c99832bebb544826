"""The books: one level row for each store and item, and a ledger of every movement of any of its figures."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from omni_pickup.models.actors import ActorColumns
from omni_pickup.models.base import Code, Minor, Model, PrimaryKey

#: The figures of a level that movements move; the ledger has a `<figure>_delta` column for each.
FIGURES = ("on_hand", "reserved", "quarantine", "display", "in_transit", "safety_stock", "learned_safety")


class StockLevel(Model):
    """The figures of one item at one store, in pieces. Only `services.stock.stock_moves` writes them."""

    __tablename__ = "stock_levels"
    __table_args__ = (
        UniqueConstraint("store_id", "item_id"),
        CheckConstraint("on_hand >= 0 AND reserved >= 0 AND reserved <= on_hand + deficit", name="covered"),
        CheckConstraint(
            "quarantine >= 0 AND display >= 0 AND in_transit >= 0 AND deficit >= 0"
            " AND safety_stock >= 0 AND learned_safety >= 0",
            name="not_negative",
        ),
        # Few levels are kept back, and the worker looks for those that were quiet.
        Index(
            "ix_stock_levels_learned",
            "store_id",
            "item_id",
            sqlite_where=text("learned_safety > 0"),
            postgresql_where=text("learned_safety > 0"),
        ),
    )

    id: Mapped[PrimaryKey]
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), index=True)
    on_hand: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)
    quarantine: Mapped[int] = mapped_column(default=0)
    display: Mapped[int] = mapped_column(default=0)
    in_transit: Mapped[int] = mapped_column(default=0)
    safety_stock: Mapped[int] = mapped_column(default=0)
    learned_safety: Mapped[int] = mapped_column(default=0)
    deficit: Mapped[int] = mapped_column(default=0)
    blocked: Mapped[bool] = mapped_column(default=False)
    blocked_at: Mapped[datetime | None]
    location: Mapped[str | None] = mapped_column(String(64))
    locations: Mapped[list[Any]] = mapped_column(default=list)
    counted_at: Mapped[datetime | None]
    # The moment of which on hand was last said; what happened before it is in that figure already.
    stated_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]

    def available(self, *, stop_sale: bool) -> int:
        """ATP: what may be promised, in pieces."""
        if self.blocked or stop_sale:
            return 0
        return max(0, self.on_hand - self.reserved - self.display - self.safety_stock - self.learned_safety)


class StockMovement(ActorColumns, Model):
    """One append-only row for each change; `asked_delta` is what was wanted where less could be applied."""

    __tablename__ = "stock_movements"
    __table_args__ = (Index("ix_stock_movements_level", "store_id", "item_id", "id"),)

    id: Mapped[PrimaryKey]
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    kind: Mapped[Code]
    reason: Mapped[str | None] = mapped_column(String(200))
    reference: Mapped[str | None] = mapped_column(String(200))
    on_hand_delta: Mapped[int] = mapped_column(default=0)
    reserved_delta: Mapped[int] = mapped_column(default=0)
    quarantine_delta: Mapped[int] = mapped_column(default=0)
    display_delta: Mapped[int] = mapped_column(default=0)
    in_transit_delta: Mapped[int] = mapped_column(default=0)
    safety_stock_delta: Mapped[int] = mapped_column(default=0)
    learned_safety_delta: Mapped[int] = mapped_column(default=0)
    asked_delta: Mapped[int | None]
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    order_line_id: Mapped[int | None] = mapped_column(ForeignKey("order_lines.id"))
    hold_id: Mapped[int | None] = mapped_column(ForeignKey("holds.id"))
    return_line_id: Mapped[int | None] = mapped_column(ForeignKey("return_lines.id"))
    transfer_id: Mapped[int | None] = mapped_column(ForeignKey("transfers.id"))
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]


class StockAdjustment(Model):
    """What a till or delivery door reported, once for each (client, store, reference, item)."""

    __tablename__ = "stock_adjustments"
    __table_args__ = (UniqueConstraint("client_id", "store_id", "reference", "item_id"),)

    id: Mapped[PrimaryKey]
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"))
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    reference: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(200))
    delta: Mapped[int]
    applied: Mapped[int]
    on_hand_after: Mapped[int]
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    # Pieces that this sale gave out of the named order, and how many of those a handoff has met.
    for_order: Mapped[int] = mapped_column(default=0)
    settled: Mapped[int] = mapped_column(default=0)
    occurred_at: Mapped[datetime | None]
    recorded_at: Mapped[datetime]


class StockCount(ActorColumns, Model):
    """A blind count: `expected` is what the books held then, `variance` = counted - expected.

    `value_minor` is the variance in the item's price of that day, empty where no price is known.
    """

    __tablename__ = "stock_counts"
    __table_args__ = (Index("ix_stock_counts_level", "store_id", "item_id", "id"),)

    id: Mapped[PrimaryKey]
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    task_id: Mapped[int | None] = mapped_column(ForeignKey("floor_tasks.id"))
    recount_of_id: Mapped[int | None] = mapped_column(ForeignKey("stock_counts.id"))
    counted: Mapped[int]
    expected: Mapped[int]
    variance: Mapped[int]
    value_minor: Mapped[Minor | None]
    currency: Mapped[str | None] = mapped_column(String(3))
    accepted: Mapped[bool] = mapped_column(default=True)
    counted_at: Mapped[datetime]
    recorded_at: Mapped[datetime]


class Hold(Model):
    """Pieces kept for a shopper's cart until `expires_at`. `state` decides, not the clock."""

    __tablename__ = "holds"
    __table_args__ = (Index("ix_holds_due", "state", "expires_at"),)

    id: Mapped[PrimaryKey]
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"))
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    state: Mapped[str] = mapped_column(String(16), default="active")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class HoldLine(Model):
    __tablename__ = "hold_lines"
    __table_args__ = (UniqueConstraint("hold_id", "item_id"), CheckConstraint("quantity > 0", name="positive"))

    id: Mapped[PrimaryKey]
    hold_id: Mapped[int] = mapped_column(ForeignKey("holds.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    quantity: Mapped[int]
