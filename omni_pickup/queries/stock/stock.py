"""Stock levels as people and machines read them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, or_, select
from sqlalchemy.orm import lazyload

from omni_pickup.models.base import db
from omni_pickup.models.items import Item
from omni_pickup.models.stock import StockLevel
from omni_pickup.models.stores import Store

#: Below SQLite's and PostgreSQL's limits for bound values, with room for the rest of a statement.
AT_ONCE = 500


def free_pieces() -> ColumnElement[int]:
    """ATP in SQL, for statements that read StockLevel and know that the item is not recalled."""
    level = StockLevel
    free = level.on_hand - level.reserved - level.display - level.safety_stock - level.learned_safety
    return case((or_(level.blocked, free < 0), 0), else_=free)


def available_pieces() -> ColumnElement[int]:
    """ATP in SQL, for statements that join StockLevel and Item."""
    return case((Item.stop_sale, 0), else_=free_pieces())


def level_shape(level: StockLevel, item: Item) -> dict[str, Any]:
    """The contract's shape of one level, in pieces."""
    return {
        "sku": item.sku,
        "on_hand": level.on_hand,
        "reserved": level.reserved,
        "quarantine": level.quarantine,
        "display": level.display,
        "in_transit": level.in_transit,
        "safety_stock": level.safety_stock,
        "learned_safety": level.learned_safety,
        "deficit": level.deficit,
        "blocked": level.blocked,
        "available": level.available(stop_sale=item.stop_sale),
        "location": level.location,
        "locations": level.locations,
    }


def list_levels(
    store: Store, skus: Collection[str] | None = None, after: str | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """At most `limit` level shapes of a store behind the SKU `after`, sorted by SKU; only those of `skus` if given."""
    statement = (
        select(StockLevel, Item)
        .join(Item, Item.id == StockLevel.item_id)
        .where(StockLevel.store_id == store.id)
        .options(lazyload(Item.gtins))
        .order_by(Item.sku)
        .limit(limit)
    )
    if skus:
        statement = statement.where(Item.sku.in_(skus))
    if after is not None:
        statement = statement.where(Item.sku > after)
    return [level_shape(level, item) for level, item in db.session.execute(statement)]


def stock_level(store_id: int, item_id: int) -> StockLevel | None:
    """The level of one item at one store; None for an item that was never there."""
    return levels_of(store_id, [item_id]).get(item_id)


def levels_of(store_id: int, item_ids: Sequence[int], *, lock: bool = False) -> dict[int, StockLevel]:
    """The levels of some items by item id, read anew; with `lock` their rows are locked in rising item order."""
    found: dict[int, StockLevel] = {}
    wanted = sorted(set(item_ids))
    for start in range(0, len(wanted), AT_ONCE):
        statement = (
            select(StockLevel)
            .where(StockLevel.store_id == store_id, StockLevel.item_id.in_(wanted[start : start + AT_ONCE]))
            .order_by(StockLevel.item_id)
            .execution_options(populate_existing=True)
        )
        statement = statement.with_for_update(key_share=True) if lock else statement
        found |= {level.item_id: level for level in db.session.scalars(statement)}
    return found


def available_of(store_id: int, item_ids: Collection[int]) -> dict[int, int]:
    """ATP by item id at one store; an item without a level has none."""
    rows = db.session.execute(
        select(StockLevel.item_id, available_pieces())
        .join(Item, Item.id == StockLevel.item_id)
        .where(StockLevel.store_id == store_id, StockLevel.item_id.in_(item_ids))
    )
    return dict(rows.all())
