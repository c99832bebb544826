"""What a customer can be offered instead of pieces that are not there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from omni_pickup import distance_limits
from omni_pickup.models.base import db
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.models.stock import StockLevel
from omni_pickup.models.stores import Store
from omni_pickup.queries.orders.alternatives import distance_between
from omni_pickup.queries.promises.promises import promise_for
from omni_pickup.queries.shapes import instant_shape, money_shape
from omni_pickup.queries.stock.stock import available_of, available_pieces

MOST_STORES = 3


def choices_for(order: Order, line: OrderLine, pieces: int, *, now: datetime) -> list[dict[str, Any]]:
    """The options of a question, each `{"choice": ...}` with what it means; cancelling is always possible."""
    stores = _stores_with(order.store, line.item, pieces)
    options = [*_backup(order, line, pieces), *_elsewhere(order, line, pieces, stores, now)]
    if stores:
        options.append({"choice": "wait_transfer", "store": stores[0][1].code})
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


def _elsewhere(
    order: Order, line: OrderLine, pieces: int, stores: Sequence[tuple[float | None, Store]], now: datetime
) -> Iterator[dict[str, Any]]:
    """The nearest other stores that serve customers and can promise a time, each with the way there."""
    near = [(distance, store) for distance, store in stores if _is_near(order.store, store, distance)]
    for distance, store in near[:MOST_STORES]:
        if store.is_paused(now) or not store.in_store:
            continue
        ready_by = promise_for(store, now=now, pieces=pieces, handlings=line.item.handling)
        if ready_by is not None:
            yield {
                "choice": "other_store",
                "store": store.code,
                "name": store.name,
                "distance_km": distance,
                "ready_by": instant_shape(ready_by, store.timezone),
            }


def _stores_with(here: Store, item: Item, pieces: int) -> Sequence[tuple[float | None, Store]]:
    """Other stores that have the pieces free and how many km away, the nearest first; unknown places come last."""
    stores = db.session.scalars(
        select(Store)
        .join(StockLevel, StockLevel.store_id == Store.id)
        .join(Item, Item.id == StockLevel.item_id)
        .where(Store.id != here.id, Item.id == item.id, available_pieces() >= pieces)
    ).all()
    found = [(distance_between(here, store), store) for store in stores]
    return sorted(found, key=lambda pair: (pair[0] is None, pair[0] or 0.0, pair[1].code))


def _is_near(here: Store, there: Store, distance: float | None) -> bool:
    """Whether a customer can be sent there; without coordinates the city has to be the same."""
    if distance is not None:
        return distance <= distance_limits.other_store()
    return here.address.get("city") is not None and all(
        here.address.get(name) == there.address.get(name) for name in ("city", "country")
    )
