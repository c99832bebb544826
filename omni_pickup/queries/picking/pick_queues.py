"""What has to be picked at a store: the rows of the board. Columns only, because it is read all the time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, exists, select

from omni_pickup.models.base import db
from omni_pickup.models.items import Item
from omni_pickup.models.orders import NUMBER_BASE, Order, OrderContact, OrderLine
from omni_pickup.models.picking import PickTask
from omni_pickup.models.stores import Store
from omni_pickup.queries.promises.opening_hours import hours_of
from omni_pickup.queries.promises.paces import crew_from, pace_from, pace_row
from omni_pickup.rules.codes import short_name
from omni_pickup.rules.estimates import STAGING_MINUTES
from omni_pickup.rules.opening_hours import OpeningHours
from omni_pickup.rules.paces import hour_of_week
from omni_pickup.rules.promises import sla

#: Rows on the board; more than this nobody looks through, and the search finds them.
MOST_ROWS = 60
SOON = timedelta(minutes=30)
GROUPS = ("late", "soon", "later", "tomorrow")
#: What stops the picker first comes first; an age such as `18+` stands second.
_FLAGS = ("endangered", "locked", "age", "frozen", "chilled", "due", "bulky", "gift", "note")


# Statements are put together once: that costs more than running them.
_IS_QUEUED = and_(
    Order.store_id == bindparam("store"),
    Order.state.in_(("received", "picking", "picked")),
    Order.payment_state != "void",
    exists().where(PickTask.order_id == Order.id, PickTask.state == "queued"),
)
_PROMISES = select(Order.promised_at).where(_IS_QUEUED)
_ROWS = (
    select(
        Order.id,
        Order.public_id,
        Order.promised_at,
        Order.gift,
        Order.payment_state,
        OrderContact.name,
        OrderContact.note,
    )
    .join(OrderContact, OrderContact.order_id == Order.id)
    .where(_IS_QUEUED)
    .order_by(Order.promised_at, Order.placed_at, Order.id)
    .limit(bindparam("most"))
)
_LEFT = PickTask.quantity - PickTask.picked - PickTask.short - PickTask.cancelled
_GOODS = (
    select(PickTask.order_id, _LEFT.label("left"), Item.temperature, Item.handling, Item.min_age, OrderLine.endangered)
    .join(OrderLine, OrderLine.id == PickTask.order_line_id)
    .join(Item, Item.id == OrderLine.item_id)
    .where(PickTask.order_id.in_(bindparam("orders", expanding=True)), PickTask.state == "queued")
)


@dataclass(slots=True)
class _Goods:
    """Queued pieces of one order, and what is special about them."""

    pieces: int = 0
    flags: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class PickRow:
    """An order with pieces that nobody is fetching yet; `minutes` until its promise, below 0 when it is late."""

    order_id: str
    number: str
    group: str
    promised_at: datetime
    minutes: int
    sla: str
    name: str
    pieces: int
    flags: tuple[str, ...]

    @property
    def code(self) -> str:
        """What people call it by, and what its bags begin with."""
        return self.number[-4:]

    @property
    def is_cold(self) -> bool:
        """Whether something of it goes into the tote last."""
        return bool({"chilled", "frozen"} & set(self.flags))


@dataclass(frozen=True, slots=True)
class PickQueue:
    """The most urgent rows, and how many orders stand in each group in all."""

    rows: Sequence[PickRow]
    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def in_group(self, group: str) -> list[PickRow]:
        """The rows under one heading."""
        return [row for row in self.rows if row.group == group]


def pick_queue(store: Store, now: datetime) -> PickQueue:
    """What nobody is fetching yet, the earliest promise first."""
    hours = hours_of(store)
    midnight = hours.instant(hours.local_day(now) + timedelta(days=1), 0)
    counts = dict.fromkeys(GROUPS, 0)
    for (promised_at,) in db.session.execute(_PROMISES, {"store": store.id}):
        counts[_group(promised_at, now, midnight)] += 1
    found = db.session.execute(_ROWS, {"store": store.id, "most": MOST_ROWS}).all()
    goods, minutes_of, ahead, rows = _goods([row.id for row in found]), _work(store, hours, now), 0, []
    for number, row in enumerate(found):
        own = goods[row.id]
        risk = sla(now, row.promised_at, minutes_of(number, ahead, own.pieces))
        rows.append(_row(row, own, group=_group(row.promised_at, now, midnight), risk=risk, now=now))
        ahead += own.pieces
    return PickQueue(rows, counts)


def _work(store: Store, hours: OpeningHours, now: datetime) -> Callable[[int, int, int], float]:
    """Minutes until an order could be ready, by orders and pieces ahead of it and its own pieces.

    Everybody who is there fetches what is ahead, one person the order itself, at the pace of this hour.
    """
    known = pace_row(store)
    pace, crew = pace_from(store, known), crew_from(store, known, hours, now)
    people, factor = crew.pickers_at(now), pace.factor_at(hour_of_week(hours.local_time(now)))

    def minutes(orders_ahead: int, pieces_ahead: int, own: int) -> float:
        return factor * (pace.minutes(orders_ahead, pieces_ahead) / people + pace.minutes(1, own)) + STAGING_MINUTES

    return minutes


def _group(promised_at: datetime, now: datetime, midnight: datetime) -> str:
    if promised_at < now:
        return "late"
    if promised_at <= now + SOON:
        return "soon"
    return "later" if promised_at < midnight else "tomorrow"


def _row(row: Any, goods: _Goods, *, group: str, risk: str, now: datetime) -> PickRow:
    flags = goods.flags | {"due"} if row.payment_state == "due" else goods.flags
    flags = flags | {"gift"} if row.gift else flags
    flags = flags | {"note"} if row.note else flags
    return PickRow(
        order_id=row.public_id,
        number=str(NUMBER_BASE + row.id),
        group=group,
        promised_at=row.promised_at,
        minutes=int((row.promised_at - now).total_seconds() // 60),
        sla=risk,
        name=short_name(row.name or ""),
        pieces=goods.pieces,
        flags=tuple(sorted(flags, key=lambda flag: _FLAGS.index("age" if flag.endswith("+") else flag))),
    )


def _goods(order_ids: Sequence[int]) -> dict[int, _Goods]:
    found: dict[int, _Goods] = defaultdict(_Goods)
    rows = db.session.execute(_GOODS, {"orders": order_ids})
    for row in rows:
        goods = found[row.order_id]
        goods.pieces += row.left
        goods.flags |= {flag for flag in (*row.handling, row.temperature) if flag in _FLAGS}
        if row.endangered:
            goods.flags.add("endangered")
        if row.min_age is not None:
            goods.flags.add(f"{row.min_age}+")
    return found
