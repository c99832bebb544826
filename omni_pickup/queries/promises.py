"""The ready-by time of a store, from its real hours and the work that already waits there."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from omni_pickup.models.base import db
from omni_pickup.models.orders import Order
from omni_pickup.models.picking import PickTask
from omni_pickup.models.stores import Store
from omni_pickup.queries.opening_hours import hours_of
from omni_pickup.rules.opening_hours import HORIZON_DAYS
from omni_pickup.rules.promises import Demand, ready_by

_WAITING_TASKS = ("queued", "assigned")
_WORKED_ON = ("received", "picking")


@dataclass(frozen=True, slots=True)
class Queue:
    """Pieces of a store that wait to be fetched, and the latest promise among their orders."""

    pieces: int = 0
    last_promised_at: datetime | None = None


def queues_of(store_ids: Collection[int]) -> dict[int, Queue]:
    """The work that waits at each store."""
    last = dict(
        db.session.execute(
            select(Order.store_id, func.max(Order.promised_at))
            .where(Order.store_id.in_(store_ids), Order.state.in_(_WORKED_ON))
            .group_by(Order.store_id)
        ).all()
    )
    if not last:
        return {}
    left = PickTask.quantity - PickTask.picked - PickTask.short - PickTask.cancelled
    waiting = (
        select(PickTask.store_id, func.sum(left))
        .where(PickTask.store_id.in_(last), PickTask.state.in_(_WAITING_TASKS))
        .group_by(PickTask.store_id)
    )
    return {store_id: Queue(int(pieces), last[store_id]) for store_id, pieces in db.session.execute(waiting) if pieces}


def promise_for(
    store: Store, *, now: datetime, requested_from: datetime | None = None, pieces: int = 1, queue: Queue | None = None
) -> datetime | None:
    """The ready-by instant of a new order of `pieces`; None when nothing is open in 60 days.

    Preparation covers the order's own pieces, unless fetching them takes longer than that. Only pieces of orders
    that are promised earlier stand before it: work for next week does not delay what is wanted today.
    """
    queue = queues_of([store.id]).get(store.id, Queue()) if queue is None else queue
    promise = _promise_behind(store, queue.pieces, now, requested_from, pieces)
    if promise is None or queue.last_promised_at is None or queue.last_promised_at <= promise:
        return promise
    return _promise_behind(store, _pieces_before(store.id, promise), now, requested_from, pieces)


def _promise_behind(
    store: Store, queued: int, now: datetime, requested_from: datetime | None, pieces: int
) -> datetime | None:
    demand = Demand(store.prep_minutes, queued, store.pickers, store.pace_per_hour)
    own_minutes = pieces * 60 / store.pace_per_hour / max(1, store.pickers)
    return ready_by(
        hours_of(store),
        now=now,
        requested_from=requested_from,
        prep_minutes=max(store.prep_minutes, round(own_minutes)),
        queued_minutes=demand.queued_minutes,
        pickers=store.pickers,
        slot_minutes=store.slot_minutes,
        slot_capacity=store.slot_capacity,
        slot_load=_slot_load(store, now) if store.slot_minutes and store.slot_capacity else None,
        cut_off=store.cut_off,
    )


def _pieces_before(store_id: int, promise: datetime) -> int:
    left = PickTask.quantity - PickTask.picked - PickTask.short - PickTask.cancelled
    waiting = (
        select(func.coalesce(func.sum(left), 0))
        .join(Order, Order.id == PickTask.order_id)
        .where(
            PickTask.store_id == store_id,
            PickTask.state.in_(_WAITING_TASKS),
            Order.promised_at <= promise,
        )
    )
    return int(db.session.scalar(waiting) or 0)


def _slot_load(store: Store, now: datetime) -> Callable[[datetime], int]:
    """How many orders are promised in the slot that starts at an instant; one query for all slots."""
    length = timedelta(minutes=store.slot_minutes or 0)
    promised = db.session.scalars(
        select(Order.promised_at)
        .where(
            Order.store_id == store.id,
            Order.promised_at >= now - length,
            Order.promised_at <= now + timedelta(days=2 * HORIZON_DAYS),
            Order.state.not_in(("cancelled", "expired")),
        )
        .order_by(Order.promised_at)
    ).all()
    return lambda start: sum(start <= at < start + length for at in promised)
