"""Money of returns, which is the channel's: we say what is due, it says what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select

from omni_pickup.errors import Conflict, Invalid
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.orders import OrderLine
from omni_pickup.models.returns import Return, ReturnLine
from omni_pickup.queries.shapes import money_shape
from omni_pickup.rules.money import parse_money, to_minor
from omni_pickup.rules.problems import RuleProblem
from omni_pickup.services.order_states import paid_for
from omni_pickup.services.returns.return_states import record_return

REPORTED_STATES = ("requested", "confirmed", "failed")


def price_pieces(line: ReturnLine, order_line: OrderLine) -> None:
    """Put what was paid for the pieces taken in just now onto the return line.

    The sum over all returns of an order line never exceeds what was paid, however a line total is shared out,
    because each piece gets what is paid for all pieces returned so far less what was promised back for them.
    """
    if order_line.order.payment_state != "paid":
        return
    promised = db.session.scalar(
        select(func.coalesce(func.sum(ReturnLine.refund_minor), 0)).where(ReturnLine.order_line_id == order_line.id)
    )
    line.refund_minor += max(0, paid_for(order_line, order_line.returned) - int(promised or 0))


def tell_refund_due(ret: Return, *, by: Actor, at: datetime | None = None) -> None:
    """Say what the channel owes for the accepted pieces; for goods bought elsewhere only it knows the amount."""
    accepted = [line for line in ret.lines if line.accepted]
    amount = sum(line.refund_minor for line in accepted)
    elsewhere = any(line.order_line_id is None for line in accepted)
    if not amount and not elsewhere:
        return
    ret.refund_due_minor = amount
    if ret.refund_state == "none":
        ret.refund_state = "due"
    told = {
        "amount": None if elsewhere else money_shape(amount, ret.currency),
        "reason": "returned",
        "lines": [
            {"line_id": line.line_id, "pieces": line.accepted, "amount": money_shape(line.refund_minor, ret.currency)}
            for line in accepted
        ],
    }
    record_return(ret, "return.refund_due", by=by, occurred_at=at, extra={"refund_due": told})


def report_return_refund(
    ret: Return,
    *,
    state: str,
    amount: Mapping[str, str] | None,
    reference: str | None,
    by: Actor,
    at: datetime | None = None,
) -> Return:
    """The channel says what became of the refund; it may do so before, during or after the goods' own way.

    The same report twice is one. Raises Invalid for an unknown state, an amount in another currency or a
    confirmation without amount, Conflict when a confirmed refund would be taken back.
    """
    if state not in REPORTED_STATES:
        raise Invalid.at("/state", f"A refund is reported as one of {', '.join(REPORTED_STATES)}.")
    minor = _minor(ret, amount)
    if state == "confirmed" and minor is None:
        raise Invalid.at("/amount", "A confirmed refund has an amount.")
    if (ret.refund_state, ret.refund_reference) == (state, reference) and reference is not None:
        return ret
    if ret.refund_state == "confirmed" and state != "confirmed":
        raise Conflict("This refund was confirmed already.", refund=ret.refund_state)
    ret.refund_state, ret.refund_reference = state, reference
    if state == "confirmed" and minor is not None:
        ret.refund_confirmed_minor += minor
    extra = {"refund_reported": {"state": state, "amount": money_shape(minor, ret.currency), "reference": reference}}
    record_return(ret, f"return.refund_{state}", by=by, occurred_at=at, extra=extra)
    return ret


def _minor(ret: Return, amount: Mapping[str, str] | None) -> int | None:
    if amount is None:
        return None
    try:
        money = parse_money(amount["amount"], amount["currency"])
    except RuleProblem as problem:
        raise Invalid.at(f"/amount{problem.pointer or ''}", problem.message) from problem
    if ret.currency is not None and money.currency != ret.currency:
        raise Invalid.at("/amount/currency", f"This return is in {ret.currency}.")
    ret.currency = money.currency
    return to_minor(money)
