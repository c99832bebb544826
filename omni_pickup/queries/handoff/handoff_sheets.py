"""Everything that is shown while an order is handed over: bags and their places, who comes, and what was before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from omni_pickup.models.base import db
from omni_pickup.models.events import Event
from omni_pickup.models.orders import CheckIn, Order, OrderLine
from omni_pickup.models.packages import Handoff, Package
from omni_pickup.models.picking import FloorTask
from omni_pickup.models.staff import Staff
from omni_pickup.queries.papers.paper_facts import bag_code, variant
from omni_pickup.queries.picking.packages import IN_STORE


@dataclass(frozen=True, slots=True)
class BagContent:
    """Pieces of one line in a bag; `take_out` of them must leave it first."""

    line: OrderLine
    variant: str
    pieces: int
    take_out: int


@dataclass(frozen=True, slots=True)
class HandoffBag:
    """A bag that is still in the store. `codes` are what a scan or a hand may say; `searched` that nobody finds it."""

    bag: Package
    codes: Sequence[str]
    contents: Sequence[BagContent]
    searched: bool

    @property
    def place(self) -> str | None:
        return None if self.bag.staging_location is None else self.bag.staging_location.code

    @property
    def held(self) -> dict[str, int]:
        """Pieces by line id."""
        return {content.line.line_id: content.pieces for content in self.contents}


@dataclass(frozen=True, slots=True)
class HandoffPlace:
    """A place to walk to and the bags that stand there."""

    code: str
    kind: str
    zone: str
    bags: Sequence[HandoffBag]


@dataclass(frozen=True, slots=True)
class PastHandoff:
    """The last handoff that still stands, and who did it."""

    handoff: Handoff
    who: str | None
    staff_id: int | None


@dataclass(frozen=True, slots=True)
class HandoffSheet:
    """`named_at` is when the customer named the collector, if that was after ordering."""

    order: Order
    bags: Sequence[HandoffBag]
    places: Sequence[HandoffPlace]
    check_in: CheckIn | None
    taken_by: str | None
    named_at: datetime | None
    past: PastHandoff | None

    @property
    def pieces(self) -> int:
        return sum(content.pieces for bag in self.bags for content in bag.contents)


def handoff_sheet(order: Order) -> HandoffSheet:
    """The sheet of one order."""
    bags = _bags(order)
    here = select(CheckIn, Staff.name).outerjoin(Staff, Staff.id == CheckIn.taken_by_id)
    waiting = db.session.execute(
        here.where(CheckIn.order_id == order.id, CheckIn.ended_at.is_(None)).order_by(CheckIn.kind, CheckIn.id).limit(1)
    ).first()
    return HandoffSheet(
        order=order,
        bags=bags,
        places=_places(bags),
        check_in=waiting[0] if waiting else None,
        taken_by=waiting[1].split()[0] if waiting and waiting[1] else None,
        named_at=_named_at(order),
        past=_past(order),
    )


def _bags(order: Order) -> list[HandoffBag]:
    rows = select(Package).where(Package.order_id == order.id, Package.state.in_(IN_STORE)).order_by(Package.number)
    bags = list(db.session.scalars(rows).unique())
    lost = set(
        db.session.scalars(
            select(FloorTask.package_id).where(
                FloorTask.order_id == order.id, FloorTask.kind == "search", FloorTask.state == "open"
            )
        )
    )
    return [
        HandoffBag(bag, _codes(bag, order, alone=len(bags) == 1), _contents(bag), bag.id in lost)
        for bag in bags
        if any(content.quantity for content in bag.contents)
    ]


def _codes(bag: Package, order: Order, *, alone: bool) -> list[str]:
    """The printed id, the tag, and what people read off the label: `4821NOW2`, or `4821NOW` of the only bag."""
    label = "".join((bag_code(order).number, bag_code(order).letters))
    typed = [f"{label}{bag.number}", *([label] if alone else [])]
    return [bag.public_id, *([bag.tag] if bag.tag else []), *typed]


def _contents(bag: Package) -> list[BagContent]:
    return [
        BagContent(content.order_line, variant(content.order_line.item), content.quantity, content.take_out)
        for content in bag.contents
        if content.quantity
    ]


def _places(bags: Sequence[HandoffBag]) -> list[HandoffPlace]:
    """In the order of the bags, each place once."""
    by_code: dict[str, list[HandoffBag]] = {}
    for bag in bags:
        if bag.place is not None:
            by_code.setdefault(bag.place, []).append(bag)
    places = {bag.bag.staging_location for bag in bags if bag.bag.staging_location is not None}
    rows = {place.code: place for place in places}
    return [HandoffPlace(code, rows[code].kind, rows[code].zone, there) for code, there in by_code.items()]


def _named_at(order: Order) -> datetime | None:
    if order.contact.collector_name is None:
        return None
    return db.session.scalar(
        select(func.max(Event.occurred_at)).where(Event.order_id == order.id, Event.type == "order.collector_changed")
    )


def _past(order: Order) -> PastHandoff | None:
    row = db.session.execute(
        select(Handoff, Staff.name, Staff.id)
        .outerjoin(Staff, Staff.id == Handoff.staff_id)
        .where(Handoff.order_id == order.id, Handoff.undone_at.is_(None), Handoff.result != "nobody_came")
        .order_by(Handoff.id.desc())
        .limit(1)
    ).first()
    return None if row is None else PastHandoff(row[0], row[1].split()[0] if row[1] else None, row[2])
