"""The moment the goods are given away: every bag scanned out, the person checked, the books settled once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from omni_pickup import clock, keys
from omni_pickup.errors import ChangedMeanwhile, Invalid, PaymentDue, PaymentVoid, StopSale, TakeOutFirst, WrongState
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.models.packages import Handoff, HandoffLine
from omni_pickup.rules.lifecycle import ORDER_OPEN_STATES
from omni_pickup.rules.sentences import sentence
from omni_pickup.services.customers.check_ins import end_check_ins
from omni_pickup.services.floor_tasks import open_task
from omni_pickup.services.handoff.handoff_bags import empty_shares
from omni_pickup.services.handoff.handoff_checks import prove_person
from omni_pickup.services.handoff.handoff_plans import LineResult, Share, plan_handoff
from omni_pickup.services.order_states import paid_for, record_order, settle_order
from omni_pickup.services.orders.refunds_due import owe_refund
from omni_pickup.services.picking.bag_contents import bags_of
from omni_pickup.services.picking.closed_pieces import forget_till_sales
from omni_pickup.services.stock.stock_adjustments import consume_settled
from omni_pickup.services.stock.stock_moves import Cause, move_stock

METHODS = ("code", "qr", "id")


def hand_over(
    order: Order,
    *,
    scanned_packages: Collection[str],
    method: str,
    given_checks: Collection[str] = (),
    lines: Mapping[str, LineResult] | None = None,
    by_collector: bool = False,
    paid_receipt: str | None = None,
    expected_version: int | None = None,
    by: Actor,
    at: datetime | None = None,
) -> Handoff:
    """Give the goods to a checked person; `lines` says what was not simply collected.

    A second tap answers with the first handoff. Raises ChangedMeanwhile for a stale `expected_version`,
    WrongState, TakeOutFirst, PaymentVoid, PaymentDue, StopSale with the items, ChecksMissing, ManagerNeeded,
    WrongBag, BagsMissing, Invalid; each of them changes nothing.
    """
    if expected_version is not None and expected_version != order.version:
        raise ChangedMeanwhile(
            sentence("Order %(number)s was changed by someone else.", number=order.number), state=order.state
        )
    if order.state == "collected" and (known := last_handoff(order)) is not None:
        return known
    _check_order(order, method)
    shares = plan_handoff(order, scanned_packages, lines)
    _check_payment(order, shares, paid_receipt)
    checks, is_collector = prove_person(order, method=method, given=given_checks, by_collector=by_collector, by=by)
    handoff = _write(order, shares, method, checks, is_collector, paid_receipt, by=by, at=at)
    _settle_stock(order, handoff, shares, by=by, at=at)
    _count(shares)
    empty_shares(shares, handoff.at)
    _settle_refused(order, handoff, shares, by=by, at=at)
    if any(share.collected for share in shares):
        _settle_payment(order, paid_receipt)
    end_check_ins(order, handoff.at)
    record_order(order, "order.handed_over", by=by, occurred_at=at, extra={"handoff": handoff_shape(order, handoff)})
    # The order ends at the very moment of the handoff that ends it; its undo knows that end by it.
    settle_order(order, by=by, occurred_at=handoff.at)
    return handoff


def note_nobody_came(order: Order, *, reason: str | None = None, by: Actor, at: datetime | None = None) -> Handoff:
    """The bags were carried out and nobody was there: everything goes on waiting. Raises WrongState."""
    if order.state not in ORDER_OPEN_STATES:
        raise WrongState(
            sentence("Order %(number)s is %(state)s.", number=order.number, state=order.state), state=order.state
        )
    handoff = _row(order, "nobody_came", "none", by=by, at=at)
    handoff.reason = None if reason is None else reason[:200]
    db.session.add(handoff)
    end_check_ins(order, handoff.at)
    record_order(order, "order.nobody_came", by=by, occurred_at=at, extra={"handoff": handoff_shape(order, handoff)})
    settle_order(order, by=by, occurred_at=at)
    return handoff


def last_handoff(order: Order) -> Handoff | None:
    """The newest handoff of goods that still stands."""
    return db.session.scalars(
        select(Handoff)
        .where(Handoff.order_id == order.id, Handoff.undone_at.is_(None), Handoff.result != "nobody_came")
        .order_by(Handoff.id.desc())
        .limit(1)
    ).first()


def handoff_shape(order: Order, handoff: Handoff) -> dict[str, Any]:
    """The public shape of a handoff; reasons people wrote stay out of it."""
    line_ids = {line.id: line.line_id for line in order.lines}
    return {
        "id": handoff.public_id,
        "result": handoff.result,
        "method": handoff.method,
        "checks": handoff.checks,
        "by_collector": handoff.by_collector,
        "lines": [
            {"line_id": line_ids[line.order_line_id], "collected": line.collected, "refused": line.refused}
            for line in handoff.lines
        ],
    }


def _check_order(order: Order, method: str) -> None:
    if method not in METHODS:
        raise Invalid.at("/method", f"A person is known by one of {', '.join(METHODS)}.")
    if order.payment_state == "void":
        raise PaymentVoid
    flagged = [bag for bag in bags_of(order.id) if bag.take_out]
    if flagged and order.state in ORDER_OPEN_STATES:
        raise TakeOutFirst(sentence("Something has to be taken out of bag %(n)s first.", n=flagged[0].number))
    if order.state != "ready":
        raise WrongState(
            sentence("Order %(number)s is %(state)s, not ready.", number=order.number, state=order.state),
            state=order.state,
        )
    recalled = [line for line in order.lines if line.open and line.item.stop_sale]
    if recalled:
        names = ", ".join(line.item.name for line in recalled)
        raise StopSale(
            sentence("This may not be handed over: %(names)s.", names=names), items=[line.item.sku for line in recalled]
        )


def _check_payment(order: Order, shares: Sequence[Share], paid_receipt: str | None) -> None:
    """Who takes nothing pays nothing."""
    due = order.payment_state == "due" and order.payment_due_minor != 0
    if due and any(share.collected for share in shares) and not (paid_receipt or "").strip():
        raise PaymentDue


def _write(
    order: Order,
    shares: Sequence[Share],
    method: str,
    checks: list[str],
    is_collector: bool,
    paid_receipt: str | None,
    *,
    by: Actor,
    at: datetime | None,
) -> Handoff:
    collected, refused = (sum(getattr(share, name) for share in shares) for name in ("collected", "refused"))
    rest = sum(line.open for line in order.lines) - collected - refused
    result = "refused" if not collected else "partly" if refused or rest else "collected"
    handoff = _row(order, result, method, by=by, at=at)
    handoff.checks, handoff.by_collector = checks, is_collector
    handoff.paid_receipt = None if paid_receipt is None else paid_receipt.strip()[:100]
    handoff.lines = [
        HandoffLine(
            order_line_id=share.line.id,
            package_id=share.bag.id,
            collected=share.collected,
            refused=share.refused,
            settled_by_till=0,
            reason=None if share.reason is None else share.reason[:200],
        )
        for share in shares
    ]
    db.session.add(handoff)
    db.session.flush()
    return handoff


def _row(order: Order, result: str, method: str, *, by: Actor, at: datetime | None) -> Handoff:
    now = clock.now()
    return Handoff(
        public_id=keys.new_id("hnd"),
        order_id=order.id,
        store_id=order.store_id,
        result=result,
        method=method,
        checks=[],
        by_collector=False,
        at=at or now,
        recorded_at=now,
        **by.columns(),
    )


def _settle_stock(order: Order, handoff: Handoff, shares: Sequence[Share], *, by: Actor, at: datetime | None) -> None:
    """On hand and reserved fall by what was given, except for what the till has sold already.

    What is refused of an item cannot have been sold, in whatever bag and line it is; that is said before anything else,
    because the pieces that are given meet the same sales.
    """
    refused = {share.line.item_id: share.line for share in shares if share.refused}
    for item_id, line in sorted(refused.items()):
        pieces = sum(share.refused for share in shares if share.line.item_id == item_id)
        forget_till_sales(order, line, pieces, by=by)
    rows = sorted(zip(shares, handoff.lines, strict=True), key=lambda pair: (pair[0].line.item_id, pair[1].id))
    for share, row in rows:
        row.settled_by_till = consume_settled(share.line, share.collected)
        left = share.collected - row.settled_by_till
        if left:
            cause = Cause(
                "handoff",
                by,
                reference=handoff.public_id,
                order_id=order.id,
                order_line_id=share.line.id,
                occurred_at=at,
            )
            move_stock(order.store_id, share.line.item_id, cause=cause, on_hand=-left, reserved=-left)


def _count(shares: Sequence[Share]) -> None:
    for share in shares:
        line, gone = share.line, share.collected + share.refused
        line.open, line.picked = line.open - gone, line.picked - gone
        line.collected += share.collected
        line.cancelled += share.refused
        line.to_put_back += share.refused
    db.session.flush()


def _settle_refused(order: Order, handoff: Handoff, shares: Sequence[Share], *, by: Actor, at: datetime | None) -> None:
    """A refused piece was never collected: it is carried back and its money is due, but it is no return."""
    refused: list[tuple[OrderLine, int]] = [(share.line, share.refused) for share in shares if share.refused]
    for line, pieces in refused:
        open_task(
            "put_back",
            store_id=order.store_id,
            reason="refused",
            by=by,
            quantity=pieces,
            item_id=line.item_id,
            order_id=order.id,
            order_line_id=line.id,
        )
    due = order.payment_due_minor or 0
    owe_refund(order, refused, reason="refused", by=by, at=at)
    handoff.asked_less_minor = due - (order.payment_due_minor or 0)


def _settle_payment(order: Order, paid_receipt: str | None) -> None:
    """Paid at the till: what goes on waiting is still to be paid when it is fetched."""
    if order.payment_state != "due":
        return
    order.paid_receipt = None if paid_receipt is None else paid_receipt.strip()[:100]
    rest = sum(paid_for(line, line.open) for line in order.lines)
    if any(line.open for line in order.lines):
        order.payment_due_minor = None if order.payment_due_minor is None else min(order.payment_due_minor, rest)
    else:
        order.payment_state, order.payment_due_minor = "paid", None
