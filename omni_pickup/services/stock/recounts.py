"""Second opinions: which counts wait for one, who may give it, and the rule that the owner sets."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from omni_pickup import clock
from omni_pickup.errors import Conflict, Invalid
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.events import Event
from omni_pickup.models.orders import OrderLine
from omni_pickup.models.stock import StockCount, StockLevel
from omni_pickup.models.stores import Setting, Store
from omni_pickup.queries.stores.staff import sessions_of_store
from omni_pickup.rules.counts import SEEN_WITHIN, CountRule, count_rule
from omni_pickup.rules.money import from_minor
from omni_pickup.rules.sentences import sentence
from omni_pickup.services import events
from omni_pickup.services.floor_tasks import open_task, release_task
from omni_pickup.services.meanings import MOST_PIECES

#: The row of `settings` with the owner's rule.
COUNT_SETTING = "stock_counts"
#: What takes pieces off the shelf or puts them there; who counted only the shelf before it saw another shelf.
_MOVES_THE_SHELF = (
    "order.pieces_picked",
    "order.pick_undone",
    "order.picked_too_late",
    "order.pieces_put_back",
    "order.handed_over",
    "order.handoff_undone",
)


def current_rule() -> CountRule:
    """The rule in force."""
    setting = db.session.get(Setting, COUNT_SETTING)
    return count_rule(None if setting is None else setting.value)


def set_count_rule(
    *, recount_above: int, recount_above_value: int | None, another_person: bool, by: Actor
) -> CountRule:
    """Change the rule for all stores: pieces, and whole units of the prices' currency or None. Raises Invalid."""
    if not 0 <= recount_above <= MOST_PIECES:
        raise Invalid.at("/recount_above", sentence("A number of pieces from 0 to %(most)s.", most=MOST_PIECES))
    if recount_above_value is not None and not 0 <= recount_above_value <= MOST_PIECES:
        raise Invalid.at("/recount_above_value", sentence("A sum of money from 0 to %(most)s.", most=MOST_PIECES))
    value = {
        "recount_above": recount_above,
        "recount_above_value": recount_above_value,
        "another_person": another_person,
    }
    setting = db.session.get(Setting, COUNT_SETTING)
    if setting is None:
        db.session.add(Setting(name=COUNT_SETTING, value=value, updated_at=clock.now()))
    else:
        setting.value, setting.updated_at = value, clock.now()
    db.session.flush()
    events.record("stock.count_rule_changed", by=by, data=value)
    return current_rule()


def needs_recount(count: StockCount, *, by: Actor) -> bool:
    """Only a person's count is doubted, and not when a manager stood beside it."""
    priced = count.value_minor is not None and count.currency is not None
    value = from_minor(count.value_minor or 0, count.currency or "").amount if priced else None
    doubted = by.kind == "staff" and by.approver_id is None
    return doubted and current_rule().is_far_off(count.variance, value)


def shelf_was_touched(store_id: int, item_id: int, *, since: datetime) -> bool:
    """Whether somebody fetched, gave or put back pieces of the item after a count of the shelf alone."""
    of_item = select(OrderLine.order_id).where(OrderLine.item_id == item_id)
    touched = exists().where(
        Event.store_id == store_id,
        Event.type.in_(_MOVES_THE_SHELF),
        Event.occurred_at > since,
        Event.order_id.in_(of_item),
    )
    return bool(db.session.scalar(select(touched)))


def pending_count(store_id: int, item_id: int, counted_at: datetime | None) -> StockCount | None:
    """The latest count that waits for a second opinion; one that was made before an accepted count is history."""
    recount = aliased(StockCount)
    statement = select(StockCount).where(
        StockCount.store_id == store_id,
        StockCount.item_id == item_id,
        ~StockCount.accepted,
        ~exists().where(recount.recount_of_id == StockCount.id),
    )
    if counted_at is not None:
        statement = statement.where(StockCount.counted_at > counted_at)
    return db.session.scalars(statement.order_by(StockCount.id.desc()).limit(1)).one_or_none()


def check_counter(pending: StockCount, store: Store, *, by: Actor) -> None:
    """A second opinion comes from somebody else, as long as there is somebody. Raises Conflict."""
    same = by.approver_id is None and pending.staff_id is not None and pending.staff_id == by.staff_id
    if same and current_rule().another_person and _others_are_there(store, by):
        raise Conflict("Somebody else has to count this again.", rule="recount_by_another_person")


def ask_for_recount(store_id: int, item_id: int, *, by: Actor) -> None:
    """A task that anybody can take; the one that led to the doubted count becomes it."""
    task = open_task("count", store_id=store_id, item_id=item_id, reason="recount", by=by)
    task.reason = "recount"
    release_task(task, by=by)


def counted_at_of(store_id: int, item_id: int) -> datetime | None:
    """When the item was last really counted."""
    return db.session.scalar(
        select(StockLevel.counted_at).where(StockLevel.store_id == store_id, StockLevel.item_id == item_id)
    )


def _others_are_there(store: Store, by: Actor) -> bool:
    """Whether anybody else has worked at a screen of this store in the last hour."""
    lately = clock.now() - SEEN_WITHIN
    return any(
        session.staff_id != by.staff_id and session.last_seen_at > lately for session in sessions_of_store(store)
    )
