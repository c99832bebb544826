"""What the channel owes the customer; goods are ours, money is theirs, so this is only told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from omni_pickup.models.actors import Actor
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.queries.shapes import money_shape
from omni_pickup.services.order_states import (
    add_refund_due,
    owe_amount,
    paid_for,
    record_order,
    take_refund_back,
)

#: The words that go with the amount to the channel.
REASONS = ("cancelled", "short", "refused", "no_show", "cheaper_substitute")
#: What the channel says of a refund once it has begun to pay it back.
_UNDER_WAY = frozenset({"requested", "confirmed"})


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
        _tell(order, "refund_due", wanted, amount, reason=reason, by=by, at=at)
    return amount


def withdraw_refund(
    order: Order,
    lines: Sequence[tuple[OrderLine, int]],
    *,
    asked_less: int,
    by: Actor,
    at: datetime | None = None,
) -> None:
    """The customer wants these refused pieces after all: no refund is due for them, or the till asks for them again.

    `asked_less` is by how many minor units the refusal lowered what was to be paid at the till.
    """
    wanted = [(line, pieces) for line, pieces in lines if pieces > 0]
    asked = min(asked_less, sum(paid_for(line, pieces) for line, pieces in wanted))
    if asked:
        order.payment_state, order.payment_due_minor = "due", (order.payment_due_minor or 0) + asked
    amount = sum(take_refund_back(order, line, pieces) for line, pieces in wanted)
    if amount:
        _tell(order, "refund_withdrawn", wanted, amount, reason="handoff_undone", by=by, at=at)


def is_being_refunded(order: Order, line: OrderLine, pieces: int) -> bool:
    """Whether the channel pays the money for these pieces back already, which we cannot take back."""
    return order.refund_state in _UNDER_WAY and paid_for(line, min(pieces, line.refund_pieces)) > 0


def owe_difference(order: Order, line: OrderLine, amount: int, *, by: Actor, at: datetime | None = None) -> None:
    """A substitute costs `amount` minor units less than what was paid for the line."""
    if order.payment_state == "due" and order.payment_due_minor is not None:
        order.payment_due_minor = max(0, order.payment_due_minor - amount)
    elif order.payment_state == "paid" and order.currency is not None and amount > 0:
        owe_amount(order, amount)
        _tell(order, "refund_due", [(line, 0)], amount, reason="cheaper_substitute", by=by, at=at)


def _ask_less(order: Order, lines: Sequence[tuple[OrderLine, int]]) -> None:
    if order.payment_due_minor is not None:
        less = sum(paid_for(line, pieces) for line, pieces in lines)
        order.payment_due_minor = max(0, order.payment_due_minor - less)


def _tell(
    order: Order,
    what: str,
    lines: Sequence[tuple[OrderLine, int]],
    amount: int,
    *,
    reason: str,
    by: Actor,
    at: datetime | None,
) -> None:
    record_order(
        order,
        f"order.{what}",
        by=by,
        occurred_at=at,
        extra={
            what: {
                "amount": money_shape(amount, order.currency),
                "reason": reason,
                "lines": [{"line_id": line.line_id, "pieces": pieces} for line, pieces in lines],
            }
        },
    )
