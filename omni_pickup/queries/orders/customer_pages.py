"""What the pages of a customer show: the facts of this moment, read once for each page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select

from omni_pickup.models.base import db
from omni_pickup.models.orders import CheckIn, Order, OrderLine, Question
from omni_pickup.models.packages import Handoff, Package
from omni_pickup.models.returns import Return
from omni_pickup.models.staff import Staff
from omni_pickup.models.stores import Store
from omni_pickup.models.transfers import Transfer, TransferLine
from omni_pickup.queries.orders.orders import pickup_code
from omni_pickup.queries.promises.opening_hours import hours_of
from omni_pickup.queries.returns.returnable_lines import claimed_pieces, judge, order_family
from omni_pickup.rules.opening_hours import OpeningHours


@dataclass(frozen=True, slots=True)
class StoreDay:
    """The store's door now: `closes_at` while it is open, `opens_at` while it is closed and will ever open again."""

    is_open: bool
    closes_at: datetime | None
    opens_at: datetime | None
    paused: bool


@dataclass(frozen=True, slots=True)
class ReturnableGoods:
    """A line of which at most `pieces` can be announced now."""

    order: Order
    line: OrderLine
    pieces: int


@dataclass(frozen=True, slots=True)
class PickupFacts:
    """An order as its customer may know it. Codes are there only while the order is ready to be given away."""

    order: Order
    now: datetime
    day: StoreDay
    pieces: int
    picked: int
    bags: int
    awaited: int
    coming: CheckIn | None
    here: CheckIn | None
    helper: str | None
    questions: list[tuple[Question, OrderLine]]
    answered: list[Question]
    code: str | None
    collector_code: str | None
    handoff: Handoff | None
    returns: list[Return]
    children: list[Order]
    returnable: list[ReturnableGoods]


def pickup_facts(order: Order, *, now: datetime) -> PickupFacts:
    """Everything the page of `order` says."""
    is_ready = order.state == "ready" and order.payment_state != "void"
    here = _check_in(order, "here")
    asked = _questions(order)
    return PickupFacts(
        order=order,
        now=now,
        day=store_day(order.store, now=now),
        pieces=sum(line.open for line in order.lines),
        picked=sum(line.picked for line in order.lines),
        bags=_bags(order),
        awaited=_awaited_pieces(order),
        coming=_check_in(order, "on_my_way"),
        here=here,
        helper=_helper(here),
        questions=[(question, line) for question, line in asked if question.state == "open"],
        answered=[question for question, _ in asked if question.state == "answered"],
        code=pickup_code(order) if is_ready else None,
        collector_code=pickup_code(order, "collector") if is_ready else None,
        handoff=_handoff(order),
        returns=returns_of(order),
        children=children_of(order),
        returnable=_returnable(order, now),
    )


def store_day(store: Store, *, now: datetime) -> StoreDay:
    """Whether the door is open, and until or from when; a store that never closes has no `closes_at`."""
    hours = hours_of(store)
    closes_at = _closing(hours, now)
    if closes_at is None:
        return StoreDay(False, None, hours.next_open(now), store.is_paused(now))
    never_closes = closes_at - now > timedelta(days=1)
    return StoreDay(True, None if never_closes else closes_at, None, store.is_paused(now))


def _closing(hours: OpeningHours, now: datetime) -> datetime | None:
    """The end of the open time around `now`; what goes on after midnight counts as one."""
    end: datetime | None = None
    for _ in range(3):
        at = end or now
        days = (hours.local_day(at) + timedelta(days=ahead) for ahead in (-1, 0))
        until = next((stop for day in days for start, stop in hours.intervals_on(day) if start <= at < stop), None)
        if until is None:
            break
        end = until
    return end


def returns_of(order: Order) -> list[Return]:
    """The returns that name this order, the newest first."""
    return list(db.session.scalars(select(Return).where(Return.order_id == order.id).order_by(Return.id.desc())))


def children_of(order: Order) -> list[Order]:
    """The orders at other stores that pieces of this one moved to."""
    return list(db.session.scalars(select(Order).where(Order.parent_id == order.id).order_by(Order.id)).unique())


def _check_in(order: Order, kind: str) -> CheckIn | None:
    return db.session.scalars(
        select(CheckIn)
        .where(CheckIn.order_id == order.id, CheckIn.kind == kind, CheckIn.ended_at.is_(None))
        .order_by(CheckIn.id.desc())
        .limit(1)
    ).first()


def _helper(here: CheckIn | None) -> str | None:
    """The first name of who goes; nobody needs the rest to be found."""
    if here is None or here.taken_by_id is None:
        return None
    return db.session.get_one(Staff, here.taken_by_id).name.split()[0]


def _questions(order: Order) -> list[tuple[Question, OrderLine]]:
    lines = {line.id: line for line in order.lines}
    asked = (
        select(Question)
        .where(Question.order_id == order.id, Question.state.in_(("open", "answered")))
        .order_by(Question.id)
    )
    return [(question, lines[question.order_line_id]) for question in db.session.scalars(asked)]


def _bags(order: Order) -> int:
    waiting = select(func.count()).select_from(Package)
    return db.session.scalar(waiting.where(Package.order_id == order.id, Package.state == "staged")) or 0


def _awaited_pieces(order: Order) -> int:
    """Pieces that another store still has to send for this order."""
    to_come = case((Transfer.state == "requested", TransferLine.requested), else_=TransferLine.in_transit)
    return (
        db.session.scalar(
            select(func.sum(to_come))
            .join(Transfer, Transfer.id == TransferLine.transfer_id)
            .where(
                Transfer.order_id == order.id, Transfer.state != "cancelled", TransferLine.order_line_id.is_not(None)
            )
        )
        or 0
    )


def _handoff(order: Order) -> Handoff | None:
    """The newest one that counts; refused and partly ones tell the customer something, too."""
    return db.session.scalars(
        select(Handoff)
        .where(Handoff.order_id == order.id, Handoff.undone_at.is_(None))
        .order_by(Handoff.id.desc())
        .limit(1)
    ).first()


def _returnable(order: Order, now: datetime) -> list[ReturnableGoods]:
    """What the customer has in hand and may bring back; what was announced already is not offered again."""
    if not any(line.collected for line in order.lines):
        return []
    family = order_family(order)
    claimed = claimed_pieces(line.id for member in family for line in member.lines)
    found = [
        ReturnableGoods(order, line, line.collected - claimed.get(line.id, 0))
        for line in order.lines
        if line.collected > claimed.get(line.id, 0)
    ]
    return [
        goods
        for goods in found
        if judge(goods.line, pieces=goods.pieces, claimed=claimed.get(goods.line.id, 0), at=now).returnable
    ]
