"""Check-in: the customer is on the way or here, and somebody of the staff goes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, select, update

from omni_pickup import clock
from omni_pickup.errors import AlreadyTaken, Forbidden, Invalid, WrongState
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.orders import CheckIn, Order
from omni_pickup.models.staff import Staff
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.rules.lifecycle import ORDER_OPEN_STATES
from omni_pickup.rules.sentences import sentence
from omni_pickup.services.order_states import record_order

KINDS = ("on_my_way", "here")
SOURCES = ("customer", "staff", "channel")


def check_in(
    order: Order,
    *,
    kind: str,
    source: str = "customer",
    bay: str | None = None,
    vehicle: str | None = None,
    eta: datetime | None = None,
    by: Actor,
    at: datetime | None = None,
) -> CheckIn:
    """Note that the customer is coming (`on_my_way`) or has come (`here`), whatever is still to be done.

    A double tap changes nothing; another bay or car is noted on the same announcement. Raises WrongState for an
    order that has ended, Invalid for an unknown kind or bay.
    """
    _check_values(order, kind, source, bay)
    if order.state not in ORDER_OPEN_STATES:
        raise WrongState(
            sentence("Order %(number)s is %(state)s.", number=order.number, state=order.state), state=order.state
        )
    if vehicle is not None:
        order.contact.vehicle = vehicle[:200]
    known = _open_check_in(order.id, kind)
    if known is not None and (bay in (None, known.bay)) and (eta in (None, known.eta_at)):
        return known
    now = at or clock.now()
    row = known or CheckIn(order_id=order.id, store_id=order.store_id, kind=kind, source=source, at=now)
    row.bay, row.eta_at = bay or row.bay, eta or row.eta_at
    db.session.add(row)
    _stamp(order, kind, now)
    told = {"kind": kind, "source": source, "bay": row.bay}
    word = "order.check_in_changed" if known else f"order.{'arrived' if kind == 'here' else 'on_my_way'}"
    record_order(order, word, by=by, occurred_at=at, extra={"check_in": told})
    return row


def take_check_in(row: CheckIn, *, by: Actor, at: datetime | None = None) -> CheckIn:
    """Say "I go": the first one wins, by a guarded UPDATE. Raises AlreadyTaken with the name of who goes."""
    if by.staff_id is None:
        raise Forbidden("Only somebody of the staff can go to a customer.")
    order = get_order_by_key(row.order_id)
    if row.ended_at is not None or order.state not in ORDER_OPEN_STATES:
        raise WrongState("This customer does not wait any more.")
    done = db.session.execute(
        update(CheckIn)
        .where(CheckIn.id == row.id, CheckIn.taken_by_id.is_(None))
        .values(taken_by_id=by.staff_id, taken_at=at or clock.now(), version=CheckIn.version + 1)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(row)
    if cast(CursorResult[Any], done).rowcount == 0:
        _refuse_second(row, by)
        return row
    record_order(order, "order.check_in_taken", by=by, occurred_at=at, extra={"check_in": {"bay": row.bay}})
    return row


def go_to_waiting(order: Order, *, by: Actor, at: datetime | None = None) -> None:
    """Whoever fetches the order's goods for somebody who is here goes to them, too; the first one stays the one."""
    row = _open_check_in(order.id, "here")
    if row is not None and row.taken_by_id is None and by.staff_id is not None:
        take_check_in(row, by=by, at=at)


def take_back_arrival(order: Order, *, by: Actor, at: datetime | None = None) -> None:
    """The customer is not there yet after all: nobody has to go. Who is not here changes nothing."""
    row = _open_check_in(order.id, "here")
    if row is None:
        return
    row.ended_at, order.arrived_at, order.updated_at = at or clock.now(), None, clock.now()
    db.session.flush()
    told = {"kind": row.kind, "source": row.source, "bay": row.bay}
    record_order(order, "order.arrival_taken_back", by=by, occurred_at=at, extra={"check_in": told})


def end_check_ins(order: Order, at: datetime) -> None:
    """Nobody waits for this order any more."""
    for row in db.session.scalars(select(CheckIn).where(CheckIn.order_id == order.id, CheckIn.ended_at.is_(None))):
        row.ended_at = at
    db.session.flush()


def resume_check_ins(order: Order, ended_at: datetime) -> None:
    """Whoever stopped waiting at that moment waits again, since when and where they did; not who is here anew."""
    ended = select(CheckIn).where(CheckIn.order_id == order.id, CheckIn.ended_at == ended_at)
    for row in db.session.scalars(ended).all():
        if _open_check_in(order.id, row.kind) is None:
            row.ended_at = None
            db.session.flush()


def _refuse_second(row: CheckIn, by: Actor) -> None:
    if row.taken_by_id == by.staff_id or row.taken_by_id is None:
        return
    name = db.session.get_one(Staff, row.taken_by_id).name
    raise AlreadyTaken(sentence("%(name)s is going.", name=name), taken_by=name)


def _check_values(order: Order, kind: str, source: str, bay: str | None) -> None:
    if kind not in KINDS:
        raise Invalid.at("/kind", f"A check-in is one of {', '.join(KINDS)}.")
    if source not in SOURCES:
        raise Invalid.at("/source", f"A check-in comes from one of {', '.join(SOURCES)}.")
    if bay is not None and order.store.bays and bay not in [str(known) for known in order.store.bays]:
        raise Invalid.at("/bay", sentence("There is no bay %(bay)s at this store.", bay=bay))


def _open_check_in(order_id: int, kind: str) -> CheckIn | None:
    return db.session.scalars(
        select(CheckIn).where(CheckIn.order_id == order_id, CheckIn.kind == kind, CheckIn.ended_at.is_(None)).limit(1)
    ).first()


def _stamp(order: Order, kind: str, at: datetime) -> None:
    if kind == "here":
        order.arrived_at = order.arrived_at or at
    else:
        order.on_my_way_at = order.on_my_way_at or at
    order.updated_at = clock.now()
    db.session.flush()
