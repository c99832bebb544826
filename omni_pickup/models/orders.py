"""Online orders for pickup, their lines, and the contact data that can be erased without touching either."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from omni_pickup.models.base import Code, Minor, Model, PrimaryKey
from omni_pickup.models.items import Item
from omni_pickup.models.stores import Store

#: Order numbers start here, so that the first order does not look like the first.
NUMBER_BASE = 100_000


class Order(Model):
    """Custody of one customer's goods at one store. `state` is derived from the lines' counters, never set by hand."""

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("client_id", "external_id"),
        Index("ix_orders_board", "store_id", "state", "promised_at"),
        # Each index is written anew with every change of an order, hence there is one for each way in and no more:
        # a store's orders, what changed lately there (its search), a channel's list by state and by time of change,
        # what is ready.
        Index("ix_orders_store", "store_id", "id"),
        Index("ix_orders_store_updated", "store_id", "updated_at"),
        Index("ix_orders_client_state", "client_id", "state", "id"),
        Index("ix_orders_client_updated", "client_id", "updated_at", "id"),
        Index(
            "ix_orders_hold_due",
            "hold_until",
            sqlite_where=text("state = 'ready'"),
            postgresql_where=text("state = 'ready'"),
        ),
        Index(
            "ix_orders_parent",
            "parent_id",
            sqlite_where=text("parent_id IS NOT NULL"),
            postgresql_where=text("parent_id IS NOT NULL"),
        ),
    )

    id: Mapped[PrimaryKey]
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"))
    external_id: Mapped[str | None] = mapped_column(String(200))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    state: Mapped[str] = mapped_column(String(16))
    pickup_method: Mapped[str] = mapped_column(String(16), default="in_store")
    allow: Mapped[str] = mapped_column(String(16), default="all_or_nothing")
    fingerprint: Mapped[str] = mapped_column(String(64))
    currency: Mapped[str | None] = mapped_column(String(3))
    payment_state: Mapped[str] = mapped_column(String(8), default="paid")
    payment_due_minor: Mapped[Minor | None]
    paid_receipt: Mapped[str | None] = mapped_column(String(100))
    refund_state: Mapped[str] = mapped_column(String(16), default="none")
    refund_due_minor: Mapped[Minor] = mapped_column(default=0)
    refund_confirmed_minor: Mapped[Minor] = mapped_column(default=0)
    refund_reference: Mapped[str | None] = mapped_column(String(200))
    gift: Mapped[bool] = mapped_column(default=False)
    expiry_closed: Mapped[bool] = mapped_column(default=False)
    requested_from: Mapped[datetime | None]
    promised_at: Mapped[datetime]
    first_promised_at: Mapped[datetime]
    expected_at: Mapped[datetime | None]
    delay_told_at: Mapped[datetime | None]
    placed_at: Mapped[datetime]
    received_at: Mapped[datetime]
    picking_started_at: Mapped[datetime | None]
    picked_at: Mapped[datetime | None]
    ready_at: Mapped[datetime | None]
    notified_at: Mapped[datetime | None]
    on_my_way_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    collected_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    expired_at: Mapped[datetime | None]
    hold_until: Mapped[datetime | None]
    hold_extended_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    link_version: Mapped[int] = mapped_column(default=1)
    link_digest: Mapped[str] = mapped_column(String(64), unique=True)
    wrong_codes: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]

    store: Mapped[Store] = relationship(lazy="joined", innerjoin=True)
    lines: Mapped[list[OrderLine]] = relationship(
        back_populates="order", order_by="OrderLine.position", lazy="selectin"
    )
    contact: Mapped[OrderContact] = relationship(back_populates="order", lazy="selectin")
    # Read when somebody asks for a code, which few pages and every answer of the API do.
    codes: Mapped[list[PickupCode]] = relationship(viewonly=True, order_by="PickupCode.id")

    __mapper_args__ = {"version_id_col": version}

    @property
    def number(self) -> str:
        """What people say and labels show; its last four digits begin the bag code."""
        return str(NUMBER_BASE + self.id)


class OrderLine(Model):
    """`ordered = open + short + cancelled + collected`, in pieces; `reserved` = open + to_put_back."""

    __tablename__ = "order_lines"
    __table_args__ = (
        UniqueConstraint("order_id", "line_id"),
        CheckConstraint('ordered = "open" + short + cancelled + collected AND ordered > 0', name="ordered"),
        CheckConstraint(
            '"open" >= 0 AND short >= 0 AND cancelled >= 0 AND collected >= 0 AND picked >= 0 AND picked <= "open"'
            " AND to_put_back >= 0 AND substituted >= 0 AND substituted <= short"
            " AND returned >= 0 AND returned <= collected AND endangered >= 0",
            name="counters",
        ),
    )

    id: Mapped[PrimaryKey]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    line_id: Mapped[str] = mapped_column(String(100))
    position: Mapped[int]
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), index=True)
    substitute_of_id: Mapped[int | None] = mapped_column(ForeignKey("order_lines.id"))
    backup_item_id: Mapped[int | None] = mapped_column(ForeignKey("items.id"))
    ordered: Mapped[int]
    open: Mapped[int]
    short: Mapped[int] = mapped_column(default=0)
    cancelled: Mapped[int] = mapped_column(default=0)
    collected: Mapped[int] = mapped_column(default=0)
    picked: Mapped[int] = mapped_column(default=0)
    to_put_back: Mapped[int] = mapped_column(default=0)
    substituted: Mapped[int] = mapped_column(default=0)
    returned: Mapped[int] = mapped_column(default=0)
    endangered: Mapped[int] = mapped_column(default=0)
    refund_pieces: Mapped[int] = mapped_column(default=0)
    unit_price_minor: Mapped[Minor | None]
    paid_total_minor: Mapped[Minor | None]

    order: Mapped[Order] = relationship(back_populates="lines")
    item: Mapped[Item] = relationship(foreign_keys=[item_id], lazy="joined", innerjoin=True)

    @property
    def reserved(self) -> int:
        """Pieces of this line that the store's `reserved` figure covers."""
        return self.open + self.to_put_back


