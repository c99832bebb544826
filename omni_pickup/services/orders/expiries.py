"""The hold ladder: reminders, the one extension, and the end of an order that nobody fetched."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import exists, literal, or_, select

from omni_pickup import clock
from omni_pickup.errors import NoPromise, WrongState
from omni_pickup.models.actors import SYSTEM, Actor
from omni_pickup.models.base import db
from omni_pickup.models.orders import CheckIn, Order
from omni_pickup.models.stores import Store
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.queries.promises.opening_hours import hours_of
from omni_pickup.rules.hold_deadlines import extended, is_expired, reminder_times
from omni_pickup.rules.problems import RuleProblem
from omni_pickup.rules.sentences import sentence
from omni_pickup.services.order_states import hold_days, record_order, settle_order
from omni_pickup.services.orders.refunds_due import owe_refund
from omni_pickup.services.picking.closed_pieces import close_pieces

#: Written out in the statement, because a database uses the index of what is ready only where it sees the word.
_READY = literal("ready", literal_execute=True)
#: Nobody is reminded twice within this time, whatever the opening hours say.
_QUIET = timedelta(hours=6)


def extend_hold(order: Order, *, by: Actor, at: datetime | None = None) -> Order:
    """The customer needs more time: the same number of open days again, once. Raises WrongState, NoPromise."""
    try:
        until = longer_hold(order)
    except RuleProblem as problem:
        raise WrongState(problem.message) from problem
    if until is None:
        raise NoPromise()
    order.hold_until = until
    order.hold_extended_at = order.updated_at = at or clock.now()
    order.reminded_at = None
    record_order(order, "order.hold_extended", by=by, occurred_at=at)
    return order


def longer_hold(order: Order) -> datetime | None:
    """Until when `extend_hold` would keep the order; None when the store does not open that often.

    Raises WrongState for an order that does not wait, RuleProblem for one that was kept longer before.
    """
    if order.state != "ready" or order.hold_until is None:
        raise WrongState(
            sentence("Order %(number)s is %(state)s, not ready.", number=order.number, state=order.state),
            state=order.state,
        )
    times = 0 if order.hold_extended_at is None else 1
    return extended(hours_of(order.store), order.hold_until, hold_days(order), times_extended=times)


def remind_due_orders(now: datetime, *, limit: int = 100) -> int:
    """Remind customers whose order waits at the opening of the last two open days; returns how many."""
    reminded = 0
    for order_id in _due_reminders(now):
        if reminded == limit:
            break
        reminded += _remind(order_id, now)
    return reminded


def expire_due_orders(now: datetime, *, limit: int = 50) -> int:
    """Close ready orders whose hold has run out, in rising order of their keys; returns how many.

    Who is on the way or here does not lose the order.
    """
    due = db.session.scalars(
        select(Order.id)
        .where(Order.state == _READY, Order.hold_until <= now)
        .where(~exists().where(CheckIn.order_id == Order.id, CheckIn.ended_at.is_(None)))
        .order_by(Order.hold_until)
        .limit(limit)
    ).all()
    return sum(_expire(order_id, now) for order_id in sorted(due))


def _due_reminders(now: datetime) -> Iterator[int]:
    """Orders whose reminder is due, read without their locks: most ready orders are not due, and wait for nobody.

    Orders that became ready on one day and wait until the same hour share their reminder times.
    """
    rows = db.session.execute(
        select(Order.id, Order.store_id, Order.ready_at, Order.hold_until, Order.reminded_at)
        .where(Order.state == _READY, Order.hold_until > now)
        .where(or_(Order.reminded_at.is_(None), Order.reminded_at < now - _QUIET))
        .order_by(Order.id)
    ).all()
    hours = {store.id: hours_of(store) for store in db.session.scalars(select(Store))}
    known: dict[tuple[int, date, datetime], tuple[datetime, ...]] = {}
    for row in rows:
        own = hours[row.store_id]
        key = (row.store_id, own.local_day(row.ready_at), row.hold_until)
        if key not in known:
            known[key] = reminder_times(own, row.ready_at, row.hold_until)
        since = row.reminded_at or row.ready_at
        if any(since < time <= now for time in known[key]):
            yield row.id


def _remind(order_id: int, now: datetime) -> bool:
    """Judge again under the lock: the order may have been fetched meanwhile."""
    order = get_order_by_key(order_id)
    if order.state != "ready" or (order.reminded_at is not None and order.reminded_at >= now - _QUIET):
        return False
    order.reminded_at = order.updated_at = now
    record_order(order, "order.reminder_due", by=SYSTEM)
    return True


def _expire(order_id: int, now: datetime) -> bool:
    """Judge again under the lock: the customer may have come, or the goods may be gone."""
    order = get_order_by_key(order_id)
    checked_in = bool(
        db.session.scalar(select(exists().where(CheckIn.order_id == order.id, CheckIn.ended_at.is_(None))))
    )
    if order.state != "ready" or not is_expired(now, order.hold_until, checked_in=checked_in):
        return False
    wanted = {line.id: line.open for line in order.lines if line.open}
    lines = [(line, wanted[line.id]) for line in order.lines if line.id in wanted]
    order.expiry_closed = True
    close_pieces(order, wanted, reason="expired", by=SYSTEM, at=now)
    owe_refund(order, lines, reason="no_show", by=SYSTEM, at=now)
    settle_order(order, by=SYSTEM, occurred_at=now)
    return True
