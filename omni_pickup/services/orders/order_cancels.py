"""Cancelling an order, or pieces of one of its lines, at any moment before the goods are given away."""

from __future__ import annotations

from datetime import datetime

from omni_pickup.errors import Invalid, NotFound, WrongState
from omni_pickup.models.actors import Actor
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.rules.lifecycle import ORDER_OPEN_STATES
from omni_pickup.rules.sentences import sentence
from omni_pickup.services.order_states import record_order, settle_order
from omni_pickup.services.orders.refunds_due import owe_refund
from omni_pickup.services.picking.closed_pieces import close_pieces
from omni_pickup.services.picking.questions import withdraw_questions
from omni_pickup.services.transfers.transfers import drop_order_transfers


def cancel_order(order: Order, *, reason: str, by: Actor, at: datetime | None = None) -> Order:
    """Give up everything that is still open; a cancelled order stays as it is, quietly.

    Pieces on the shelf are free at once, picked ones are carried back, their bags are marked, and the channel is
    told what it owes. Raises WrongState for an order that was collected or has expired.
    """
    if order.state == "cancelled":
        return order
    if order.state not in ORDER_OPEN_STATES:
        raise WrongState(
            sentence(
                "Order %(number)s is %(state)s and can no longer be cancelled.", number=order.number, state=order.state
            ),
            state=order.state,
        )
    wanted = {line.id: line.open for line in order.lines if line.open}
    lines = [(line, wanted[line.id]) for line in order.lines if line.id in wanted]
    asked = withdraw_questions(order, by=by) + drop_order_transfers(order, reason="cancelled", by=by, at=at)
    close_pieces(order, wanted, reason="cancelled", by=by, at=at)
    _keep_reason(order, reason)
    record_order(order, "order.cancel_asked", by=by, occurred_at=at)
    owe_refund(order, [*lines, *asked], reason="cancelled", by=by, at=at)
    settle_order(order, by=by, occurred_at=at)
    return order


def cancel_pieces(
    order: Order, line_id: str, quantity: int, *, reason: str, by: Actor, at: datetime | None = None
) -> Order:
    """Give up `quantity` pieces of one line, those that nobody fetched yet first.

    A piece in a bag is marked "take out" and its bag unstaged: the order is then `picked` until that is done.
    Raises NotFound for an unknown line, Invalid for a quantity below 1, WrongState when fewer pieces are open.
    """
    line = _line_of(order, line_id)
    if quantity < 1:
        raise Invalid.at("/quantity", "At least one piece has to be cancelled.")
    if quantity > line.open:
        raise WrongState(
            sentence("Only %(left)s of line %(line_id)s can still be cancelled.", left=line.open, line_id=line_id),
            line_id=line_id,
            open=line.open,
        )
    close_pieces(order, {line.id: quantity}, reason="cancelled", by=by, at=at)
    _keep_reason(order, reason)
    owe_refund(order, [(line, quantity)], reason="cancelled", by=by, at=at)
    if any(other.open for other in order.lines):
        told = {"line_id": line_id, "pieces": quantity}
        record_order(order, "order.line_cancelled", by=by, occurred_at=at, extra={"cancelled": told})
    settle_order(order, by=by, occurred_at=at)
    return order


def _keep_reason(order: Order, reason: str) -> None:
    """What somebody wrote may name people, so it stays with the erasable contact and out of events."""
    order.contact.closing_reason = reason[:200]


def _line_of(order: Order, line_id: str) -> OrderLine:
    for line in order.lines:
        if line.line_id == line_id:
            return line
    raise NotFound(sentence("Order %(number)s has no line %(line_id)s.", number=order.number, line_id=line_id))
