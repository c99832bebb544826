"""Who waits at the store, and who is on the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from omni_pickup.models.base import db
from omni_pickup.models.orders import NUMBER_BASE, CheckIn, Order, OrderContact, OrderLine
from omni_pickup.models.picking import PickTask
from omni_pickup.models.staff import Staff
from omni_pickup.models.stores import Store
from omni_pickup.rules.codes import short_name
from omni_pickup.rules.lifecycle import ORDER_OPEN_STATES


@dataclass(frozen=True, slots=True)
class WaitingPerson:
    """Somebody who is here, or on the way (`here` false). `queued` pieces are in nobody's walk yet."""

    order_id: str
    number: str
    state: str
    here: bool
    name: str
    bay: str | None
    vehicle: str | None
    at: datetime
    eta_at: datetime | None
    taken_by: str | None
    left: int
    queued: int


def waiting_people(store: Store) -> list[WaitingPerson]:
    """Everybody who is here, longest first, then who is on the way, soonest first."""
    rows = db.session.execute(
        select(CheckIn, Order.public_id, Order.id, Order.state, OrderContact, Staff.name, _left(), _queued())
        .join(Order, Order.id == CheckIn.order_id)
        .join(OrderContact, OrderContact.order_id == Order.id)
        .outerjoin(Staff, Staff.id == CheckIn.taken_by_id)
        .where(CheckIn.store_id == store.id, CheckIn.ended_at.is_(None), Order.state.in_(ORDER_OPEN_STATES))
        .order_by(CheckIn.kind, CheckIn.at, CheckIn.id)
    ).all()
    here = {order_id for row, _, order_id, *_ in rows if row.kind == "here"}
    people = [_person(*row) for row in rows if row[0].kind == "here" or row[2] not in here]
    return sorted(people, key=lambda one: (not one.here, one.at if one.here else one.eta_at or one.at))


def _person(row: CheckIn, public_id: str, order_id: int, state: str, *more: Any) -> WaitingPerson:
    contact, taken_by, left, queued = more
    return WaitingPerson(
        order_id=public_id,
        number=str(NUMBER_BASE + order_id),
        state=state,
        here=row.kind == "here",
        name=short_name(contact.collector_name or contact.name or ""),
        bay=row.bay,
        vehicle=contact.vehicle,
        at=row.at,
        eta_at=row.eta_at,
        taken_by=taken_by.split()[0] if taken_by else None,
        left=int(left or 0),
        queued=int(queued or 0),
    )


def _left() -> Any:
    """Pieces that are still on the shelf."""
    left = select(func.sum(OrderLine.open - OrderLine.picked)).where(OrderLine.order_id == Order.id)
    return left.scalar_subquery()


def _queued() -> Any:
    """Those of them that nobody is fetching."""
    pieces = PickTask.quantity - PickTask.picked - PickTask.short - PickTask.cancelled
    queued = select(func.sum(pieces)).where(PickTask.order_id == Order.id, PickTask.state == "queued")
    return queued.scalar_subquery()


def untaken(people: list[WaitingPerson]) -> list[WaitingPerson]:
    """Who is here and nobody goes to yet: what the alarm is about."""
    return [person for person in people if person.here and person.taken_by is None]