class OrderContact(Model):
    """Personal data, notes and the car: all that erasure empties. Orders and events never hold any of it."""

    __tablename__ = "order_contacts"
    __table_args__ = (
        # PostgreSQL finds the beginning of a word by this operator class alone, and a whole word by it too.
        Index("ix_order_contacts_surname", "surname_key", postgresql_ops={"surname_key": "text_pattern_ops"}),
        Index("ix_order_contacts_phone", "phone_end"),
    )

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    name: Mapped[str | None] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(320))
    phone: Mapped[str | None] = mapped_column(String(40))
    language: Mapped[str | None] = mapped_column(String(16))
    surname_key: Mapped[str | None] = mapped_column(String(200))
    phone_end: Mapped[str | None] = mapped_column(String(8))
    note: Mapped[str | None] = mapped_column(String(2000))
    store_note: Mapped[str | None] = mapped_column(String(2000))
    gift_message: Mapped[str | None] = mapped_column(String(2000))
    collector_name: Mapped[str | None] = mapped_column(String(200))
    collector_email: Mapped[str | None] = mapped_column(String(320))
    collector_phone: Mapped[str | None] = mapped_column(String(40))
    vehicle: Mapped[str | None] = mapped_column(String(200))
    closing_reason: Mapped[str | None] = mapped_column(String(200))
    erased_at: Mapped[datetime | None]

    order: Mapped[Order] = relationship(back_populates="contact")


class PickupCode(Model):
    """What the customer (or the collector, with an own one) says; unique among a store's open orders."""

    __tablename__ = "pickup_codes"
    __table_args__ = (
        Index(
            "uq_pickup_codes_open",
            "store_id",
            "code",
            unique=True,
            sqlite_where=text("active"),
            postgresql_where=text("active"),
        ),
        UniqueConstraint("order_id", "holder"),
    )

    id: Mapped[PrimaryKey]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    holder: Mapped[str] = mapped_column(String(16), default="customer")
    code: Mapped[str] = mapped_column(String(16))
    active: Mapped[bool] = mapped_column(default=True)


class CheckIn(Model):
    """The customer is on the way or here; one row an announcement, `taken_by_id` says who goes."""

    __tablename__ = "check_ins"
    # Whoever waits stands in a short index; the many who came and went are in none by store.
    __table_args__ = (
        Index(
            "ix_check_ins_waiting",
            "store_id",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[PrimaryKey]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    kind: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(16))
    bay: Mapped[str | None] = mapped_column(String(40))
    at: Mapped[datetime]
    eta_at: Mapped[datetime | None]
    taken_at: Mapped[datetime | None]
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Question(Model):
    """What the customer is asked after a short pick or a partial reservation; a deadline and a default apply."""

    __tablename__ = "questions"
    __table_args__ = (
        Index("ix_questions_due", "state", "deadline_at"),
        Index("ix_questions_answered", "state", "answered_at"),
    )

    id: Mapped[PrimaryKey]
    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"))
    short_pick_id: Mapped[int | None] = mapped_column(ForeignKey("short_picks.id"), index=True)
    reason: Mapped[Code]
    pieces: Mapped[int]
    options: Mapped[list[Any]] = mapped_column(default=list)
    default_choice: Mapped[str] = mapped_column(String(32), default="cancel")
    state: Mapped[str] = mapped_column(String(16), default="open")
    asked_at: Mapped[datetime]
    deadline_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answer: Mapped[dict[str, Any] | None]
    #: When somebody of the staff read the answer.
    seen_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
