"""Goods coming back, and the cartons that leave for the warehouse."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from omni_pickup.models.base import Minor, Model, PrimaryKey
from omni_pickup.models.items import Item
from omni_pickup.models.orders import OrderLine

RMA_BASE = 500_000


class Return(Model):
    """An RMA. `order_id` is empty for goods bought elsewhere; `store_id` is the receiving store once known."""

    __tablename__ = "returns"
    __table_args__ = (
        UniqueConstraint("client_id", "external_id"),
        Index("ix_returns_store", "store_id", "state"),
        Index("ix_returns_due", "state", "expires_at"),
        Index("ix_returns_updated", "client_id", "updated_at", "id"),
    )

    id: Mapped[PrimaryKey]
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    client_id: Mapped[int | None] = mapped_column(ForeignKey("clients.id"))
    external_id: Mapped[str | None] = mapped_column(String(200))
    fingerprint: Mapped[str] = mapped_column(String(64))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    order_external_id: Mapped[str | None] = mapped_column(String(200))
    store_id: Mapped[int | None] = mapped_column(ForeignKey("stores.id"))
    source: Mapped[str] = mapped_column(String(16), default="channel")
    state: Mapped[str] = mapped_column(String(16), default="announced")
    currency: Mapped[str | None] = mapped_column(String(3))
    refund_state: Mapped[str] = mapped_column(String(16), default="none")
    refund_due_minor: Mapped[Minor] = mapped_column(default=0)
    refund_confirmed_minor: Mapped[Minor] = mapped_column(default=0)
    refund_reference: Mapped[str | None] = mapped_column(String(200))
    announced_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    received_at: Mapped[datetime | None]
    inspected_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    rejected_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    expired_at: Mapped[datetime | None]
    link_version: Mapped[int] = mapped_column(default=1)
    link_digest: Mapped[str] = mapped_column(String(64), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]

    lines: Mapped[list[ReturnLine]] = relationship(
        back_populates="return_order", order_by="ReturnLine.position", lazy="selectin"
    )
    contact: Mapped[ReturnContact] = relationship(back_populates="return_order", lazy="selectin")
    __mapper_args__ = {"version_id_col": version}

    @property
    def rma_number(self) -> str:
        """What the customer and the labels show."""
        return f"R{RMA_BASE + self.id}"


class ReturnLine(Model):
    """`said` is what the customer announced, `counted` what arrived, `accepted` what we keep of it, in pieces.

    Pieces in another condition than those counted before go to a line of their own with `said` 0. `restocked`
    pieces are back on a shelf, `routed` ones reached the end of another disposition; `refund_minor` is what was
    paid for the accepted ones.
    """

    __tablename__ = "return_lines"
    __table_args__ = (
        UniqueConstraint("return_id", "position"),
        CheckConstraint(
            "said >= 0 AND (counted IS NULL OR counted >= 0) AND accepted >= 0 AND accepted <= COALESCE(counted, 0)"
            " AND restocked >= 0 AND routed >= 0 AND restocked + routed <= accepted",
            name="counts",
        ),
    )

    id: Mapped[PrimaryKey]
    return_id: Mapped[int] = mapped_column(ForeignKey("returns.id"), index=True)
    line_id: Mapped[str] = mapped_column(String(100))
    position: Mapped[int]
    order_line_id: Mapped[int | None] = mapped_column(ForeignKey("order_lines.id"), index=True)
    item_id: Mapped[int | None] = mapped_column(ForeignKey("items.id"))
    sku: Mapped[str] = mapped_column(String(100))
    said: Mapped[int]
    counted: Mapped[int | None]
    accepted: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None] = mapped_column(String(64))
    condition: Mapped[str | None] = mapped_column(String(32))
    returnable: Mapped[bool] = mapped_column(default=True)
    rule: Mapped[str | None] = mapped_column(String(64))
    proposed_disposition: Mapped[str | None] = mapped_column(String(32))
    disposition: Mapped[str | None] = mapped_column(String(32))
    overridden_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    bin: Mapped[str | None] = mapped_column(String(64))
    restocked: Mapped[int] = mapped_column(default=0)
    routed: Mapped[int] = mapped_column(default=0)
    refund_minor: Mapped[Minor] = mapped_column(default=0)
    serial: Mapped[str | None] = mapped_column(String(100))
    unit_price_minor: Mapped[Minor | None]
    parcel_id: Mapped[int | None] = mapped_column(ForeignKey("parcels.id"), index=True)

    return_order: Mapped[Return] = relationship(back_populates="lines")
    item: Mapped[Item | None] = relationship(lazy="joined")
    order_line: Mapped[OrderLine | None] = relationship(lazy="joined")


class ReturnContact(Model):
    """Personal data of a return, erasable on its own."""

    __tablename__ = "return_contacts"

    return_id: Mapped[int] = mapped_column(ForeignKey("returns.id"), primary_key=True)
    name: Mapped[str | None] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(320))
    phone: Mapped[str | None] = mapped_column(String(40))
    language: Mapped[str | None] = mapped_column(String(16))
    surname_key: Mapped[str | None] = mapped_column(String(200))
    phone_end: Mapped[str | None] = mapped_column(String(8))
    note: Mapped[str | None] = mapped_column(String(2000))
    closing_reason: Mapped[str | None] = mapped_column(String(200))
    erased_at: Mapped[datetime | None]

    return_order: Mapped[Return] = relationship(back_populates="contact")


class Parcel(Model):
    """A carton sent back, with its 18-digit GS1 serial shipping container code."""

    __tablename__ = "parcels"

    id: Mapped[PrimaryKey]
    sscc: Mapped[str] = mapped_column(String(18), unique=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"), index=True)
    destination: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(16), default="open")
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
