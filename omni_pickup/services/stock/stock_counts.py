"""Blind counts: what a person saw on the shelf decides, whatever is reserved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from omni_pickup import clock
from omni_pickup.errors import Invalid
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.models.picking import FloorTask
from omni_pickup.models.stock import StockCount, StockLevel
from omni_pickup.models.stores import Store
from omni_pickup.queries.shapes import money_shape
from omni_pickup.rules.sentences import sentence
from omni_pickup.services import events
from omni_pickup.services.meanings import MOST_PIECES
from omni_pickup.services.stock.learned_safety import trust_after_count
from omni_pickup.services.stock.recounts import (
    ask_for_recount,
    check_counter,
    counted_at_of,
    needs_recount,
    pending_count,
    shelf_was_touched,
)
from omni_pickup.services.stock.stock_blocks import lift_block
from omni_pickup.services.stock.stock_deficits import recheck_deficit
from omni_pickup.services.stock.stock_levels import close_count_tasks, moved_since, record_levels
from omni_pickup.services.stock.stock_moves import Cause, lock_level, move_stock


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a count says, and what the books held at its moment and hold now."""

    counted: int
    expected: int
    on_hand: int
    since: int
    at: datetime

    @property
    def variance(self) -> int:
        return self.counted - self.expected


def record_count(
    store: Store,
    item: Item,
    counted: int,
    *,
    task: FloorTask | None = None,
    shelf_only: bool = False,
    by: Actor,
    at: datetime | None = None,
) -> StockCount:
    """Record what somebody counted at `at`, in pieces, and set on hand by it; later movements stay on top.

    On hand includes fetched and staged pieces. Who counted only the shelf says `shelf_only`, and the pieces that
    orders hold off the shelf are added. A count is never refused because of reservations.

    One that is further off than the owner's rule allows is kept unaccepted until somebody else has counted too, or
    a manager approved it; that second count is believed. A count of the shelf alone that is told after pieces were
    taken off it waits for another one, too. A count older than an accepted one changes nothing. Raises Invalid, and
    Conflict when the same person counts again although somebody else is there.
    """
    seen = _look(store, item, counted, shelf_only=shelf_only, at=at or clock.now())
    counted_at = counted_at_of(store.id, item.id)
    pending = pending_count(store.id, item.id, counted_at)
    if pending is not None:
        check_counter(pending, store, by=by)
    count = _count_row(store, item, seen, task=task, pending=pending, by=by)
    if counted_at is not None and counted_at > seen.at:
        count.accepted = False
        _record(count, store, item, "stock.count_superseded", by)
    elif _is_doubtful(count, pending, shelf_only=shelf_only, by=by):
        count.accepted = False
        ask_for_recount(store.id, item.id, by=by)
        _record(count, store, item, "stock.recount_asked", by)
    else:
        _apply(count, store, item, seen, by=by)
    db.session.flush()
    return count


def _is_doubtful(count: StockCount, pending: StockCount | None, *, shelf_only: bool, by: Actor) -> bool:
    if shelf_only and shelf_was_touched(count.store_id, count.item_id, since=count.counted_at):
        return True
    return pending is None and needs_recount(count, by=by)


def _look(store: Store, item: Item, counted: int, *, shelf_only: bool, at: datetime) -> _Seen:
    if not 0 <= counted <= MOST_PIECES:
        raise Invalid.at("/counted", sentence("A count is a whole number from 0 to %(most)s.", most=MOST_PIECES))
    if at > clock.now():
        raise Invalid.at("/counted_at", "Nobody can have counted in the future.")
    on_hand = lock_level(store.id, item.id)["on_hand"]
    since = moved_since(store.id, item.id, at)
    total = counted + (_off_the_shelf(store.id, item.id) if shelf_only else 0)
    return _Seen(counted=total, expected=max(0, on_hand - since), on_hand=on_hand, since=since, at=at)


def _apply(count: StockCount, store: Store, item: Item, seen: _Seen, *, by: Actor) -> None:
    difference = max(0, seen.counted + seen.since) - seen.on_hand
    if difference:
        cause = Cause("count", by, occurred_at=seen.at)
        move_stock(store.id, item.id, cause=cause, asked=seen.variance, on_hand=difference)
    missed_since = _was_missed_since(store.id, item.id, seen.at)
    if not missed_since:
        lift_block(store.id, item.id, by=by)
    db.session.execute(
        update(StockLevel)
        .where(StockLevel.store_id == store.id, StockLevel.item_id == item.id)
        .values(counted_at=seen.at, stated_at=seen.at, version=StockLevel.version + 1, updated_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    _record(count, store, item, "stock.counted", by)
    # A deficit that a count has just confirmed needs decisions, not another count: the tasks are closed last.
    recheck_deficit(store.id, item.id, by=by)
    if not missed_since:
        close_count_tasks(store.id, item.id, by)
    if by.kind == "staff":
        trust_after_count(store.id, item.id, variance=seen.variance, by=by)
    if difference:
        record_levels(store, [item], by=by)


def _was_missed_since(store_id: int, item_id: int, at: datetime) -> bool:
    """Whether a picker could not find the item after the count, which says nothing about that."""
    level = StockLevel
    blocked_at = db.session.scalar(select(level.blocked_at).where(level.store_id == store_id, level.item_id == item_id))
    return blocked_at is not None and blocked_at > at


def _count_row(
    store: Store, item: Item, seen: _Seen, *, task: FloorTask | None, pending: StockCount | None, by: Actor
) -> StockCount:
    count = StockCount(
        store_id=store.id,
        item_id=item.id,
        task_id=None if task is None else task.id,
        recount_of_id=None if pending is None else pending.id,
        counted=seen.counted,
        expected=seen.expected,
        variance=seen.variance,
        value_minor=None if item.price_minor is None else seen.variance * item.price_minor,
        currency=item.currency if item.price_minor is not None else None,
        accepted=True,
        counted_at=seen.at,
        recorded_at=clock.now(),
        **by.columns(),
    )
    db.session.add(count)
    db.session.flush()
    return count


def _off_the_shelf(store_id: int, item_id: int) -> int:
    """Pieces that stand in totes and bags, or wait to be put back."""
    pieces = db.session.scalar(
        select(func.coalesce(func.sum(OrderLine.picked + OrderLine.to_put_back), 0))
        .join(Order, Order.id == OrderLine.order_id)
        .where(Order.store_id == store_id, OrderLine.item_id == item_id)
    )
    return int(pieces or 0)


def _record(count: StockCount, store: Store, item: Item, type_: str, by: Actor) -> None:
    data: dict[str, Any] = {
        "store": store.code,
        "count": {
            "sku": item.sku,
            "counted": count.counted,
            "expected": count.expected,
            "variance": count.variance,
            "value": money_shape(count.value_minor, count.currency),
            "accepted": count.accepted,
            "recount": count.recount_of_id is not None,
        },
    }
    events.record(type_, by=by, data=data, store_id=store.id, occurred_at=count.counted_at)
