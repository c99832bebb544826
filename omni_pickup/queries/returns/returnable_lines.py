"""What may still come back of an order, wherever its pieces were collected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from omni_pickup.errors import NotFound
from omni_pickup.models.base import db
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.models.packages import Handoff, HandoffLine
from omni_pickup.models.returns import Return, ReturnLine
from omni_pickup.queries.orders.orders import get_order_by_key, keys_of_name
from omni_pickup.rules.returnables import LineFacts, Verdict, verdict
from omni_pickup.rules.sentences import sentence


@dataclass(frozen=True, slots=True)
class ReturnableLine:
    """A line of which `pieces` may come back today."""

    order: Order
    line: OrderLine
    pieces: int


def order_family(order: Order) -> list[Order]:
    """The order and those that were split from it to other stores, in rising key; locked inside a transaction."""
    root = order.id if order.parent_id is None else order.parent_id
    found, newest = {root}, [root]
    while newest:
        newest = list(db.session.scalars(select(Order.id).where(Order.parent_id.in_(newest), Order.id.not_in(found))))
        found.update(newest)
    return [get_order_by_key(order_id) for order_id in sorted(found | {order.id})]


def orders_by_exact_key(key: str) -> list[Order]:
    """The orders, in any store, whose number, external id or id is exactly `key`."""
    return list(db.session.scalars(select(Order).where(Order.id.in_(keys_of_name(key))).order_by(Order.id)).unique())


def returnable_lines(order: Order, *, at: datetime) -> list[ReturnableLine]:
    """Only what a desk may take in at this moment, of the order and of those split from it.

    Pieces that were announced still count, because they are what the customer may be putting on the counter.
    Raises NotFound when nothing of it may come back.
    """
    found = [
        ReturnableLine(member, line, line.collected - line.returned)
        for member in order_family(order)
        for line in member.lines
        if line.collected > line.returned and judge(line, pieces=1, claimed=line.returned, at=at).returnable
    ]
    if not found:
        raise NotFound(sentence("Nothing of order %(number)s can be returned.", number=order.number))
    return found


def claimed_pieces(line_ids: Iterable[int]) -> dict[int, int]:
    """Pieces announced or returned before, by order line id. A return that was given up claims nothing."""
    rows = db.session.execute(
        select(
            ReturnLine.order_line_id,
            Return.state,
            func.sum(ReturnLine.said),
            func.sum(ReturnLine.accepted),
        )
        .join(Return, Return.id == ReturnLine.return_id)
        .where(ReturnLine.order_line_id.in_(list(line_ids)), Return.state.not_in(("rejected", "cancelled", "expired")))
        .group_by(ReturnLine.order_line_id, Return.id, Return.state)
    )
    claimed: dict[int, int] = {}
    for line_id, state, said, accepted in rows:
        if line_id is None:  # The WHERE clause already says so; the column's type cannot.
            continue
        still_to_come = int(said) if state in ("announced", "received") else 0
        claimed[line_id] = claimed.get(line_id, 0) + max(still_to_come, int(accepted))
    return claimed


def judge(line: OrderLine, *, pieces: int, claimed: int, at: datetime) -> Verdict:
    """The verdict on `pieces` of an order line, by the days of the store that gave them away."""
    zone = ZoneInfo(line.order.store.timezone)
    facts = LineFacts(
        ordered=line.ordered,
        short=line.short,
        cancelled=line.cancelled,
        collected=line.collected,
        claimed=claimed,
    )
    return verdict(
        facts,
        quantity=pieces,
        item_returnable=line.item.returnable,
        return_days=line.item.return_days,
        collected_on=collected_on(line),
        today=at.astimezone(zone).date(),
    )


def best_line(candidates: Sequence[OrderLine], claimed: dict[int, int]) -> OrderLine:
    """Of the lines that one announced line may mean, the one with most pieces in the customer's hands."""
    return max(
        candidates,
        key=lambda line: (line.collected - claimed.get(line.id, 0), line.ordered - line.cancelled - line.short),
    )


def collected_on(line: OrderLine) -> date | None:
    """The day of the last handoff, by the clock of the store that gave the pieces away.

    It is what the customer remembers; pieces in hand start the window.
    """
    handed_over = db.session.scalar(
        select(func.max(Handoff.at))
        .join(HandoffLine, HandoffLine.handoff_id == Handoff.id)
        .where(HandoffLine.order_line_id == line.id, HandoffLine.collected > 0, Handoff.undone_at.is_(None))
    )
    moment = handed_over or line.order.collected_at
    return None if moment is None else moment.astimezone(ZoneInfo(line.order.store.timezone)).date()
