"""What a channel may still change about an order, and what it tells us about its money."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from omni_pickup import clock
from omni_pickup.errors import WrongState
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.orders import Order, PickupCode
from omni_pickup.queries.shapes import money_shape
from omni_pickup.rules.lifecycle import ORDER_OPEN_STATES
from omni_pickup.rules.money import to_minor
from omni_pickup.services.meanings import Findings, money_of, require
from omni_pickup.services.order_states import record_order
from omni_pickup.services.orders.order_rows import insert_pickup_code
from omni_pickup.services.orders.order_values import PAYMENT_STATES, check_pickup_method, read_collector

#: What a channel can report; `none` and `due` follow from what happens to the goods.
REFUND_REPORTS = ("requested", "confirmed", "failed")


def change_order(order: Order, changes: Mapping[str, Any], *, by: Actor) -> Order:
    """Change `collector`, `pickup_method`, `note` and `payment`; members that are absent stay as they are.

    The event names the changed members, never their personal content. Raises Invalid, or WrongState when
    anything but the payment of a closed order is to change.
    """
    if order.state not in ORDER_OPEN_STATES and changes.keys() - {"payment"}:
        raise WrongState(f"Order {order.number} is {order.state} and can no longer be changed.", state=order.state)
    findings = Findings()
    before = _facts(order)
    if "pickup_method" in changes:
        with findings.at("/pickup_method"):
            check_pickup_method(order.store, changes["pickup_method"])
        order.pickup_method = changes["pickup_method"]
    if "note" in changes:
        with findings.at("/note"):
            require(len(changes["note"] or "") <= 2000, "At most 2000 signs.")
        order.contact.note = changes["note"]
    if "payment" in changes:
        _set_payment(order, changes["payment"], findings)
    if "collector" in changes:
        _set_collector(order, changes["collector"], findings)
    findings.settle()
    _record_changes(order, before, by)
    return order


def set_collector(order: Order, collector: Mapping[str, Any] | None, *, by: Actor) -> Order:
    """Let another person collect, with an own code; None takes that back and the code opens nothing any more."""
    return change_order(order, {"collector": collector}, by=by)


def report_refund(
    order: Order, *, state: str, amount: Mapping[str, str] | None = None, reference: str | None = None, by: Actor
) -> Order:
    """Keep what the channel says about its money: `requested`, `confirmed` or `failed`.

    Confirmed amounts add up (without an amount: all that is due); the same reference confirmed twice counts once.
    Raises Invalid for an unknown state or another currency than the order's.
    """
    findings = Findings()
    minor = None
    with findings.at("/state"):
        require(state in REFUND_REPORTS, f"One of {', '.join(REFUND_REPORTS)}.")
    with findings.at("/reference"):
        require(len(reference or "") <= 200, "At most 200 signs.")
    with findings.at("/amount"):
        money = money_of(amount)
        if money is not None:
            order.currency = order.currency or money.currency
            require(money.currency == order.currency, f"The order is in {order.currency}.")
            minor = to_minor(money)
    findings.settle()
    if (order.refund_state, order.refund_reference) == (state, reference) and (reference or state != "confirmed"):
        return order
    if state == "confirmed":
        open_minor = max(0, order.refund_due_minor - order.refund_confirmed_minor)
        order.refund_confirmed_minor += open_minor if minor is None else minor
    order.refund_state, order.refund_reference, order.updated_at = state, reference, clock.now()
    reported = {"state": state, "amount": money_shape(minor, order.currency), "reference": reference}
    record_order(order, "order.refund_reported", by=by, extra={"refund_report": reported})
    return order


def _facts(order: Order) -> dict[str, Any]:
    """What `change_order` may change, to tell which of it did."""
    contact = order.contact
    return {
        "pickup_method": order.pickup_method,
        "note": contact.note,
        "payment": (order.payment_state, order.payment_due_minor),
        "collector": (contact.collector_name, contact.collector_email, contact.collector_phone),
    }


def _record_changes(order: Order, before: Mapping[str, Any], by: Actor) -> None:
    changed = [name for name, value in _facts(order).items() if value != before[name]]
    if changed:
        order.updated_at = clock.now()
        record_order(order, "order.changed", by=by, extra={"changed": changed})


def _set_payment(order: Order, payment: Mapping[str, Any], findings: Findings) -> None:
    state, due = payment.get("state", order.payment_state), None
    with findings.at("/payment/state"):
        require(state in PAYMENT_STATES, f"One of {', '.join(PAYMENT_STATES)}.")
    with findings.at("/payment/due"):
        due = money_of(payment.get("due"))
        require(due is None or state == "due", "An amount is due only while the payment is due.")
        require(due is None or order.currency in (None, due.currency), f"The order is in {order.currency}.")
    if due is not None:
        order.currency = due.currency
    order.payment_state, order.payment_due_minor = state, None if due is None else to_minor(due)


def _set_collector(order: Order, collector: Mapping[str, Any] | None, findings: Findings) -> None:
    columns = read_collector(collector, (order.store.address or {}).get("country"), findings)
    current = {name: getattr(order.contact, name) for name in columns}
    if findings.errors or columns == current:
        return
    for name, value in columns.items():
        setattr(order.contact, name, value)
    # A code that one person was told must not open the order for the next one.
    for code in db.session.scalars(
        select(PickupCode).where(PickupCode.order_id == order.id, PickupCode.holder == "collector")
    ):
        db.session.delete(code)
    db.session.flush()
    db.session.expire(order, ["codes"])
    if collector is not None:
        insert_pickup_code(order, "collector")
