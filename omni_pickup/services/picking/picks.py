"""Picking: pieces of one task go from the shelf into the tote. No stock figure moves, the goods are still here."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from omni_pickup.errors import Invalid, KeyholderNeeded, PaymentVoid, WrongItem, WrongState
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.items import Item, ItemGtin
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.models.picking import PickTask
from omni_pickup.queries.picking.waves import task_shape
from omni_pickup.rules.gtins import parse_scan
from omni_pickup.rules.item_differences import describe_difference
from omni_pickup.rules.sentences import sentence
from omni_pickup.services.floor_tasks import open_task
from omni_pickup.services.order_states import record_order, settle_order
from omni_pickup.services.picking.bag_contents import loose_pieces
from omni_pickup.services.picking.closed_pieces import trim_endangered
from omni_pickup.services.picking.pick_tasks import close_if_empty, lock_task, reopen_task
from omni_pickup.services.stock.stock_deficits import recheck_deficit
from omni_pickup.services.stock.stock_moves import Cause, move_stock


def pick_pieces(
    task: PickTask,
    *,
    pieces: int,
    scanned: str | None = None,
    keyholder: bool = False,
    by: Actor,
    at: datetime | None = None,
) -> PickTask:
    """Note `pieces` as fetched; `scanned` is what the scanner read, `keyholder` that one opened the case.

    Pieces that were cancelled or given up meanwhile are in somebody's hands all the same: they become a put-back.
    Raises WrongItem with the difference in words, KeyholderNeeded, PaymentVoid, Invalid, or WrongState for more
    than was ever asked for; each of them changes nothing.
    """
    order, line = lock_task(task)
    _check_pieces(pieces)
    check_scan(line.item, scanned)
    if "locked" in line.item.handling and not keyholder:
        raise KeyholderNeeded(sentence("%(item)s is locked away: ask the keyholder.", item=line.item.name))
    _check_payment(order, at)
    fetched = min(pieces, task.left)
    late = pieces - fetched
    if late > task.cancelled + task.short - task.late:
        raise WrongState(
            sentence("Only %(left)s of %(item)s are left to pick.", left=task.left, item=line.item.name), left=task.left
        )
    task.picked += fetched
    line.picked += fetched
    trimmed = trim_endangered(line)
    close_if_empty(task)
    db.session.flush()
    if trimmed:
        recheck_deficit(order.store_id, line.item_id, by=by)
    if fetched:
        record_order(order, "order.pieces_picked", by=by, occurred_at=at, extra={"pick": task_shape(task)})
    if late:
        _carry_back(order, line, task, late, by=by, at=at)
    settle_order(order, by=by, occurred_at=at)
    return task


def undo_pick(task: PickTask, *, pieces: int, by: Actor, at: datetime | None = None) -> PickTask:
    """The pieces lie on the shelf again and are still to fetch. Raises WrongState when they are in a bag already."""
    order, line = lock_task(task)
    _check_pieces(pieces)
    if pieces > min(task.picked, loose_pieces(line)):
        raise WrongState("These pieces are in a bag already: take them out first.")
    task.picked -= pieces
    line.picked -= pieces
    reopen_task(task)
    recheck_deficit(order.store_id, line.item_id, by=by)
    record_order(order, "order.pick_undone", by=by, occurred_at=at, extra={"pick": task_shape(task)})
    settle_order(order, by=by, occurred_at=at)
    return task


def check_scan(wanted: Item, scanned: str | None) -> None:
    """Compare what the scanner read with the item; nothing scanned means that a person looked. Raises WrongItem."""
    if scanned is None:
        return
    scan = parse_scan(scanned)
    if scan.kind == "gtin" and any(known.gtin == scan.value for known in wanted.gtins):
        return
    if scanned.strip() == wanted.sku:
        return
    found = _item_behind(scan.kind, scan.value, scanned.strip())
    words = describe_difference(
        wanted_name=wanted.name,
        wanted_attributes=wanted.attributes,
        found_name=None if found is None else found.name,
        found_attributes={} if found is None else found.attributes,
    )
    raise WrongItem(words, wanted=wanted.sku, found=None if found is None else found.sku)


def _item_behind(kind: str, value: str, text: str) -> Item | None:
    if kind == "gtin":
        return db.session.scalars(select(Item).join(ItemGtin).where(ItemGtin.gtin == value)).one_or_none()
    return db.session.scalars(select(Item).where(Item.sku == text)).one_or_none()


def _check_pieces(pieces: int) -> None:
    if pieces < 1:
        raise Invalid.at("/pieces", "At least one piece has to be picked.")


def _check_payment(order: Order, at: datetime | None) -> None:
    """Void stops picking, but what was fetched before the order's last change was fetched."""
    if order.payment_state == "void" and (at is None or at >= order.updated_at):
        raise PaymentVoid


def _carry_back(order: Order, line: OrderLine, task: PickTask, pieces: int, *, by: Actor, at: datetime | None) -> None:
    task.late += pieces
    line.to_put_back += pieces
    cause = Cause("late_pick", by, order_id=order.id, order_line_id=line.id, occurred_at=at)
    move_stock(order.store_id, line.item_id, cause=cause, reserved=pieces)
    recheck_deficit(order.store_id, line.item_id, by=by)
    open_task(
        "put_back",
        store_id=order.store_id,
        reason="picked_too_late",
        by=by,
        quantity=pieces,
        item_id=line.item_id,
        order_id=order.id,
        order_line_id=line.id,
    )
    told = {"line_id": line.line_id, "pieces": pieces}
    record_order(order, "order.picked_too_late", by=by, occurred_at=at, extra={"pick": told})
