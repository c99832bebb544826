"""Other stores that can fill everything a customer wants."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select

from omni_pickup.models.base import db
from omni_pickup.models.items import Item
from omni_pickup.models.stock import StockLevel
from omni_pickup.models.stores import Store
from omni_pickup.queries.promises.promises import Need, promises_of
from omni_pickup.queries.shapes import instant_shape
from omni_pickup.queries.stock.stock import available_pieces
from omni_pickup.rules.distances import kilometres_between

MOST_ALTERNATIVES = 5


def alternatives(
    store: Store,
    wanted: Mapping[int, int],
    *,
    now: datetime,
    pickup_method: str | None = None,
    within: Collection[int] | None = None,
) -> list[dict[str, Any]]:
    """At most 5 stores that can fill all of `wanted` (pieces by item id), nearest first at any distance.

    Stores that are paused, promise nothing or do not offer the pickup method are left out; so are those outside
    `within` when it is given. A store whose place is unknown comes last.
    """
    able = [
        (distance_between(store, other), other)
        for other in _filling_stores(store, wanted, within)
        if not other.is_paused(now) and (pickup_method is None or getattr(other, pickup_method))
    ]
    able.sort(key=lambda pair: (pair[0] is None, pair[0] or 0.0, pair[1].code))
    need = Need(sum(wanted.values()), handlings_of(wanted)) if able else Need()
    found: list[dict[str, Any]] = []
    # A few at a time, because a chain has many stores and the nearest ones nearly always promise something.
    for start in range(0, len(able), MOST_ALTERNATIVES):
        some = able[start : start + MOST_ALTERNATIVES]
        promises = promises_of([other for _, other in some], [need], now=now)
        found += [
            {"store": other.code, "distance_km": distance, "ready_by": instant_shape(ready, other.timezone)}
            for distance, other in some
            if (ready := promises[other.id, need]) is not None
        ]
        if len(found) >= MOST_ALTERNATIVES:
            break
    return found[:MOST_ALTERNATIVES]


def handlings_of(item_ids: Collection[int]) -> frozenset[str]:
    """How any of these items has to be handled."""
    rows = db.session.scalars(select(Item.handling).where(Item.id.in_(item_ids)))
    return frozenset(handling for handlings in rows for handling in handlings)


def distance_between(store: Store, other: Store) -> float | None:
    """Kilometres in the air between two stores, to 100 m; None when one's place is unknown."""
    if store.latitude is None or store.longitude is None or other.latitude is None or other.longitude is None:
        return None
    return round(kilometres_between((store.latitude, store.longitude), (other.latitude, other.longitude)), 1)


def _filling_stores(store: Store, wanted: Mapping[int, int], within: Collection[int] | None) -> list[Store]:
    enough = or_(
        *(and_(StockLevel.item_id == item_id, available_pieces() >= pieces) for item_id, pieces in wanted.items())
    )
    filling = (
        select(StockLevel.store_id)
        .join(Item, Item.id == StockLevel.item_id)
        .where(StockLevel.item_id.in_(wanted), enough, StockLevel.store_id != store.id)
        .group_by(StockLevel.store_id)
        .having(func.count() == len(wanted))
    )
    statement = select(Store).where(Store.id.in_(filling))
    if within is not None:
        statement = statement.where(Store.id.in_(within))
    return list(db.session.scalars(statement))
