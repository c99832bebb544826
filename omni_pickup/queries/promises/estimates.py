"""When each order that waits at a store will be ready, by the work before it and the people who are there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, func, or_, select

from omni_pickup.models.base import db
from omni_pickup.models.events import Event
from omni_pickup.models.orders import Order, Question
from omni_pickup.models.picking import PickTask
from omni_pickup.models.stores import Store
from omni_pickup.queries.promises.opening_hours import hours_of
from omni_pickup.queries.promises.promises import floors_of
from omni_pickup.rules.estimates import Work, expected_times, new_promise

#: States of orders that still have to be made ready.
TO_MAKE_READY = ("received", "picking", "picked")
#: Orders of one store that are looked at, the most urgent ones; what stands behind so many is not at risk yet.
MOST_ORDERS = 500
_WAITING_TASKS = ("queued", "assigned")
_LEFT = PickTask.quantity - PickTask.picked - PickTask.short - PickTask.cancelled


@dataclass(frozen=True, slots=True)
class Estimate:
    """An order, its promise, what was expected before and what is expected now; whether its customer was told."""

    order_id: int
    promised_at: datetime
    noted_at: datetime | None
    expected_at: datetime | None
    was_told: bool


def estimates_of(store: Store, now: datetime) -> list[Estimate]:
    """The orders that the store still has to make ready, in the order of their turn.

    Who is being served comes first, then the earliest promise. Orders that wait for their customer's answer or for
    money are nobody's turn; an order without pieces to fetch only has to be staged.
    """
    rows = db.session.execute(_waiting(store)).all()
    floor = floors_of([store], now)[store.id]
    works = [Work(row.id, int(row.left or 0), row.not_before) for row in rows]
    expected = expected_times(hours_of(store), works, now=now, pace=floor.pace, crew=floor.crew)
    by_id = {row.id: row for row in rows}
    return [
        Estimate(key, by_id[key].promised_at, by_id[key].expected_at, at, by_id[key].delay_told_at is not None)
        for key, at in expected.items()
    ]


def estimate_of(store: Store, order_id: int, now: datetime) -> datetime | None:
    """When that order will be ready; None for one that is nobody's turn."""
    found = (one.expected_at for one in estimates_of(store, now) if one.order_id == order_id)
    return next(found, None)


def _waiting(store: Store) -> Any:
    asked = exists().where(Question.order_id == Order.id, Question.state == "open")
    waiting = and_(PickTask.order_id == Order.id, PickTask.state.in_(_WAITING_TASKS))
    return (
        select(
            Order.id,
            Order.promised_at,
            Order.expected_at,
            Order.delay_told_at,
            func.sum(_LEFT).label("left"),
            func.min(PickTask.not_before).label("not_before"),
        )
        .outerjoin(PickTask, waiting)
        .where(
            Order.store_id == store.id,
            Order.state.in_(TO_MAKE_READY),
            Order.payment_state != "void",
            ~asked,
        )
        .group_by(Order.id, Order.promised_at, Order.expected_at, Order.delay_told_at, Order.picking_started_at)
        .order_by(Order.picking_started_at.is_(None), Order.promised_at, Order.id)
        .limit(MOST_ORDERS)
    )


def delayed_until(order: Order, now: datetime) -> datetime | None:
    """By when an order will be ready whose customer was told of a delay; None while the promise is what counts.

    It follows what is expected, with the room that was told, so that people hear everywhere what the message said.
    """
    if order.delay_told_at is None or order.expected_at is None or order.expected_at <= order.promised_at:
        return None
    ready_by = new_promise(hours_of(order.store), order.expected_at)
    return ready_by if ready_by is not None and ready_by >= now else None


def stores_with_work() -> list[int]:
    """Stores (ids) with an order that still has to be made ready: one look at the board's index for each state.

    Asked for by EXISTS and IN, PostgreSQL reads that index from end to end, with every order that ever was.
    """
    first = [
        select(Order.id).where(Order.store_id == Store.id, Order.state == state).limit(1).correlate(Store)
        for state in TO_MAKE_READY
    ]
    has_work = or_(*(one.scalar_subquery().is_not(None) for one in first))
    return list(db.session.scalars(select(Store.id).where(has_work).order_by(Store.id)))


def newest_event() -> int:
    """The id of the last event; 0 before the first."""
    return db.session.scalar(select(func.max(Event.id))) or 0


def stores_changed_after(event_id: int, but: Collection[str], limit: int) -> tuple[list[int], int]:
    """Stores (ids) with events after that one, those of types `but` aside, and the id that was reached."""
    rows = db.session.execute(
        select(Event.id, Event.store_id, Event.type).where(Event.id > event_id).order_by(Event.id).limit(limit)
    ).all()
    changed = {row.store_id for row in rows if row.store_id is not None and row.type not in but}
    return sorted(changed), rows[-1].id if rows else event_id
