"""What a typed or scanned text means on the floor of one store: one field for everything.

Exact things come first (a bag, a place, an item, a return, an order's number); only then what many may share (the end
of a number or telephone, a surname, words of an item's name).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, Select, func, or_, select, union_all

from omni_pickup.errors import NotFound
from omni_pickup.models.base import db
from omni_pickup.models.items import Item
from omni_pickup.models.orders import NUMBER_BASE, Order, OrderContact, OrderLine
from omni_pickup.models.packages import Package
from omni_pickup.models.picking import OPEN_WAVES, Tote, Wave
from omni_pickup.models.returns import Return
from omni_pickup.models.stock import StockLevel
from omni_pickup.models.stores import StagingLocation, Store
from omni_pickup.queries.orders.orders import keys_of_name
from omni_pickup.queries.picking.packages import IN_STORE, get_package
from omni_pickup.queries.returns.returns import get_return_by_rma
from omni_pickup.queries.stock.items import item_by_gtin
from omni_pickup.queries.stock.stock_cards import find_items
from omni_pickup.rules.codes import PICKUP_ALPHABET, PICKUP_CODE_LENGTH, normalise_pickup_code
from omni_pickup.rules.lifecycle import ORDER_OPEN_STATES
from omni_pickup.rules.pickup_qrs import parse_qr
from omni_pickup.rules.problems import RuleProblem

Kind = Literal["order", "bag", "place", "item", "items", "return", "code", "list", "nothing"]
#: Orders that one search shows.
MOST = 40
#: Numbers of one ending that are looked at, the newest ones; with three digits they cover two million orders.
_MOST_NUMBERS = 2000
#: How long an order that ended is still found.
_ENDED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Found:
    """What a text means; `exact` says that it can mean nothing else, so a scan may go there at once.

    `items` are those with the words in their name, each with its level at the store.
    """

    kind: Kind
    exact: bool = False
    orders: Sequence[Order] = ()
    place: StagingLocation | None = None
    item: Item | None = None
    items: Sequence[tuple[Item, StockLevel | None]] = ()
    bag: Package | None = None
    ret: Return | None = None
    code: str = ""


def find_on_floor(store: Store, text: str, now: datetime) -> Found:
    """The meaning of `text` at this store."""
    text = text.strip()
    if not text:
        return Found("nothing")
    finders: tuple[Callable[[], Found | None], ...] = (
        lambda: _bag(store, text),
        lambda: _place(store, text),
        lambda: _number(store, text),
        lambda: _return(text),
        lambda: _item(store, text),
        lambda: _tote(store, text),
        lambda: _named(store, text, now),
        lambda: _code(text),
    )
    return next((found for finder in finders if (found := finder()) is not None), Found("nothing"))


def orders_where(store: Store, *conditions: ColumnElement[bool]) -> list[Order]:
    """Orders of the store, open ones first, then the newest."""
    statement = (
        select(Order)
        .join(OrderContact, OrderContact.order_id == Order.id)
        .where(Order.store_id == store.id, *conditions)
        .order_by(Order.state.in_(ORDER_OPEN_STATES).desc(), Order.id.desc())
        .limit(MOST)
    )
    return list(db.session.scalars(statement).unique())


def _bag(store: Store, text: str) -> Found | None:
    try:
        bag = get_package(text, store.id)
    except NotFound:
        return None
    return Found("bag", exact=True, bag=bag, orders=(bag.order,))


def _place(store: Store, text: str) -> Found | None:
    place = db.session.scalars(
        select(StagingLocation).where(
            StagingLocation.store_id == store.id, StagingLocation.code == text.upper(), StagingLocation.active
        )
    ).one_or_none()
    if place is None:
        return None
    standing = select(Package.order_id).where(
        Package.store_id == store.id, Package.state.in_(IN_STORE), Package.staging_location_id == place.id
    )
    return Found("place", place=place, orders=orders_where(store, Order.id.in_(standing)))


def _number(store: Store, text: str) -> Found | None:
    """An order by its number, our id for it, or the channel's."""
    order = db.session.scalars(
        select(Order).where(Order.store_id == store.id, Order.id.in_(keys_of_name(text)))
    ).first()
    return None if order is None else Found("order", exact=True, orders=(order,))


