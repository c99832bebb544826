"""What the channel owes the customer; goods are ours, money is theirs, so this is only told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from omni_pickup.models.actors import Actor
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.queries.shapes import money_shape
from omni_pickup.services.order_states import add_refund_due, owe_amount, paid_for, record_order

#: The words that go with the amount to the channel.
REASONS = ("cancelled", "short", "refused", "no_show", "cheaper_substitute")


def owe_refund(
    order: Order,
    lines: Sequence[tuple[OrderLine, int]],
    *,
    reason: str,
    by: Actor,
    at: datetime | None = None,
) -> int:
    """The customer will not get these pieces: say what is due back, or ask less at the till.

    Returns the amount due in minor units; 0 for an order that is not paid yet.
    """
    wanted = [(line, pieces) for line, pieces in lines if pieces > 0]
    if order.payment_state == "due":
        _ask_less(order, wanted)
        return 0
    amount = sum(add_refund_due(order, line, pieces) for line, pieces in wanted)
    if amount:
        _tell(order, wanted, amount, reason=reason, by=by, at=at)
    return amount


def owe_difference(order: Order, line: OrderLine, amount: int, *, by: Actor, at: datetime | None = None) -> None:
    """A substitute costs `amount` minor units less than what was paid for the line."""
    if order.payment_state == "due" and order.payment_due_minor is not None:
        order.payment_due_minor = max(0, order.payment_due_minor - amount)
    elif order.payment_state == "paid" and order.currency is not None and amount > 0:
        owe_amount(order, amount)
        _tell(order, [(line, 0)], amount, reason="cheaper_substitute", by=by, at=at)


def _ask_less(order: Order, lines: Sequence[tuple[OrderLine, int]]) -> None:
    if order.payment_due_minor is not None:
        less = sum(paid_for(line, pieces) for line, pieces in lines)
        order.payment_due_minor = max(0, order.payment_due_minor - less)


def _tell(
    order: Order,
    lines: Sequence[tuple[OrderLine, int]],
    amount: int,
    *,
    reason: str,
    by: Actor,
    at: datetime | None,
) -> None:
    record_order(
        order,
        "order.refund_due",
        by=by,
        occurred_at=at,
        extra={
            "refund_due": {
                "amount": money_shape(amount, order.currency),
                "reason": reason,
                "lines": [{"line_id": line.line_id, "pieces": pieces} for line, pieces in lines],
            }
        },
    )
