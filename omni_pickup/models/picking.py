"""Waves, totes and pick tasks: fetching pieces off the shelf."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from omni_pickup.models.actors import ActorColumns
from omni_pickup.models.base import Code, Model, PrimaryKey
from omni_pickup.models.orders import Order, OrderLine

#: States of a walk that is not over.
OPEN_WAVES = ("open", "paused")


class Wave(Model):
    """Orders released together to one picker; its paper is the pick list."""

    __tablename__ = "waves"
    __table_args__ = (Index("ix_waves_store_state", "store_id", "state", "finished_at"),)

    id: Mapped[PrimaryKey]
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    picker_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    device_id: Mapped[int | None] = mapped_column(ForeignKey("devices.id"))
    state: Mapped[str] = mapped_column(String(16), default="open")
    released_at: Mapped[datetime]
    paused_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    totes: Mapped[list[Tote]] = relationship(order_by="Tote.id", lazy="selectin")
    __mapper_args__ = {"version_id_col": version}


class Tote(Model):
    """The container of one order in a wave, known by its letter."""

    __tablename__ = "totes"
    __table_args__ = (UniqueConstraint("wave_id", "letter"), UniqueConstraint("wave_id", "order_id"))

    id: Mapped[PrimaryKey]
    wave_id: Mapped[int] = mapped_column(ForeignKey("waves.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    letter: Mapped[str] = mapped_column(String(4))
    pulled_out_at: Mapped[datetime | None]

    order: Mapped[Order] = relationship()


class PickTask(Model):
    """Pieces of one order line to fetch: `quantity` = still to fetch + picked + short + cancelled.

    `late` counts those that a tablet reported as picked after they had been cancelled or given up as short.
    """

    __tablename__ = "pick_tasks"
    __table_args__ = (
        # Every promise sums up what waits, which this index answers without a look at the rows.
        Index("ix_pick_tasks_queue", "store_id", "state", "order_id", "quantity", "picked", "short", "cancelled"),
        CheckConstraint(
            "quantity > 0 AND picked >= 0 AND short >= 0 AND cancelled >= 0 AND picked + short + cancelled <= quantity"
            " AND late >= 0 AND late <= short + cancelled",
            name="counts",
        ),
    )

    id: Mapped[PrimaryKey]
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"))
    wave_id: Mapped[int | None] = mapped_column(ForeignKey("waves.id"), index=True)
    walk_position: Mapped[int | None]
    quantity: Mapped[int]
    picked: Mapped[int] = mapped_column(default=0)
    short: Mapped[int] = mapped_column(default=0)
    cancelled: Mapped[int] = mapped_column(default=0)
    late: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(16), default="queued")
    not_before: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    order_line: Mapped[OrderLine] = relationship(lazy="joined", innerjoin=True)
    __mapper_args__ = {"version_id_col": version}

    @property
    def left(self) -> int:
        """Pieces still to fetch."""
        return self.quantity - self.picked - self.short - self.cancelled


class ShortPickReason(Model):
    """The reasons that staff may choose; the owner extends them, each behaving like a built-in one (`acts_as`)."""

    __tablename__ = "short_pick_reasons"

    code: Mapped[str] = mapped_column(String(64), primary_key=True)
    acts_as: Mapped[Code]
    label: Mapped[dict[str, Any]]
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)


class ShortPick(ActorColumns, Model):
    """Fewer found than asked, always with a reason; kept so that it can be undone or answered by "found it"."""

    __tablename__ = "short_picks"

    id: Mapped[PrimaryKey]
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"), index=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"))
    pick_task_id: Mapped[int | None] = mapped_column(ForeignKey("pick_tasks.id"), index=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), index=True)
    pieces: Mapped[int]
    reason: Mapped[Code]
    acts_as: Mapped[Code]
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    found_at: Mapped[datetime | None]
    found_pieces: Mapped[int] = mapped_column(default=0)
    # The raise of the learned safety that it led to, together with others.
    learned_id: Mapped[int | None] = mapped_column(ForeignKey("stock_movements.id"), index=True)


class FloorAction(ActorColumns, Model):
    """A command of a tablet. The same `action_id` twice is one action; `result` answers the second."""

    __tablename__ = "floor_actions"

    action_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    kind: Mapped[Code]
    fingerprint: Mapped[str] = mapped_column(String(64))
    result: Mapped[dict[str, Any]]
    tapped_at: Mapped[datetime]
    recorded_at: Mapped[datetime]


class FloorTask(Model):
    """Put-backs, counts, searches, transfers and take-outs: counted work beside picking."""

    __tablename__ = "floor_tasks"
    __table_args__ = (Index("ix_floor_tasks_open", "store_id", "state", "kind"),)

    id: Mapped[PrimaryKey]
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    kind: Mapped[Code]
    state: Mapped[str] = mapped_column(String(16), default="open")
    item_id: Mapped[int | None] = mapped_column(ForeignKey("items.id"), index=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    order_line_id: Mapped[int | None] = mapped_column(ForeignKey("order_lines.id"))
    package_id: Mapped[int | None] = mapped_column(ForeignKey("packages.id"))
    transfer_id: Mapped[int | None] = mapped_column(ForeignKey("transfers.id"))
    return_line_id: Mapped[int | None] = mapped_column(ForeignKey("return_lines.id"))
    quantity: Mapped[int] = mapped_column(default=0)
    done_quantity: Mapped[int] = mapped_column(default=0)
    reason: Mapped[Code]
    assigned_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    opened_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
