"""Everything that the order sheet shows about one order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select

from omni_pickup.models.base import db
from omni_pickup.models.clients import Client
from omni_pickup.models.events import Event
from omni_pickup.models.orders import CheckIn, Order, OrderLine, Question
from omni_pickup.models.packages import Package
from omni_pickup.models.picking import PickTask, Tote, Wave
from omni_pickup.models.staff import Device, Staff
from omni_pickup.models.stock import StockLevel
from omni_pickup.queries.papers.paper_facts import variant
from omni_pickup.queries.picking.packages import IN_STORE

#: Steps of the past that the sheet shows, the newest first.
MOST_STEPS = 40


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A line with its goods; `tote` where its pieces are, `shelf` where the next one lies."""

    line: OrderLine
    variant: str
    tote: str | None
    shelf: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened; `who` is a person, the customer, a channel's name, or nobody for the program."""

    at: datetime
    type: str
    kind: str
    who: str | None
    device: str | None


@dataclass(frozen=True, slots=True)
class OrderSheet:
    """`walk` is the open walk that fetches the order, `picker` who walks it."""

    order: Order
    lines: Sequence[SheetLine]
    bags: Sequence[Package]
    questions: Sequence[Question]
    check_in: CheckIn | None
    walk: Wave | None
    picker: Staff | None
    steps: Sequence[Step]

    @property
    def open_pieces(self) -> int:
        return sum(line.open for line in self.order.lines)

    @property
    def picked_pieces(self) -> int:
        return sum(line.picked for line in self.order.lines)

    @property
    def places(self) -> list[str]:
        """Where its bags stand, each place once."""
        return sorted({bag.staging_location.code for bag in self.bags if bag.staging_location is not None})


def order_sheet(order: Order) -> OrderSheet:
    """The sheet of one order."""
    bags = select(Package).where(Package.order_id == order.id, Package.state.in_(IN_STORE)).order_by(Package.number)
    questions = select(Question).where(Question.order_id == order.id, Question.state.in_(("open", "answered")))
    here = select(CheckIn).where(CheckIn.order_id == order.id, CheckIn.ended_at.is_(None)).order_by(CheckIn.kind)
    walk, letter = _walk(order)
    return OrderSheet(
        order=order,
        lines=_lines(order, letter),
        bags=db.session.scalars(bags).unique().all(),
        questions=db.session.scalars(questions.order_by(Question.id)).all(),
        check_in=db.session.scalars(here.limit(1)).first(),
        walk=walk,
        picker=db.session.get(Staff, walk.picker_id) if walk is not None and walk.picker_id is not None else None,
        steps=order_steps(order),
    )


def _walk(order: Order) -> tuple[Wave | None, str | None]:
    found = db.session.execute(
        select(Wave, Tote.letter)
        .join(Tote, Tote.wave_id == Wave.id)
        .where(Tote.order_id == order.id, Tote.pulled_out_at.is_(None), Wave.state != "finished")
        .order_by(Wave.id.desc())
        .limit(1)
    ).first()
    return (None, None) if found is None else (found[0], found[1])


def _lines(order: Order, letter: str | None) -> list[SheetLine]:
    live = select(PickTask.order_line_id).where(
        PickTask.order_id == order.id, PickTask.state.in_(("queued", "assigned"))
    )
    to_fetch = set(db.session.scalars(live))
    shelves = _shelves(order)
    return [
        SheetLine(
            line=line,
            variant=variant(line.item),
            tote=letter if line.picked else None,
            shelf=shelves.get(line.item_id) if line.id in to_fetch else None,
        )
        for line in order.lines
    ]


def _shelves(order: Order) -> dict[int, str | None]:
    items = {line.item_id for line in order.lines}
    rows = db.session.execute(
        select(StockLevel.item_id, StockLevel.location).where(
            and_(StockLevel.store_id == order.store_id, StockLevel.item_id.in_(items))
        )
    )
    return {row.item_id: row.location for row in rows}


def order_steps(order: Order) -> list[Step]:
    """What happened to the order, the newest first."""
    rows = db.session.execute(
        select(Event.occurred_at, Event.type, Event.actor_kind, Staff.name, Device.name, Client.name)
        .outerjoin(Staff, Staff.id == Event.staff_id)
        .outerjoin(Device, Device.id == Event.device_id)
        .outerjoin(Client, Client.id == Event.client_id)
        .where(Event.order_id == order.id)
        .order_by(Event.id.desc())
        .limit(MOST_STEPS)
    )
    return [
        Step(at, type_, kind, (staff.split()[0] if staff else None) or client, device)
        for at, type_, kind, staff, device, client in rows
    ]
