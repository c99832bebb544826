"""What a transfer means to the order that waits for it: its line opens again, or the customer is asked again."""

from __future__ import annotations

from omni_pickup.models.actors import Actor
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.rules.lifecycle import ORDER_OPEN_STATES
from omni_pickup.services.order_states import record_order
from omni_pickup.services.picking.pick_tasks import queue_pieces
from omni_pickup.services.picking.questions import open_question


def reopen_line(order: Order | None, order_line_id: int | None, *, pieces: int, by: Actor) -> int:
    """Turn short pieces of the line into open ones with a pick task, as far as the line still waits for them.

    Returns how many, which is what has to be reserved for it.
    """
    line = _waiting_line(order, order_line_id)
    if order is None or line is None:
        return 0
    wanted = min(pieces, line.short - line.substituted)
    if wanted <= 0:
        return 0
    line.short -= wanted
    line.open += wanted
    queue_pieces(order, line, wanted)
    record_order(order, "order.line_reopened", by=by, extra={"line_id": line.line_id, "pieces": wanted})
    return wanted


def ask_again(order: Order, order_line_id: int | None, *, pieces: int, by: Actor) -> None:
    """These pieces will not come: the customer chooses anew, because nothing is cancelled in silence."""
    line = _waiting_line(order, order_line_id)
    if order is None or line is None or min(pieces, line.short - line.substituted) <= 0:
        return
    wanted = min(pieces, line.short - line.substituted)
    open_question(order, line, pieces=wanted, reason="transfer_failed", by=by)


def _waiting_line(order: Order | None, order_line_id: int | None) -> OrderLine | None:
    if order is None or order.state not in ORDER_OPEN_STATES:
        return None
    return next((line for line in order.lines if line.id == order_line_id), None)
