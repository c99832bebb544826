"""The ready-by time of a store, from its real hours and the work that already waits there."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, ScalarSelect, and_, bindparam, func, or_, select

from omni_pickup.models.base import db
from omni_pickup.models.orders import Order
from omni_pickup.models.picking import PickTask
from omni_pickup.models.stores import Store
from omni_pickup.queries.opening_hours import hours_of
from omni_pickup.rules.opening_hours import HORIZON_DAYS
from omni_pickup.rules.promises import Demand, ready_by

_WAITING_TASKS = ("queued", "assigned")
_WORKED_ON = ("received", "picking")
_LEFT = PickTask.quantity - PickTask.picked - PickTask.short - PickTask.cancelled


def _last_promise(state: str) -> ScalarSelect[Any]:
    """One probe of the board's index; asking for both states at once would read all their orders."""
    return (
        select(func.max(Order.promised_at))
        .where(Order.store_id == Store.id, Order.state == state)
        .correlate(Store)
        .scalar_subquery()
    )


_STORES: BindParameter[Any] = bindparam("stores", expanding=True)
# Built once, because every order asks and putting a statement together costs more than running it.
_LAST_PROMISES = select(Store.id, *map(_last_promise, _WORKED_ON)).where(Store.id.in_(_STORES))
_WAITING_PIECES = (
    select(PickTask.store_id, func.sum(_LEFT))
    .where(PickTask.store_id.in_(_STORES), PickTask.state.in_(_WAITING_TASKS))
    .group_by(PickTask.store_id)
)


@dataclass(frozen=True, slots=True)
class _Queue:
    """Pieces of a store that wait to be fetched, and the latest promise among their orders."""

    pieces: int = 0
    last_promised_at: datetime | None = None


def promise_for(
    store: Store, *, now: datetime, requested_from: datetime | None = None, pieces: int = 1
) -> datetime | None:
    """The ready-by instant of a new order of `pieces`; None when nothing is open in 60 days.

    Preparation covers the order's own pieces, unless fetching them takes longer than that. Only pieces of orders
    that are promised earlier stand before it: work for next week does not delay what is wanted today.
    """
    return promises_of([store], now=now, requested_from=requested_from, pieces=pieces)[store.id]


def promises_of(
    stores: Sequence[Store], *, now: datetime, requested_from: datetime | None = None, pieces: int = 1
) -> dict[int, datetime | None]:
    """The promise of each store by store id, in a fixed number of statements."""
    queues, loads = _queues_of(stores), _slot_loads_of(stores, now)

    def promise(store: Store, queued: int) -> datetime | None:
        return _promise_behind(store, queued, now, requested_from, pieces, loads.get(store.id))

    promises = {store.id: promise(store, queues.get(store.id, _Queue()).pieces) for store in stores}
    crowded: dict[int, datetime] = {}
    for store_id, queue in queues.items():
        ready = promises[store_id]
        if ready is not None and queue.last_promised_at is not None and queue.last_promised_at > ready:
            crowded[store_id] = ready
    ahead = _pieces_before(crowded) if crowded else {}
    return promises | {store.id: promise(store, ahead.get(store.id, 0)) for store in stores if store.id in crowded}


def _queues_of(stores: Sequence[Store]) -> dict[int, _Queue]:
    connection = db.session.connection()
    asked = {"stores": [store.id for store in stores]}
    last = {
        store_id: max(at for at in promised if at is not None)
        for store_id, *promised in connection.execute(_LAST_PROMISES, asked)
        if any(promised)
    }
    if not last:
        return {}
    waiting = connection.execute(_WAITING_PIECES, {"stores": list(last)})
    return {store_id: _Queue(int(pieces), last[store_id]) for store_id, pieces in waiting}


def _pieces_before(promises: Mapping[int, datetime]) -> dict[int, int]:
    """Waiting pieces of each store whose orders are promised until the given instant."""
    earlier = or_(*(and_(PickTask.store_id == store_id, Order.promised_at <= at) for store_id, at in promises.items()))
    waiting = (
        select(PickTask.store_id, func.sum(_LEFT))
        .join(Order, Order.id == PickTask.order_id)
        .where(PickTask.state.in_(_WAITING_TASKS), earlier)
        .group_by(PickTask.store_id)
    )
    return {store_id: int(pieces) for store_id, pieces in db.session.execute(waiting)}


def _slot_loads_of(stores: Sequence[Store], now: datetime) -> dict[int, Callable[[datetime], int]]:
    """For stores with slots: how many orders are promised in the slot that starts at an instant."""
    lengths = {store.id: timedelta(minutes=store.slot_minutes) for store in stores if store.slot_minutes}
    if not lengths:
        return {}
    promised: dict[int, list[datetime]] = {store_id: [] for store_id in lengths}
    for store_id, at in db.session.execute(
        select(Order.store_id, Order.promised_at).where(
            Order.store_id.in_(lengths),
            Order.promised_at >= now - timedelta(days=1),
            Order.promised_at <= now + timedelta(days=2 * HORIZON_DAYS),
            Order.state.not_in(("cancelled", "expired")),
        )
    ):
        promised[store_id].append(at)
    return {store_id: _load(sorted(promised[store_id]), length) for store_id, length in lengths.items()}


def _load(promised: Sequence[datetime], length: timedelta) -> Callable[[datetime], int]:
    return lambda start: bisect_left(promised, start + length) - bisect_left(promised, start)


def _promise_behind(
    store: Store,
    queued: int,
    now: datetime,
    requested_from: datetime | None,
    pieces: int,
    slot_load: Callable[[datetime], int] | None,
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
        slot_load=slot_load,
        cut_off=store.cut_off,
    )
