"""The one mover of orders: derives the state from the counters and keeps what follows from a change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update

from omni_pickup import clock
from omni_pickup.errors import WrongState
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.orders import CheckIn, Order, OrderLine, PickupCode
from omni_pickup.queries.orders.orders import has_open_question, line_counters, order_shape, package_facts
from omni_pickup.queries.promises.opening_hours import hours_of
from omni_pickup.rules.hold_deadlines import hold_until
from omni_pickup.rules.lifecycle import ORDER_MOVES, ORDER_STATES, derive_order_state, may_move
from omni_pickup.rules.sentences import sentence
from omni_pickup.services import events

#: The event of entering a state; going back to an earlier one is `order.set_back`.
ENTERED = {
    "picking": "order.picking_started",
    "picked": "order.picked",
    "ready": "order.ready",
    "collected": "order.collected",
    "cancelled": "order.cancelled",
    "expired": "order.expired",
}
_ENDS = frozenset({"collected", "cancelled", "expired"})


def settle_order(order: Order, *, by: Actor, occurred_at: datetime | None = None) -> str:
    """Derive the order's state anew after a change of its counters, bags or questions; returns the state.

    Call it last in every service that touched the order. Raises WrongState when the lifecycle forbids the move,
    which rolls the whole change back.
    """
    db.session.flush()
    before = order.state
    after = derive_order_state(
        [line_counters(line) for line in order.lines],
        package_facts(order.id),
        begun=order.picking_started_at is not None,
        question_open=has_open_question(order.id),
        expiry_closed_last=order.expiry_closed,
    )
    now = clock.now()
    order.updated_at = now
    if after != before:
        if not may_move(ORDER_MOVES, before, after):
            raise WrongState(
                sentence(
                    "Order %(number)s is %(before)s and cannot become %(after)s.",
                    number=order.number,
                    before=before,
                    after=after,
                ),
                state=before,
            )
        order.state = after
        _keep_consequences(order, before, after, occurred_at or now)
        db.session.flush()
        forward = ORDER_STATES.index(after) > ORDER_STATES.index(before)
        record_order(order, ENTERED[after] if forward else "order.set_back", by=by, occurred_at=occurred_at)
    db.session.flush()
    return after


def record_order(
    order: Order,
    type: str,  # noqa: A002 - the contract's own word for it.
    *,
    by: Actor,
    occurred_at: datetime | None = None,
    extra: Mapping[str, Any] | None = None,
    details: Mapping[str, Any] | None = None,
) -> int:
    """Record an event of this order with its public shape; `extra` members must hold no personal data."""
    db.session.flush()
    return events.record(
        type,
        by=by,
        data={**order_shape(order), **(extra or {})},
        store_id=order.store_id,
        order_id=order.id,
        owner_client_id=order.client_id,
        occurred_at=occurred_at,
        details=details,
    )


def _keep_consequences(order: Order, before: str, after: str, at: datetime) -> None:
    if after == "received":
        order.picking_started_at = None
    if after in ("picking", "picked", "ready") and order.picking_started_at is None:
        order.picking_started_at = at
    order.picked_at = at if after == "picked" and before != "ready" else order.picked_at
    if after == "ready":
        order.ready_at = at
        order.hold_until = hold_deadline(order, at)
    if before == "ready" and after not in _ENDS:
        order.ready_at, order.hold_until = None, None
    if after in _ENDS:
        setattr(order, f"{after}_at", at)
        _close_customer_side(order, at)
    if before in _ENDS:
        setattr(order, f"{before}_at", None)
        db.session.execute(update(PickupCode).where(PickupCode.order_id == order.id).values(active=True))


def hold_deadline(order: Order, ready_at: datetime) -> datetime:
    """Close of the Nth open day after ready."""
    # A store with no opening hours ahead still must not keep goods for ever; a week is what staff would say.
    return hold_until(hours_of(order.store), ready_at, hold_days(order)) or ready_at + timedelta(days=7)


def hold_days(order: Order) -> int:
    """How many open days the order waits; the strictest temperature zone among the open lines decides."""
    zones = {line.item.temperature for line in order.lines if line.open}
    by_zone = order.store.hold_days_by_zone
    return min((int(by_zone.get(zone, order.store.hold_days)) for zone in zones), default=order.store.hold_days)


def _close_customer_side(order: Order, at: datetime) -> None:
    """A closed order's code opens nothing, and nobody waits for it any more."""
    db.session.execute(update(PickupCode).where(PickupCode.order_id == order.id).values(active=False))
    db.session.execute(
        update(CheckIn).where(CheckIn.order_id == order.id, CheckIn.ended_at.is_(None)).values(ended_at=at)
    )


def add_refund_due(order: Order, line: OrderLine, pieces: int) -> int:
    """The channel owes the customer these pieces; returns the amount in minor units. Nothing is captured here."""
    if order.payment_state != "paid" or order.currency is None or pieces == 0:
        return 0
    amount = paid_for(line, line.refund_pieces + pieces) - paid_for(line, line.refund_pieces)
    line.refund_pieces += pieces
    if amount:
        owe_amount(order, amount)
    return amount


def take_refund_back(order: Order, line: OrderLine, pieces: int) -> int:
    """The customer gets these pieces after all: the exact opposite of the last `add_refund_due` of as many pieces.

    Returns in minor units how much less is due; nothing ever was for pieces that were not paid.
    """
    owed = min(pieces, line.refund_pieces)
    amount = paid_for(line, line.refund_pieces) - paid_for(line, line.refund_pieces - owed)
    line.refund_pieces -= owed
    order.refund_due_minor -= amount
    if order.refund_state in ("due", "failed") and order.refund_confirmed_minor >= order.refund_due_minor:
        order.refund_state = "confirmed" if order.refund_confirmed_minor else "none"
    return amount


def owe_amount(order: Order, amount: int) -> None:
    """So much more is due back, in minor units. What the channel confirmed before we heard why is not due again."""
    order.refund_due_minor += amount
    if order.refund_confirmed_minor < order.refund_due_minor:
        order.refund_state = "due"


def paid_for(line: OrderLine, pieces: int) -> int:
    """What was paid for the first `pieces` of the line, in minor units.

    A line total that does not divide evenly is rounded down, so that the pieces of a whole line add up to it when
    each share is taken as the difference between two such sums.
    """
    if line.paid_total_minor is not None:
        return line.paid_total_minor * pieces // line.ordered
    return (line.unit_price_minor or 0) * pieces
