"""Short picks: fewer found than asked, always with a reason, each reason with its effect on line and books."""

from __future__ import annotations

from datetime import datetime, timedelta

from omni_pickup import clock, keys
from omni_pickup.errors import Invalid, WrongState
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.models.picking import PickTask, ShortPick, ShortPickReason
from omni_pickup.queries.picking.waves import task_shape
from omni_pickup.rules.problems import RuleProblem
from omni_pickup.rules.sentences import sentence
from omni_pickup.rules.short_picks import ShortPickEffect, effect_like
from omni_pickup.services.floor_tasks import open_task
from omni_pickup.services.order_states import record_order, settle_order
from omni_pickup.services.picking.closed_pieces import forget_till_sales, trim_endangered
from omni_pickup.services.picking.pick_tasks import close_if_empty, lock_task, requeue_task
from omni_pickup.services.picking.questions import open_question
from omni_pickup.services.promises.promise_checks import check_promise
from omni_pickup.services.stock.learned_safety import learn_from_short
from omni_pickup.services.stock.stock_blocks import block_item, flag_others
from omni_pickup.services.stock.stock_deficits import recheck_deficit
from omni_pickup.services.stock.stock_moves import Cause, move_stock

#: A piece put off is not in the very next walk; somebody has to bring the ladder first.
PICK_LATER = timedelta(minutes=15)


def short_pick(task: PickTask, *, pieces: int, reason: str, by: Actor, at: datetime | None = None) -> ShortPick | None:
    """Note that `pieces` of the task could not be fetched; the customer is asked at once what to do.

    None when nothing became short: the pieces were put off (`pick_later`), or had been cancelled meanwhile, which
    still tells that the shelf is wrong. Raises Invalid for an unknown reason, WrongState for more than is left.
    """
    order, line = lock_task(task)
    acts_as, effect = effect_of(reason)
    if pieces < 1:
        raise Invalid.at("/pieces", "At least one piece has to be missing.")
    if pieces > task.left + task.cancelled:
        raise WrongState(
            sentence("Only %(left)s of %(item)s are left to pick.", left=task.left, item=line.item.name), left=task.left
        )
    missing = min(pieces, task.left)
    if missing and not effect.returns_to_queue:
        forget_till_sales(order, line, missing, by=by)
    if effect.returns_to_queue:
        _put_off(order, task, by=by, at=at)
        return None
    short = None if missing == 0 else _make_short(order, line, task, missing, reason, acts_as, effect, by=by, at=at)
    _tell_others(order, line, effect, reason, by=by)
    recheck_deficit(order.store_id, line.item_id, by=by)
    if short is not None:
        learn_from_short(short, by=by)
        open_question(order, line, pieces=missing, reason=reason, short_pick_id=short.id, by=by, at=at)
    settle_order(order, by=by, occurred_at=at)
    return short


def effect_of(reason: str) -> tuple[str, ShortPickEffect]:
    """The built-in reason behind a reason, and what it does. Raises Invalid for one that nobody may choose."""
    own = db.session.get(ShortPickReason, reason)
    if own is not None and not own.active:
        raise Invalid.at("/reason", sentence("The reason %(reason)s is not in use any more.", reason=reason))
    acts_as = reason if own is None else own.acts_as
    try:
        return acts_as, effect_like(acts_as)
    except RuleProblem as problem:
        raise Invalid.at("/reason", problem.message) from problem


def _make_short(
    order: Order,
    line: OrderLine,
    task: PickTask,
    pieces: int,
    reason: str,
    acts_as: str,
    effect: ShortPickEffect,
    *,
    by: Actor,
    at: datetime | None,
) -> ShortPick:
    now = clock.now()
    short = ShortPick(
        public_id=keys.new_id("shp"),
        store_id=order.store_id,
        order_id=order.id,
        order_line_id=line.id,
        pick_task_id=task.id,
        item_id=line.item_id,
        pieces=pieces,
        reason=reason,
        acts_as=acts_as,
        at=at or now,
        recorded_at=now,
        **by.columns(),
    )
    move_stock(
        order.store_id,
        line.item_id,
        cause=Cause(
            "short_pick",
            by,
            reason=reason,
            reference=short.public_id,
            order_id=order.id,
            order_line_id=line.id,
            occurred_at=at,
        ),
        **effect.stock_deltas(pieces),
    )
    line.open, line.short = line.open - pieces, line.short + pieces
    task.short += pieces
    trim_endangered(line)
    close_if_empty(task)
    db.session.add(short)
    db.session.flush()
    told = {"id": short.public_id, "line_id": line.line_id, "pieces": pieces, "reason": reason}
    record_order(order, "order.short_picked", by=by, occurred_at=at, extra={"short_pick": told})
    return short


def _tell_others(order: Order, line: OrderLine, effect: ShortPickEffect, reason: str, *, by: Actor) -> None:
    """What is wrong on the shelf concerns more than this order."""
    if effect.blocks_item:
        block_item(order.store_id, line.item_id, by=by)
    if effect.opens_count:
        open_task("count", store_id=order.store_id, item_id=line.item_id, reason=reason, by=by)
    if effect.flags_others:
        flag_others(order.store_id, line.item_id, but=order, by=by)


def _put_off(order: Order, task: PickTask, *, by: Actor, at: datetime | None) -> None:
    requeue_task(task, not_before=clock.now() + PICK_LATER)
    db.session.flush()
    record_order(order, "order.pick_put_off", by=by, occurred_at=at, extra={"pick": task_shape(task)})
    check_promise(order, by=by)
    settle_order(order, by=by, occurred_at=at)
