"""Pieces of an order that the till has sold and no handoff has met yet."""

from __future__ import annotations

from sqlalchemy import func, select

from omni_pickup.models.base import db
from omni_pickup.models.orders import OrderLine
from omni_pickup.models.packages import Handoff, HandoffLine
from omni_pickup.models.stock import StockAdjustment


def sold_pieces(order_id: int, item_id: int) -> int:
    """Pieces that left the books at the till and are still open on the order."""
    row = StockAdjustment
    pending = select(func.coalesce(func.sum(row.for_order - row.settled), 0))
    return int(db.session.scalar(pending.where(row.order_id == order_id, row.item_id == item_id)) or 0)


def open_pieces(order_id: int, item_id: int) -> int:
    """Open pieces of the item on the order, whether the till has sold them or not."""
    line = OrderLine
    pieces = select(func.coalesce(func.sum(line.open), 0))
    return int(db.session.scalar(pieces.where(line.order_id == order_id, line.item_id == item_id)) or 0)


def handed_over_unsold(order_id: int, item_id: int) -> list[HandoffLine]:
    """Lines of handoffs that stand, with pieces of the item that no till sale has met yet; the oldest first."""
    return list(
        db.session.scalars(
            select(HandoffLine)
            .join(Handoff, Handoff.id == HandoffLine.handoff_id)
            .join(OrderLine, OrderLine.id == HandoffLine.order_line_id)
            .where(
                Handoff.order_id == order_id,
                Handoff.undone_at.is_(None),
                OrderLine.item_id == item_id,
                HandoffLine.collected > HandoffLine.settled_by_till,
            )
            .order_by(HandoffLine.id)
        )
    )
