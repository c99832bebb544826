"""What a customer can be offered instead of pieces that are not there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from omni_pickup.models.base import db
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.models.stock import StockLevel
from omni_pickup.models.stores import Store
from omni_pickup.queries.promises import promise_for
from omni_pickup.queries.shapes import instant_shape, money_shape
from omni_pickup.queries.stock import available_of, available_pieces

MOST_STORES = 3


def choices_for(order: Order, line: OrderLine, pieces: int, *, now: datetime) -> list[dict[str, Any]]:
    """The options of a question, each `{"choice": ...}` with what it means; cancelling is always possible."""
    stores = _stores_with(order.store, line.item, pieces)
    options = _backup(order, line, pieces)
    for store in stores[:MOST_STORES]:
        ready_by = (
            None if store.is_paused(now) else promise_for(store, now=now, pieces=pieces, handlings=line.item.handling)
        )
        if ready_by is not None and store.in_store:
            shown = {"store": store.code, "name": store.name, "ready_by": instant_shape(ready_by, store.timezone)}
            options.append({"choice": "other_store", **shown})
    if stores:
        options.append({"choice": "wait_transfer", "store": stores[0].code})
    if any(other.open for other in order.lines):
        options.append({"choice": "rest_now"})
    return [*options, {"choice": "cancel"}]


def substitute_option(order: Order, item: Item, price_minor: int) -> dict[str, Any]:
    """The option of taking another item at that price for each piece."""
    return {
        "choice": "substitute",
        "sku": item.sku,
        "name": item.name,
        "unit_price": money_shape(price_minor, order.currency),
        "price_minor": price_minor,
    }


def unit_price(line: OrderLine) -> int:
    """What was paid for one piece, in minor units, rounded down."""
    if line.paid_total_minor is not None:
        return line.paid_total_minor // line.ordered
    return line.unit_price_minor or 0


def _backup(order: Order, line: OrderLine, pieces: int) -> list[dict[str, Any]]:
    """What the customer named as second best at the time of ordering, if it is there and not dearer."""
    item = None if line.backup_item_id is None else db.session.get(Item, line.backup_item_id)
    if item is None or available_of(order.store_id, [item.id]).get(item.id, 0) < pieces:
        return []
    price = unit_price(line) if item.price_minor is None else item.price_minor
    if price > unit_price(line):
        return []
    return [substitute_option(order, item, price)]


def _stores_with(here: Store, item: Item, pieces: int) -> Sequence[Store]:
    """Other stores that have the pieces free, the nearest first."""
    stores = db.session.scalars(
        select(Store)
        .join(StockLevel, StockLevel.store_id == Store.id)
        .join(Item, Item.id == StockLevel.item_id)
        .where(Store.id != here.id, Item.id == item.id, available_pieces() >= pieces)
        .order_by(Store.code)
    ).all()
    return sorted(stores, key=lambda store: _distance(here, store))


def _distance(here: Store, there: Store) -> float:
    """Good enough to sort by: degrees on a flat map, a store without a place last."""
    if None in (here.latitude, here.longitude, there.latitude, there.longitude):
        return math.inf
    assert here.latitude is not None
    assert here.longitude is not None
    assert there.latitude is not None
    assert there.longitude is not None
    east = (here.longitude - there.longitude) * math.cos(math.radians(here.latitude))
    return math.hypot(here.latitude - there.latitude, east)
