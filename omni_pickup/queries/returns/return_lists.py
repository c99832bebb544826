"""What waits at the returns desk: announced goods, open visits, pieces for the shelf and parcels; whom a text means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select

from omni_pickup.errors import NotFound
from omni_pickup.models.base import db
from omni_pickup.models.orders import Order, OrderContact, OrderLine
from omni_pickup.models.returns import Parcel, Return, ReturnLine
from omni_pickup.models.stock import StockLevel
from omni_pickup.models.stores import Store
from omni_pickup.queries.returns.return_visits import Piece
from omni_pickup.queries.returns.returnable_lines import orders_by_exact_key, returnable_lines
from omni_pickup.queries.returns.returns import get_return_by_rma

#: Rows of each list; who needs more scans or searches.
MOST = 40
#: Closed parcels stay in sight this long, because their label is what is printed last.
_CLOSED_SHOWN = timedelta(hours=12)
#: Letters or digits that many customers share find nobody across all stores.
_SHORTEST_END = 4


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """A return with its order, which goods bought elsewhere do not have."""

    ret: Return
    order: Order | None

    @property
    def pieces(self) -> int:
        """Pieces that came, else those that were announced."""
        return sum(line.counted or 0 for line in self.ret.lines) or sum(line.said for line in self.ret.lines)


@dataclass(frozen=True, slots=True)
class WaitingPiece:
    """An accepted piece on its way, with the shelf that the books know for it."""

    piece: Piece
    shelf: str | None


@dataclass(frozen=True, slots=True)
class ParcelRow:
    """A carton and the lines in it."""

    parcel: Parcel
    lines: Sequence[ReturnLine]

    @property
    def pieces(self) -> int:
        return sum(line.accepted for line in self.lines)


@dataclass(frozen=True, slots=True)
class FoundOrder:
    """An order that somebody may return something of; `running` is a return of it that is not over."""

    order: Order
    pieces: int
    running: Return | None


def announced_returns(store: Store) -> list[ReturnRow]:
    """What customers said they would bring here, the newest first."""
    here = or_(Return.store_id == store.id, and_(Return.store_id.is_(None), Order.store_id == store.id))
    return _rows(here, Return.state == "announced", Return.source != "desk")


def desk_returns(store: Store) -> list[ReturnRow]:
    """Visits that were begun and not finished."""
    begun = or_(Return.state == "received", and_(Return.state == "announced", Return.source == "desk"))
    return _rows(Return.store_id == store.id, begun)


def waiting_pieces(store: Store, returns: Sequence[Return] | None = None) -> list[WaitingPiece]:
    """Inspected pieces that have not reached their end and lie in no parcel; of these returns only, if given."""
    statement = (
        select(ReturnLine, StockLevel.location)
        .join(Return, Return.id == ReturnLine.return_id)
        .outerjoin(StockLevel, and_(StockLevel.store_id == store.id, StockLevel.item_id == ReturnLine.item_id))
        .where(
            Return.store_id == store.id,
            Return.state == "inspected",
            ReturnLine.parcel_id.is_(None),
            ReturnLine.accepted > ReturnLine.restocked + ReturnLine.routed,
        )
        .order_by(ReturnLine.return_id, ReturnLine.position)
        .limit(MOST)
    )
    if returns is not None:
        statement = statement.where(Return.id.in_([ret.id for ret in returns]))
    found = db.session.execute(statement).unique()
    return [WaitingPiece(Piece(line.return_order, line, 0), shelf) for line, shelf in found]


def parcel_rows(store: Store, now: datetime) -> list[ParcelRow]:
    """Open parcels, then those closed a while ago, the newest first."""
    parcels = db.session.scalars(
        select(Parcel)
        .where(
            Parcel.store_id == store.id,
            or_(Parcel.state == "open", Parcel.closed_at >= now - _CLOSED_SHOWN),
        )
        .order_by(Parcel.state.desc(), Parcel.id.desc())
        .limit(MOST)
    ).all()
    inside = db.session.scalars(
        select(ReturnLine).where(ReturnLine.parcel_id.in_([one.id for one in parcels]))
    ).unique()
    lines = list(inside)
    return [ParcelRow(parcel, [line for line in lines if line.parcel_id == parcel.id]) for parcel in parcels]


def orders_to_return(text: str, at: datetime) -> list[FoundOrder]:
    """Orders of any store by an exact key: number, the shop's number, surname or the last digits of a telephone."""
    orders = orders_by_exact_key(text) or _orders_of_person(text)
    return [FoundOrder(order, _pieces(order, at), _running(order)) for order in orders]


def return_by_label(text: str) -> tuple[Return, int | None] | None:
    """What an RMA number (R500012) or an item label (R500012-3) names: the return, and the position on it."""
    match = re.fullmatch(r"([Rr]\d{6,15})(?:-(\d{1,4}))?", text.strip())
    if match is None:
        return None
    try:
        return get_return_by_rma(match[1]), int(match[2]) if match[2] else None
    except NotFound:
        return None


def _rows(*conditions: ColumnElement[bool]) -> list[ReturnRow]:
    found = db.session.execute(
        select(Return, Order)
        .outerjoin(Order, Order.id == Return.order_id)
        .where(*conditions)
        .order_by(Return.announced_at.desc(), Return.id.desc())
        .limit(MOST)
    ).unique()
    return [ReturnRow(ret, order) for ret, order in found]


def _orders_of_person(text: str) -> list[Order]:
    key, digits = text.strip().casefold(), re.sub(r"\D", "", text)
    if len(digits) >= _SHORTEST_END:
        condition = OrderContact.phone_end == digits[-4:]
    elif key and not digits:
        condition = OrderContact.surname_key == key
    else:
        return []
    collected = select(OrderLine.order_id).where(OrderLine.collected > OrderLine.returned)
    return list(
        db.session.scalars(
            select(Order)
            .join(OrderContact, OrderContact.order_id == Order.id)
            .where(condition, Order.id.in_(collected))
            .order_by(Order.id.desc())
            .limit(MOST)
        ).unique()
    )


def _pieces(order: Order, at: datetime) -> int:
    try:
        return sum(found.pieces for found in returnable_lines(order, at=at))
    except NotFound:
        return 0


def _running(order: Order) -> Return | None:
    return db.session.scalars(
        select(Return)
        .where(Return.order_id == order.id, Return.state.in_(("announced", "received")))
        .order_by(Return.id.desc())
        .limit(1)
    ).first()
