"""Goods on their way between two stores."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from omni_pickup.models.base import Model, PrimaryKey


class Transfer(Model):
    """Requested reserves at the source; shipped is in transit; received raises the destination."""

    __tablename__ = "transfers"

    id: Mapped[PrimaryKey]
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    source_store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"), index=True)
    destination_store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"), index=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    state: Mapped[str] = mapped_column(String(16), default="requested")
    reason: Mapped[str | None] = mapped_column(String(200))
    requested_at: Mapped[datetime]
    shipped_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    lines: Mapped[list[TransferLine]] = relationship(order_by="TransferLine.id", lazy="selectin")
    __mapper_args__ = {"version_id_col": version}


class TransferLine(Model):
    """`requested` >= `shipped` = received + written_off + turned_back + still in transit, in pieces.

    `damaged` are received ones that nobody can sell; `surplus` came besides what was said to be sent.
    """

    __tablename__ = "transfer_lines"
    __table_args__ = (
        CheckConstraint(
            "requested > 0 AND shipped >= 0 AND shipped <= requested AND received >= 0"
            " AND written_off >= 0 AND received + written_off <= shipped",
            name="counts",
        ),
        CheckConstraint(
            "turned_back >= 0 AND damaged >= 0 AND damaged <= received AND surplus >= 0"
            " AND received + written_off + turned_back <= shipped",
            name="arrivals",
        ),
    )

    id: Mapped[PrimaryKey]
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfers.id"), index=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    order_line_id: Mapped[int | None] = mapped_column(ForeignKey("order_lines.id"))
    requested: Mapped[int]
    shipped: Mapped[int] = mapped_column(default=0)
    received: Mapped[int] = mapped_column(default=0)
    written_off: Mapped[int] = mapped_column(default=0)
    turned_back: Mapped[int] = mapped_column(default=0, server_default="0")
    damaged: Mapped[int] = mapped_column(default=0, server_default="0")
    surplus: Mapped[int] = mapped_column(default=0, server_default="0")

    @hybrid_property
    def in_transit(self) -> int:
        """Pieces that left the source and have neither arrived, come back nor been written off."""
        return self.shipped - self.received - self.written_off - self.turned_back
