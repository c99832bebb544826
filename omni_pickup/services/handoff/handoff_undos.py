"""Taking a handoff back: wrong person, wrong bag, too early. Only while nothing was built upon it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select

from omni_pickup import clock, time_limits
from omni_pickup.errors import NotFound, TooLate, WrongState
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.models.packages import Handoff, HandoffLine, Package
from omni_pickup.models.picking import FloorTask
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.queries.returns.returns import has_return
from omni_pickup.rules.sentences import sentence
from omni_pickup.services.customers.check_ins import resume_check_ins
from omni_pickup.services.customers.unsent_messages import drop_unsent
from omni_pickup.services.floor_tasks import cancel_task
from omni_pickup.services.handoff.handoff_bags import refill, stand_again
from omni_pickup.services.handoff.handoffs import handoff_shape
from omni_pickup.services.order_states import record_order, settle_order
from omni_pickup.services.orders.refunds_due import is_being_refunded, withdraw_refund
from omni_pickup.services.stock.stock_moves import Cause, move_stock
from omni_pickup.services.stock.till_sales import restore_settled


def get_handoff(public_id: str, store_id: int) -> Handoff:
    """Raises NotFound."""
    handoff = db.session.scalars(
        select(Handoff).where(Handoff.public_id == public_id, Handoff.store_id == store_id)
    ).one_or_none()
    if handoff is None:
        raise NotFound("There is no such handoff here.")
    return handoff


def undo_handoff(handoff: Handoff, *, by: Actor, at: datetime | None = None) -> Order:
    """The goods are back at their place: on hand and reserved rise by what was given. Twice is once.

    Refused pieces wait in their bag again, and no refund is due for them, unless somebody has begun to put them back
    or the channel to pay for them. Raises TooLate, or WrongState when a return names the order, another handoff
    followed, the order was closed by something else since, or nothing is left that could be taken back.
    """
    order = get_order_by_key(handoff.order_id)
    db.session.refresh(handoff, with_for_update={"key_share": True})
    if handoff.undone_at is not None:
        return order
    _check(order, handoff)
    lines = {line.id: line for line in order.lines}
    bags: dict[int, Package] = {}
    wanted_again: list[tuple[OrderLine, int]] = []
    for row in sorted(handoff.lines, key=lambda row: (lines[row.order_line_id].item_id, row.id)):
        line = lines[row.order_line_id]
        refused = _take_back_refused(order, handoff, row, line, by=by)
        wanted_again.append((line, refused))
        _restore(order, handoff, row, line, by=by, at=at)
        if row.package_id is not None:
            bag = bags.setdefault(row.package_id, db.session.get_one(Package, row.package_id))
            refill(bag, line, row, refused=refused)
    if handoff.result == "refused" and not any(pieces for _, pieces in wanted_again):
        raise WrongState("What was refused is being put back or paid back already.")
    for bag in bags.values():
        stand_again(bag)
    withdraw_refund(order, wanted_again, asked_less=handoff.asked_less_minor, by=by, at=at)
    handoff.undone_at = clock.now()
    db.session.flush()
    resume_check_ins(order, handoff.at)
    for message in ("collected", "cancelled"):
        drop_unsent(order.id, message)
    record_order(order, "order.handoff_undone", by=by, occurred_at=at, extra={"handoff": handoff_shape(order, handoff)})
    settle_order(order, by=by, occurred_at=at)
    return order


def ended_since(order: Order, handoff: Handoff) -> bool:
    """Whether the order was cancelled or expired by something else than this handoff, at which all was refused."""
    return order.state == "expired" or (order.state == "cancelled" and order.cancelled_at != handoff.at)


def _check(order: Order, handoff: Handoff) -> None:
    if handoff.result == "nobody_came":
        raise WrongState("Nothing was handed over.")
    if ended_since(order, handoff):
        raise WrongState(
            sentence("Order %(number)s ended as %(state)s since.", number=order.number, state=order.state),
            state=order.state,
        )
    if clock.now() > handoff.recorded_at + time_limits.undo():
        raise TooLate
    if has_return(order.id):
        raise WrongState(sentence("A return names order %(number)s already.", number=order.number))
    newer = exists().where(
        Handoff.order_id == order.id,
        Handoff.id > handoff.id,
        Handoff.undone_at.is_(None),
        Handoff.result != "nobody_came",
    )
    if db.session.scalar(select(newer)):
        raise WrongState("More was handed over since: undo that first.")


def _take_back_refused(order: Order, handoff: Handoff, row: HandoffLine, line: OrderLine, *, by: Actor) -> int:
    """Pieces whose way back to the shelf has not begun are wanted again; returns how many."""
    if not row.refused or is_being_refunded(order, line, row.refused):
        return 0
    task = db.session.scalars(
        select(FloorTask)
        .where(
            FloorTask.order_line_id == line.id,
            FloorTask.kind == "put_back",
            FloorTask.reason == "refused",
            FloorTask.state == "open",
            FloorTask.done_quantity == 0,
            FloorTask.quantity == row.refused,
            FloorTask.opened_at >= handoff.recorded_at,
        )
        .order_by(FloorTask.id)
        .limit(1)
    ).first()
    if task is None:
        return 0
    cancel_task(task, by=by)
    line.cancelled, line.to_put_back = line.cancelled - row.refused, line.to_put_back - row.refused
    line.open, line.picked = line.open + row.refused, line.picked + row.refused
    return row.refused


def _restore(
    order: Order, handoff: Handoff, row: HandoffLine, line: OrderLine, *, by: Actor, at: datetime | None
) -> None:
    """Refused pieces never left the books: reserved covers open pieces and pieces to put back alike."""
    restore_settled(line, row.settled_by_till)
    back = row.collected - row.settled_by_till
    if back:
        cause = Cause(
            "handoff_undone",
            by,
            reference=handoff.public_id,
            order_id=order.id,
            order_line_id=line.id,
            occurred_at=at,
        )
        move_stock(order.store_id, line.item_id, cause=cause, on_hand=back, reserved=back)
    line.collected -= row.collected
    line.open, line.picked = line.open + row.collected, line.picked + row.collected