def _return(text: str) -> Found | None:
    if not re.fullmatch(r"[Rr]\d{6,}", text):
        return None
    try:
        return Found("return", exact=True, ret=get_return_by_rma(text))
    except NotFound:
        return None


def _item(store: Store, text: str) -> Found | None:
    try:
        item = item_by_gtin(text)
    except RuleProblem:
        item = None
    item = item or db.session.scalars(select(Item).where(Item.sku == text)).one_or_none()
    return None if item is None else _wanted(store, item)


def _wanted(store: Store, item: Item) -> Found:
    """The item and who waits for it."""
    wanted = select(OrderLine.order_id).where(OrderLine.item_id == item.id, OrderLine.open > 0)
    return Found("item", item=item, orders=orders_where(store, Order.id.in_(wanted)))


def _tote(store: Store, text: str) -> Found | None:
    """A letter alone is a tote of a walk that is not over."""
    if not re.fullmatch(r"[A-Za-z]", text):
        return None
    totes = (
        select(Tote.order_id)
        .join(Wave, Wave.id == Tote.wave_id)
        .where(Wave.store_id == store.id, Wave.state.in_(OPEN_WAVES), Tote.letter == text.upper())
    )
    return _several(orders_where(store, Order.id.in_(totes)))


def _named(store: Store, text: str, now: datetime) -> Found | None:
    """People and goods may have the same name, such as Berry: whoever searches sees both. Numbers name no goods."""
    people = _people(store, text, now)
    items = find_items(store, text) if re.search(r"[^\W_]", text) and not re.search(r"\d{3}", text) else []
    if people is not None:
        return replace(people, items=items)
    if len(items) == 1:
        return _wanted(store, items[0][0])
    return Found("items", items=items) if items else None


def _people(store: Store, text: str, now: datetime) -> Found | None:
    """The end of an order number or telephone, a bag code such as `4821-NOW`, or the beginning of a surname."""
    digits = re.match(r"\d{3,}", re.sub(r"[\s-]", "", text))
    if digits is not None:
        end = digits[0]
        of_phone = select(OrderContact.order_id).where(OrderContact.phone_end == end[-4:])
        keys = union_all(_keys_ending(end), of_phone).subquery()
        return _several(orders_where(store, _lately(store, now, Order.id.in_(select(keys.c.id)))))
    key = text.rstrip(".").split()[0].casefold() if text.split() else ""
    named = or_(
        OrderContact.surname_key.startswith(key, autoescape=True),
        OrderContact.collector_name.icontains(key, autoescape=True),
    )
    return _several(orders_where(store, _lately(store, now, named)))


def _lately(store: Store, now: datetime, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Orders that are open, and those that ended lately, of which `condition` holds.

    Two questions, each with an index of its own: asked as one with OR, the database may read all of the store.
    """
    mine = select(Order.id).join(OrderContact, OrderContact.order_id == Order.id).where(Order.store_id == store.id)
    open_ = mine.where(Order.state.in_(ORDER_OPEN_STATES), condition)
    ended = mine.where(Order.updated_at >= now - _ENDED, condition)
    return Order.id.in_(select(union_all(open_, ended).subquery().c.id))


def _keys_ending(end: str) -> Select[int]:
    """The newest orders whose number ends so, in whichever store.

    Every so many numbers one ends so: they are named one by one, because nothing but a look at each of its orders
    would tell the database which ones of a store do.
    """
    newest = (db.session.scalar(select(func.max(Order.id))) or 0) + NUMBER_BASE
    length = 10 ** len(end)
    last = newest - (newest - int(end)) % length
    numbers = range(last, NUMBER_BASE, -length)[:_MOST_NUMBERS]
    return select(Order.id).where(Order.id.in_([number - NUMBER_BASE for number in numbers]))


def _several(orders: Sequence[Order]) -> Found | None:
    return Found("order", orders=orders) if orders else None


def _code(text: str) -> Found | None:
    """What looks like a pickup code is tried where wrong tries are counted, at the handoff; so is a QR's link."""
    code = normalise_pickup_code(text)
    looks_right = len(code) == PICKUP_CODE_LENGTH and set(code) <= set(PICKUP_ALPHABET)
    is_qr = parse_qr(text) is not None
    return Found("code", exact=True, code=text) if looks_right or is_qr or "/p/" in text else None
