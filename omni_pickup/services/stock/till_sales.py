"""Goods of an order that are paid at the till: they leave the books once, at the till or at the handoff.

Whichever comes first takes on hand and reserved down together; the other one finds the pieces settled.
"""

from __future__ import annotations

from sqlalchemy import select

from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.orders import OrderLine
from omni_pickup.models.stock import StockAdjustment
from omni_pickup.queries.stock.till_sales import handed_over_unsold, sold_pieces
from omni_pickup.services.stock.stock_deficits import recheck_deficit
from omni_pickup.services.stock.stock_moves import Cause, move_stock


def pieces_already_sold(order_line: OrderLine, wanted: int) -> int:
    """How many of `wanted` pieces the till has sold before the handoff; those must not move stock again."""
    return min(wanted, sold_pieces(order_line.order_id, order_line.item_id))


def consume_settled(order_line: OrderLine, wanted: int) -> int:
    """The handoff meets what the till sold: at most `wanted` pieces are settled. Returns how many.

    The caller moves stock for the other pieces only, and keeps the number in `HandoffLine.settled_by_till`.
    """
    settled = left = pieces_already_sold(order_line, wanted)
    for sale in _sales(order_line.order_id, order_line.item_id):
        met = min(left, sale.for_order - sale.settled)
        sale.settled += met
        left -= met
    db.session.flush()
    return settled


def restore_settled(order_line: OrderLine, pieces: int) -> None:
    """A handoff was undone: its settled pieces are sold at the till again, and wait for the next handoff."""
    for sale in reversed(_sales(order_line.order_id, order_line.item_id)):
        given_back = min(pieces, sale.settled)
        sale.settled -= given_back
        pieces -= given_back
    db.session.flush()


def take_back_sold(order_line: OrderLine, wanted: int, *, store_id: int, by: Actor) -> int:
    """Pieces that the till sold will not be handed over: on hand and reserved rise again. Returns how many.

    Call it before open pieces are cancelled, expire, turn out short or are refused, so that what happens to them
    afterwards finds them in the books.
    """
    pieces = pieces_already_sold(order_line, wanted)
    return unsell_pieces(order_line.order_id, order_line.item_id, pieces, store_id=store_id, by=by)


def unsell_pieces(order_id: int, item_id: int, pieces: int, *, store_id: int, by: Actor) -> int:
    """Take `pieces` of the order's pending till sales back into the books; returns how many there were."""
    taken = 0
    for sale in reversed(_sales(order_id, item_id)):
        back = min(pieces - taken, sale.for_order - sale.settled)
        sale.for_order -= back
        taken += back
    if taken:
        cause = Cause("till_sale_undone", by, order_id=order_id)
        move_stock(store_id, item_id, cause=cause, on_hand=taken, reserved=taken)
        recheck_deficit(store_id, item_id, by=by)
    return taken


def meet_handoffs(order_id: int, item_id: int, sold: int) -> int:
    """The till reports after the handoff: at most `sold` pieces have left the books already. Returns how many."""
    met = 0
    for line in handed_over_unsold(order_id, item_id):
        pieces = min(sold - met, line.collected - line.settled_by_till)
        line.settled_by_till += pieces
        met += pieces
    db.session.flush()
    return met


def _sales(order_id: int, item_id: int) -> list[StockAdjustment]:
    row = StockAdjustment
    statement = select(row).where(row.order_id == order_id, row.item_id == item_id, row.for_order > 0).order_by(row.id)
    return list(db.session.scalars(statement.with_for_update(key_share=True).execution_options(populate_existing=True)))
