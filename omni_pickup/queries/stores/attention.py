"""What a manager has to look at now, in one store: people, promises, questions, messages and shelves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select

from omni_pickup.errors import NotFound
from omni_pickup.models.base import db
from omni_pickup.models.events import OutboxMessage
from omni_pickup.models.items import Item
from omni_pickup.models.orders import NUMBER_BASE, Order, OrderContact, OrderLine, Question
from omni_pickup.models.returns import Return
from omni_pickup.models.stock import StockLevel
from omni_pickup.models.stores import Setting, Store
from omni_pickup.queries.papers.paper_facts import variant
from omni_pickup.queries.picking.waiting_people import WaitingPerson, waiting_people
from omni_pickup.queries.stores.readiness import worker_is_alive
from omni_pickup.rules.codes import short_name
from omni_pickup.rules.lifecycle import ORDER_OPEN_STATES

#: Whoever stands there for longer should not have to.
LONG_WAIT = timedelta(minutes=3)
#: A question that is answered by its default this soon is worth a telephone call.
NEAR_DEADLINE = timedelta(minutes=30)
#: Rows of one group that are read; a store with more has another problem than this list can show.
MOST_ROWS = 100
_TO_MAKE_READY = ("received", "picking", "picked")


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order, or one of its lines, that is in trouble. `at` is its promise or its question's deadline."""

    order_id: str
    number: str
    state: str
    name: str
    at: datetime
    pieces: int
    sku: str = ""
    item: str = ""


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message that nobody got. `error` is what the last attempt met; `number` is the return's if `of_return`."""

    message_id: str
    kind: str
    number: str
    of_return: bool
    attempts: int
    error: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ShelfRow:
    """An item whose books are in doubt: out of sale until counted, or more promised than there."""

    sku: str
    name: str
    variant: str
    shelf: str | None
    blocked_at: datetime | None
    in_deficit: bool


@dataclass(frozen=True, slots=True)
class Attention:
    """Everything that needs a manager; each group with the most urgent first."""

    worker_silent: bool
    outbound_paused: bool
    waiting: Sequence[WaitingPerson]
    late: Sequence[OrderRow]
    endangered: Sequence[OrderRow]
    questions: Sequence[OrderRow]
    messages: Sequence[MessageRow]
    shelves: Sequence[ShelfRow]

    @property
    def total(self) -> int:
        """How many things there are to look at."""
        return sum(map(len, self._groups)) + self.worker_silent + self.outbound_paused

    @property
    def longest(self) -> int:
        """Rows of the longest group."""
        return max(map(len, self._groups))

    @property
    def _groups(self) -> tuple[Sequence[object], ...]:
        return (self.waiting, self.late, self.endangered, self.questions, self.messages, self.shelves)


def attention(store: Store, now: datetime) -> Attention:
    """What needs a manager of this store at `now`."""
    return Attention(
        worker_silent=not worker_is_alive(),
        outbound_paused=_outbound_paused(),
        waiting=[one for one in waiting_people(store) if one.here and now - one.at >= LONG_WAIT],
        late=_late(store, now),
        endangered=_endangered(store),
        questions=_questions(store, now),
        messages=_dead_messages(store),
        shelves=_shelves(store),
    )


