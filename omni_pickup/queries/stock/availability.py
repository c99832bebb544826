"""What a storefront asks: how many pieces can be promised where, and by when."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from omni_pickup.errors import Invalid
from omni_pickup.models.base import db
from omni_pickup.models.items import Item
from omni_pickup.models.stock import StockLevel
from omni_pickup.models.stores import Store
from omni_pickup.queries.promises.promises import Need, promises_of
from omni_pickup.queries.shapes import instant_shape
from omni_pickup.queries.stock.items import items_by_sku
from omni_pickup.queries.stock.stock import free_pieces
from omni_pickup.rules.distances import kilometres_between

#: SKUs and stores of one question.
MOST_SKUS = 100
MOST_STORES = 100

Position = tuple[float, float]


def availability(
    skus: Sequence[str],
    stores: Sequence[str] | None = None,
    *,
    near: Position | None = None,
    radius_km: float | None = None,
    quantity: int = 1,
    now: datetime,
    within: Collection[int] | None = None,
) -> dict[str, Any]:
    """The contract's answer for each SKU at each store named, or at each store around `near`, nearest first.

    `ready_by` is empty where fewer than `quantity` pieces are available, the store is paused (nothing is
    available then) or does not open. `within` are the stores (ids) that the caller may see. Raises Invalid.
    """
    items = _items(skus)
    found = _around(near, radius_km, within) if stores is None else _named(stores, near, within)
    open_ = [store for store, _ in found if not store.is_paused(now)]
    free = _free(items, [store.id for store in open_])
    told = _promises(items, open_, free, quantity, now)
    places = [(store.id, store.code, distance) for store, distance in found]
    return {"items": [_answer(item, places, free[item.id], told[_need(item, quantity)], quantity) for item in items]}


def _promises(
    items: Sequence[Item], stores: Sequence[Store], free: Mapping[int, Mapping[int, int]], quantity: int, now: datetime
) -> dict[Need, dict[int, str | None]]:
    """By when each need could be ready, by store."""
    enough = {store_id for pieces in free.values() for store_id, count in pieces.items() if count >= quantity}
    # Hours are the costly part, so a store that has nothing of anything is not asked for a promise.
    able = [store for store in stores if store.id in enough]
    told: dict[Need, dict[int, str | None]] = {_need(item, quantity): {} for item in items}
    ready = promises_of(able, told.keys(), now=now) if able else {}
    zones = {store.id: store.timezone for store in able}
    for (store_id, need), at in ready.items():
        told[need][store_id] = instant_shape(at, zones[store_id])
    return told


def _need(item: Item, quantity: int) -> Need:
    return Need(quantity, frozenset(item.handling))


def _answer(
    item: Item,
    places: Sequence[tuple[int, str, float | None]],
    free: Mapping[int, int],
    told: Mapping[int, str | None],
    quantity: int,
) -> dict[str, Any]:
    """One item at every store: 10,000 entries in all, hence plain values and no call for each."""
    return {
        "sku": item.sku,
        "stores": [
            {
                "store": code,
                "available": (pieces := free.get(store_id, 0)),
                "ready_by": told.get(store_id) if pieces >= quantity else None,
                "distance_km": distance,
            }
            for store_id, code, distance in places
        ],
    }


def _items(skus: Sequence[str]) -> list[Item]:
    wanted = list(dict.fromkeys(skus))
    if not 1 <= len(wanted) <= MOST_SKUS:
        raise Invalid.at("/sku", f"Ask for 1 to {MOST_SKUS} SKUs.")
    found = items_by_sku(wanted)
    unknown = [
        {"pointer": f"/sku/{index}", "message": f"There is no item {sku}."}
        for index, sku in enumerate(skus)
        if sku not in found
    ]
    if unknown:
        raise Invalid(unknown[0]["message"], errors=unknown)
    return [found[sku] for sku in wanted]


def _named(
    codes: Sequence[str], near: Position | None, within: Collection[int] | None
) -> list[tuple[Store, float | None]]:
    wanted = list(dict.fromkeys(codes))
    if not 1 <= len(wanted) <= MOST_STORES:
        raise Invalid.at("/store", f"Ask for 1 to {MOST_STORES} stores.")
    found = {
        store.code: store
        for store in db.session.scalars(select(Store).where(Store.code.in_(wanted)))
        if within is None or store.id in within
    }
    unknown = [
        {"pointer": f"/store/{index}", "message": f"There is no store {code}."}
        for index, code in enumerate(codes)
        if code not in found
    ]
    if unknown:
        raise Invalid(unknown[0]["message"], errors=unknown)
    return [(found[code], _distance(found[code], near)) for code in wanted]


def _around(
    near: Position | None, radius_km: float | None, within: Collection[int] | None
) -> list[tuple[Store, float | None]]:
    """The nearest 100 stores around a place; without a place, the first 100 by code."""
    if near is None and radius_km is not None:
        raise Invalid.at("/near", "A radius needs a place.")
    statement = select(Store).order_by(Store.code)
    if within is not None:
        statement = statement.where(Store.id.in_(within))
    pairs = [(store, _distance(store, near)) for store in db.session.scalars(statement)]
    if near is not None:
        limit = float("inf") if radius_km is None else radius_km
        placed = [(store, distance) for store, distance in pairs if distance is not None and distance <= limit]
        pairs = sorted(placed, key=lambda pair: (pair[1] or 0.0, pair[0].code))
    return pairs[:MOST_STORES]


def _distance(store: Store, near: Position | None) -> float | None:
    if near is None or store.latitude is None or store.longitude is None:
        return None
    return round(kilometres_between(near, (store.latitude, store.longitude)), 1)


def _free(items: Sequence[Item], store_ids: Collection[int]) -> dict[int, dict[int, int]]:
    """ATP by item and store, where there is any."""
    free: dict[int, dict[int, int]] = {item.id: {} for item in items}
    sold = [item.id for item in items if not item.stop_sale]
    statement = select(StockLevel.item_id, StockLevel.store_id, free_pieces()).where(
        StockLevel.store_id.in_(store_ids), StockLevel.item_id.in_(sold)
    )
    for item_id, store_id, pieces in db.session.connection().execute(statement).all():
        free[item_id][store_id] = pieces
    return free
