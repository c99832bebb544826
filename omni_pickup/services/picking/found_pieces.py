"""Pieces that turned up: those that a picker could not find, and those that the books never knew."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from omni_pickup import clock
from omni_pickup.errors import Invalid
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.items import Item
from omni_pickup.models.stock import StockLevel
from omni_pickup.models.stores import Store
from omni_pickup.rules.sentences import sentence
from omni_pickup.services import events
from omni_pickup.services.meanings import MOST_PIECES
from omni_pickup.services.picking.short_pick_ends import found_it, outstanding_shorts
from omni_pickup.services.stock.stock_deficits import recheck_deficit
from omni_pickup.services.stock.stock_levels import record_levels
from omni_pickup.services.stock.stock_moves import Cause, lock_level, move_stock

_LONGEST = 64


def report_found(
    store: Store, item: Item, pieces: int, *, location: str | None, by: Actor, at: datetime | None = None
) -> int:
    """Report pieces that lie somewhere; returns how many of them went back to orders that had given them up.

    Pieces that a picker did not find and nobody counted since never left on hand, so they only end that search;
    the others are new to the books and raise on hand. Raises Invalid.
    """
    if not 1 <= pieces <= MOST_PIECES:
        raise Invalid.at("/pieces", sentence("Between 1 and %(most)s pieces can be found at once.", most=MOST_PIECES))
    if location is not None and not 0 < len(location.strip()) <= _LONGEST:
        raise Invalid.at("/location", sentence("A location has 1 to %(most)s signs.", most=_LONGEST))
    missing = sum(short.pieces - short.found_pieces for short in outstanding_shorts(store.id, item.id))
    sought = min(pieces, missing)
    back = found_it(store, item, pieces=sought, by=by, at=at) if sought else 0
    if pieces > sought:
        cause = Cause("found", by, reason=location, occurred_at=at)
        move_stock(store.id, item.id, cause=cause, on_hand=pieces - sought)
        recheck_deficit(store.id, item.id, by=by)
    if location is not None:
        _keep_location(store, item, location.strip())
    data = {"store": store.code, "sku": item.sku, "pieces": pieces, "location": location, "back_to_orders": back}
    events.record("stock.pieces_found", by=by, data=data, store_id=store.id, occurred_at=at)
    record_levels(store, [item], by=by)
    return back


def _keep_location(store: Store, item: Item, location: str) -> None:
    """Where pieces were found is a place to look at next time, behind the usual one."""
    lock_level(store.id, item.id)
    where = (StockLevel.store_id == store.id, StockLevel.item_id == item.id)
    level = db.session.execute(select(StockLevel.location, StockLevel.locations).where(*where)).one()
    if location in (level.location, *level.locations):
        return
    changes: dict[str, Any] = {"locations": [*level.locations, location]}
    if level.location is None:
        changes = {"location": location}
    db.session.execute(
        update(StockLevel)
        .where(*where)
        .values(**changes, version=StockLevel.version + 1, updated_at=clock.now())
        .execution_options(synchronize_session=False)
    )