def dead_message(store: Store, public_id: str) -> OutboxMessage:
    """A message of this store's orders and returns, dead or not. Raises NotFound for any other."""
    found = db.session.scalars(
        select(OutboxMessage)
        .outerjoin(Return, Return.id == OutboxMessage.return_id)
        .join(Order, Order.id == func.coalesce(OutboxMessage.order_id, Return.order_id), isouter=True)
        .where(OutboxMessage.public_id == public_id, _is_of(store))
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such message here.")
    return found


def _late(store: Store, now: datetime) -> list[OrderRow]:
    left = select(func.sum(OrderLine.open - OrderLine.picked)).where(OrderLine.order_id == Order.id).scalar_subquery()
    rows = db.session.execute(
        select(Order.id, Order.public_id, Order.state, Order.promised_at, OrderContact.name, left)
        .join(OrderContact, OrderContact.order_id == Order.id)
        .where(
            Order.store_id == store.id,
            Order.state.in_(_TO_MAKE_READY),
            Order.promised_at < now,
            Order.payment_state != "void",
        )
        .order_by(Order.promised_at, Order.id)
        .limit(MOST_ROWS)
    )
    return [
        OrderRow(order_id, str(NUMBER_BASE + key), state, short_name(name or ""), at, int(pieces or 0))
        for key, order_id, state, at, name, pieces in rows
    ]


def _endangered(store: Store) -> list[OrderRow]:
    rows = db.session.execute(
        select(Order, OrderLine.endangered, Item.sku, Item.name)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Item, Item.id == OrderLine.item_id)
        .where(Order.store_id == store.id, Order.state.in_(ORDER_OPEN_STATES), OrderLine.endangered > 0)
        .order_by(Order.promised_at, OrderLine.id)
        .limit(MOST_ROWS)
    ).unique()
    return [_line_row(order, order.promised_at, pieces, sku, item) for order, pieces, sku, item in rows]


def _questions(store: Store, now: datetime) -> list[OrderRow]:
    rows = db.session.execute(
        select(Order, Question.deadline_at, Question.pieces, Item.sku, Item.name)
        .join(Question, Question.order_id == Order.id)
        .join(OrderLine, OrderLine.id == Question.order_line_id)
        .join(Item, Item.id == OrderLine.item_id)
        .where(Order.store_id == store.id, Question.state == "open", Question.deadline_at <= now + NEAR_DEADLINE)
        .order_by(Question.deadline_at, Question.id)
        .limit(MOST_ROWS)
    ).unique()
    return [_line_row(order, at, pieces, sku, item) for order, at, pieces, sku, item in rows]


def _line_row(order: Order, at: datetime, pieces: int, sku: str, item: str) -> OrderRow:
    name = short_name(order.contact.name or "")
    return OrderRow(order.public_id, order.number, order.state, name, at, int(pieces), sku, item)


def _dead_messages(store: Store) -> list[MessageRow]:
    rows = db.session.execute(
        select(OutboxMessage, Order.id, Return)
        .outerjoin(Return, Return.id == OutboxMessage.return_id)
        .join(Order, Order.id == func.coalesce(OutboxMessage.order_id, Return.order_id), isouter=True)
        .where(OutboxMessage.state == "dead", _is_of(store))
        .order_by(OutboxMessage.id.desc())
        .limit(MOST_ROWS)
    ).unique()
    return [
        MessageRow(
            message_id=message.public_id,
            kind=message.kind.removeprefix("message."),
            number=str(NUMBER_BASE + order_id) if ret is None else ret.rma_number,
            of_return=ret is not None,
            attempts=message.attempts,
            error=message.last_error or "",
            created_at=message.created_at,
        )
        for message, order_id, ret in rows
    ]


def _is_of(store: Store) -> ColumnElement[bool]:
    """A return goes to the store where it was brought, before that to the one that its order came from."""
    return func.coalesce(Return.store_id, Order.store_id) == store.id


def _shelves(store: Store) -> list[ShelfRow]:
    rows = db.session.execute(
        select(StockLevel, Item)
        .join(Item, Item.id == StockLevel.item_id)
        .where(StockLevel.store_id == store.id, or_(StockLevel.blocked, StockLevel.deficit > 0))
        .order_by(StockLevel.deficit.desc(), StockLevel.blocked_at, StockLevel.item_id)
        .limit(MOST_ROWS)
    ).unique()
    return [
        ShelfRow(item.sku, item.name, variant(item), level.location, level.blocked_at, level.deficit > 0)
        for level, item in rows
    ]


def _outbound_paused() -> bool:
    setting = db.session.get(Setting, "outbound")
    return setting is not None and setting.value.get("paused") is True
