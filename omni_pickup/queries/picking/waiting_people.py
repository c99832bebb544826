"""Who waits at the store, and who is on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from omni_pickup.models.base import db
from omni_pickup.models.orders import NUMBER_BASE, CheckIn, Order, OrderContact, OrderLine
from omni_pickup.models.picking import PickTask, Wave
from omni_pickup.models.staff import Staff
from omni_pickup.models.stores import Store
from omni_pickup.rules.codes import short_name
from omni_pickup.rules.lifecycle import ORDER_OPEN_STATES

#: Not the one who goes to the customer, who is joined by the same table.
_picker = aliased(Staff)


@dataclass(frozen=True, slots=True)
class WaitingPerson:
    """Somebody who is here, or on the way (`here` false).

    `queued` pieces are in nobody's walk yet; `walk` is the public id of the one that has pieces still to fetch, and
    `picker` who walks it.
    """

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
    walk: str | None
    picker: str | None


def waiting_people(store: Store) -> list[WaitingPerson]:
    """Everybody who is here, longest first, then who is on the way, soonest first."""
    rows = db.session.execute(
        select(
            CheckIn.kind,
            CheckIn.bay,
            CheckIn.at,
            CheckIn.eta_at,
            Order.public_id,
            Order.id,
            Order.state,
            func.coalesce(OrderContact.collector_name, OrderContact.name).label("name"),
            OrderContact.vehicle,
            Staff.name.label("taken_by"),
            _left().label("left"),
            _queued().label("queued"),
            _of_walk(Wave.public_id).label("walk"),
            _of_walk(_picker.name).label("picker"),
        )
        .join(Order, Order.id == CheckIn.order_id)
        .join(OrderContact, OrderContact.order_id == Order.id)
        .outerjoin(Staff, Staff.id == CheckIn.taken_by_id)
        .where(CheckIn.store_id == store.id, CheckIn.ended_at.is_(None), Order.state.in_(ORDER_OPEN_STATES))
        .order_by(CheckIn.kind, CheckIn.at, CheckIn.id)
    ).all()
    here = {row.id for row in rows if row.kind == "here"}
    people = [_person(row) for row in rows if row.kind == "here" or row.id not in here]
    return sorted(people, key=lambda one: (not one.here, one.at if one.here else one.eta_at or one.at))


def _person(row: Any) -> WaitingPerson:
    return WaitingPerson(
        order_id=row.public_id,
        number=str(NUMBER_BASE + row.id),
        state=row.state,
        here=row.kind == "here",
        name=short_name(row.name or ""),
        bay=row.bay,
        vehicle=row.vehicle,
        at=row.at,
        eta_at=row.eta_at,
        taken_by=row.taken_by.split()[0] if row.taken_by else None,
        left=int(row.left or 0),
        queued=int(row.queued or 0),
        walk=row.walk,
        picker=row.picker.split()[0] if row.picker else None,
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


def _of_walk(column: Any) -> Any:
    """That of the walk which has some of them still to fetch."""
    walk = (
        select(column)
        .select_from(PickTask)
        .join(Wave, Wave.id == PickTask.wave_id)
        .outerjoin(_picker, _picker.id == Wave.picker_id)
        .where(PickTask.order_id == Order.id, PickTask.state == "assigned", Wave.state != "finished")
        .order_by(Wave.id.desc())
        .limit(1)
    )
    return walk.scalar_subquery()


def who_is_here(order_ids: Sequence[int]) -> set[int]:
    """Those of the orders, by primary key, for which somebody stands here."""
    here = select(CheckIn.order_id).where(CheckIn.kind == "here", CheckIn.ended_at.is_(None))
    return set(db.session.scalars(here.where(CheckIn.order_id.in_(order_ids))))


def untaken(people: list[WaitingPerson]) -> list[WaitingPerson]:
    """Who is here and nobody goes to yet: what the alarm is about."""
    return [person for person in people if person.here and person.taken_by is None]
