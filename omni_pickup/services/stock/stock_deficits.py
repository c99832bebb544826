"""When more is promised than is really there: which orders are endangered, and somebody to count."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from omni_pickup import clock
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.models.stock import StockLevel
from omni_pickup.services.floor_tasks import open_task
from omni_pickup.services.order_states import record_order


def recheck_deficit(store_id: int, item_id: int, *, by: Actor) -> int:
    """Flag the unpicked pieces with the latest promise, up to the deficit; unflag what is covered again.

    Call it after every movement that may have changed on hand or reserved from outside an order. A deficit opens
    a count task. Returns the deficit in pieces.
    """
    db.session.flush()
    level = StockLevel
    found = db.session.execute(
        select(level.deficit, level.blocked).where(level.store_id == store_id, level.item_id == item_id)
    ).one_or_none()
    deficit, blocked = (0, False) if found is None else (found.deficit, found.blocked)
    left = deficit
    for line in _candidates(store_id, item_id, unpicked_too=deficit > 0):
        endangered = min(left, line.open - line.picked)
        left -= endangered
        # While nobody could find the item, its unfetched pieces stay flagged whatever the figures say.
        _flag(line, max(endangered, min(line.endangered, line.open - line.picked)) if blocked else endangered, by)
    if deficit:
        open_task("count", store_id=store_id, item_id=item_id, reason="deficit", by=by)
    return deficit


def recheck_endangered(store_id: int, item_ids: Collection[int], *, by: Actor) -> None:
    """Look again at items with orders in danger: others let go of pieces, or a promise moved behind another one."""
    db.session.flush()
    in_danger = (
        select(OrderLine.item_id)
        .join(Order)
        .where(Order.store_id == store_id, OrderLine.item_id.in_(item_ids), OrderLine.endangered > 0)
        .distinct()
    )
    for item_id in sorted(db.session.scalars(in_danger)):
        recheck_deficit(store_id, item_id, by=by)


def _candidates(store_id: int, item_id: int, *, unpicked_too: bool) -> list[OrderLine]:
    """Lines that are flagged or may be, those with the latest promise first."""
    unpicked = OrderLine.open > OrderLine.picked
    concerned = (OrderLine.endangered > 0) | unpicked if unpicked_too else OrderLine.endangered > 0
    return list(
        db.session.scalars(
            select(OrderLine)
            .join(Order)
            .where(Order.store_id == store_id, OrderLine.item_id == item_id, concerned)
            .order_by(Order.promised_at.desc(), OrderLine.id.desc())
        )
    )


def _flag(line: OrderLine, endangered: int, by: Actor) -> None:
    if line.endangered == endangered:
        return
    type_ = "order.endangered" if endangered else "order.secured"
    line.endangered = endangered
    line.order.updated_at = clock.now()
    record_order(line.order, type_, by=by, extra={"line_id": line.line_id, "pieces": endangered})
