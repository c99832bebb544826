"""Carrying goods back: pieces that were picked and are no longer wanted go to the shelf, or turn out otherwise."""

from __future__ import annotations

from datetime import datetime

from omni_pickup.errors import Invalid, WrongState
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.models.picking import FloorTask
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.services.floor_tasks import do_task, open_task
from omni_pickup.services.order_states import record_order, settle_order
from omni_pickup.services.picking.bag_contents import loose_put_backs, take_out
from omni_pickup.services.picking.take_outs import count_taken_out
from omni_pickup.services.stock.stock_deficits import recheck_deficit
from omni_pickup.services.stock.stock_moves import Cause, move_stock

#: What becomes of the figures for one piece.
_EFFECTS: dict[str, dict[str, int]] = {
    "sellable": {"reserved": -1},
    "damaged": {"on_hand": -1, "reserved": -1, "quarantine": 1},
    "missing": {"on_hand": -1, "reserved": -1},
}


def put_back(
    task: FloorTask,
    *,
    sellable: int = 0,
    damaged: int = 0,
    missing: int = 0,
    location: str | None = None,
    by: Actor,
    at: datetime | None = None,
) -> FloorTask:
    """Scan pieces of the task back, sellable to `location`; the rest of the task stays open.

    Damaged pieces go to quarantine, missing ones leave the books and are counted. Pieces that had to leave a bag
    have left it. Raises Invalid for none or a task of another kind, WrongState for more than the task has.
    """
    order, line = _lock(task)
    pieces = {"sellable": sellable, "damaged": damaged, "missing": missing}
    total = sum(pieces.values())
    if min(pieces.values()) < 0 or total < 1:
        raise Invalid.at("/pieces", "At least one piece has to be put back.")
    if task.state != "open" or total > task.quantity - task.done_quantity:
        raise WrongState("Fewer pieces are left to put back.", left=task.quantity - task.done_quantity)
    _leave_bags(line, total - loose_put_backs(line), by=by)
    for outcome, count in pieces.items():
        if count:
            _move(order, line, task, outcome, count, by=by, at=at)
    line.to_put_back -= total
    db.session.flush()
    if missing:
        open_task("count", store_id=task.store_id, item_id=line.item_id, reason="missing_at_put_back", by=by)
    recheck_deficit(task.store_id, line.item_id, by=by)
    do_task(task, pieces=total, by=by)
    told = {"line_id": line.line_id, "location": location, **pieces}
    record_order(order, "order.pieces_put_back", by=by, occurred_at=at, extra={"put_back": told})
    settle_order(order, by=by, occurred_at=at)
    return task


def _lock(task: FloorTask) -> tuple[Order, OrderLine]:
    if task.kind != "put_back" or task.order_id is None:
        raise Invalid.at("/task", "This task is no put-back.")
    order = get_order_by_key(task.order_id)
    db.session.refresh(task, with_for_update={"key_share": True})
    return order, next(line for line in order.lines if line.id == task.order_line_id)


def _leave_bags(line: OrderLine, pieces: int, *, by: Actor) -> None:
    if pieces > 0:
        for bag, count in take_out(line, pieces):
            count_taken_out(bag.id, line.id, count, by=by)


def _move(
    order: Order, line: OrderLine, task: FloorTask, outcome: str, count: int, *, by: Actor, at: datetime | None
) -> None:
    cause = Cause(
        "put_back",
        by,
        reason=outcome,
        reference=task.public_id,
        order_id=order.id,
        order_line_id=line.id,
        occurred_at=at,
    )
    deltas = {figure: delta * count for figure, delta in _EFFECTS[outcome].items()}
    move_stock(order.store_id, line.item_id, cause=cause, **deltas)
