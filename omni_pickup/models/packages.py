"""Bags: what goes to the customer, n of m, and where each waits; and the moment it is given away."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from omni_pickup.models.actors import ActorColumns
from omni_pickup.models.base import Minor, Model, PrimaryKey
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.models.stores import StagingLocation


class Package(Model):
    """`state`: packed, staged, handed_over, emptied. `tag` is a preprinted tag bound by scan."""

    __tablename__ = "packages"
    __table_args__ = (
        UniqueConstraint("order_id", "number"),
        Index(
            "uq_packages_tag",
            "store_id",
            "tag",
            unique=True,
            sqlite_where=text("tag IS NOT NULL AND state IN ('packed', 'staged')"),
            postgresql_where=text("tag IS NOT NULL AND state IN ('packed', 'staged')"),
        ),
        Index("ix_packages_store_state", "store_id", "state", "handed_over_at"),
    )

    id: Mapped[PrimaryKey]
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    number: Mapped[int]
    tag: Mapped[str | None] = mapped_column(String(64))
    zone: Mapped[str] = mapped_column(String(16), default="ambient")
    state: Mapped[str] = mapped_column(String(16), default="packed")
    staging_location_id: Mapped[int | None] = mapped_column(ForeignKey("staging_locations.id"))
    packed_at: Mapped[datetime]
    staged_at: Mapped[datetime | None]
    handed_over_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    order: Mapped[Order] = relationship()
    staging_location: Mapped[StagingLocation | None] = relationship(lazy="joined")
    contents: Mapped[list[PackageContent]] = relationship(order_by="PackageContent.id", lazy="selectin")
    __mapper_args__ = {"version_id_col": version}

    @property
    def take_out(self) -> int:
        """Pieces that must leave this bag before it may be handed over."""
        return sum(content.take_out for content in self.contents)


class PackageContent(Model):
    """Pieces of one line in one bag, those to take out included; serials where the retailer tracks them."""

    __tablename__ = "package_contents"
    __table_args__ = (
        UniqueConstraint("package_id", "order_line_id"),
        CheckConstraint("quantity >= 0 AND take_out >= 0 AND take_out <= quantity", name="counts"),
    )

    id: Mapped[PrimaryKey]
    package_id: Mapped[int] = mapped_column(ForeignKey("packages.id"))
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"), index=True)
    quantity: Mapped[int]
    take_out: Mapped[int] = mapped_column(default=0)
    serials: Mapped[list[Any] | None]

    order_line: Mapped[OrderLine] = relationship(lazy="joined", innerjoin=True)


class Handoff(ActorColumns, Model):
    """Goods given to a verified person. `result`: collected, partly, refused, nobody_came.

    `asked_less_minor` is by how much what was refused lowered the amount to pay at the till, in minor units.
    """

    __tablename__ = "handoffs"

    id: Mapped[PrimaryKey]
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    result: Mapped[str] = mapped_column(String(16))
    method: Mapped[str] = mapped_column(String(16))
    checks: Mapped[list[Any]] = mapped_column(default=list)
    by_collector: Mapped[bool] = mapped_column(default=False)
    paid_receipt: Mapped[str | None] = mapped_column(String(100))
    asked_less_minor: Mapped[Minor] = mapped_column(default=0, server_default="0")
    reason: Mapped[str | None] = mapped_column(String(200))
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]

    lines: Mapped[list[HandoffLine]] = relationship(order_by="HandoffLine.id", lazy="selectin")


class HandoffLine(Model):
    """Pieces given and pieces refused of one line at one handoff."""

    __tablename__ = "handoff_lines"

    id: Mapped[PrimaryKey]
    handoff_id: Mapped[int] = mapped_column(ForeignKey("handoffs.id"), index=True)
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"))
    package_id: Mapped[int | None] = mapped_column(ForeignKey("packages.id"))
    collected: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    settled_by_till: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None] = mapped_column(String(200))


class PrintJob(ActorColumns, Model):
    """A document that was asked for; `copy_number` > 1 prints COPY."""

    __tablename__ = "print_jobs"
    __table_args__ = (UniqueConstraint("document", "subject_id", "copy_number"),)

    id: Mapped[PrimaryKey]
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"), index=True)
    document: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[str] = mapped_column(String(40), index=True)
    copy_number: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(16), default="requested")
    requested_at: Mapped[datetime]
    printed_at: Mapped[datetime | None]
