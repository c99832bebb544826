"""The ready-by time of a store, from its real hours, its pace, its people, and the work that already waits there."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ScalarSelect, and_, bindparam, func, or_, select

from omni_pickup.models.base import db
from omni_pickup.models.orders import Order
from omni_pickup.models.paces import StorePace
from omni_pickup.models.picking import PickTask
from omni_pickup.models.stores import Store
from omni_pickup.queries.promises import paces
from omni_pickup.queries.promises.opening_hours import hours_of
from omni_pickup.queries.promises.slots import Load, slot_loads, units_of
from omni_pickup.rules.paces import Pace
from omni_pickup.rules.promises import Demand, Terms, longest_prep, ready_by
from omni_pickup.rules.workloads import Crew

_WAITING_TASKS = ("queued", "assigned")
_WORKED_ON = ("received", "picking")
_LEFT = PickTask.quantity - PickTask.picked - PickTask.short - PickTask.cancelled
_WAITING_ORDERS = func.count(PickTask.order_id.distinct())


@dataclass(frozen=True, slots=True)
class Need:
    """What an order asks of a store: its pieces, and how they have to be handled."""

    pieces: int = 1
    handlings: frozenset[str] = frozenset()


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
_FLOORS = (
    select(Store.id, *(_last_promise(state).label(state) for state in _WORKED_ON), *paces.COLUMNS)
    .outerjoin(StorePace, StorePace.store_id == Store.id)
    .where(Store.id.in_(_STORES))
)
_WAITING = (
    select(PickTask.store_id, func.sum(_LEFT), _WAITING_ORDERS)
    .where(PickTask.store_id.in_(_STORES), PickTask.state.in_(_WAITING_TASKS))
    .group_by(PickTask.store_id)
)


@dataclass(slots=True)
class Floor:
    """What promises of one store are counted from: its pace, its people, what waits, and the latest promise of it."""

    store: Store
    pace: Pace
    crew: Crew
    pieces: int = 0
    orders: int = 0
    last_promised_at: datetime | None = None
    slot_load: Load | None = None


def promise_for(
    store: Store,
    *,
    now: datetime,
    requested_from: datetime | None = None,
    pieces: int = 1,
    handlings: Collection[str] = (),
    slots_from: datetime | None = None,
) -> datetime | None:
    """The ready-by instant of a new order of `pieces`; None when nothing is open in 60 days.

    Only orders that are promised earlier stand before it: work for next week does not delay what is wanted today.
    Slots that start before `slots_from` are taken as full.
    """
    need = Need(pieces, frozenset(handlings))
    return promises_of([store], [need], now=now, requested_from=requested_from, slots_from=slots_from)[store.id, need]


def promises_of(
    stores: Sequence[Store],
    needs: Collection[Need],
    *,
    now: datetime,
    requested_from: datetime | None = None,
    slots_from: datetime | None = None,
) -> dict[tuple[int, Need], datetime | None]:
    """The promise of each store (by id) for each need, in a number of statements that does not grow with stores."""
    floors = floors_of(stores, now)
    found: dict[tuple[int, Need], datetime | None] = {}
    for need in needs:
        crowded: dict[int, datetime] = {}
        for store_id, floor in floors.items():
            ready = _promise(floor, need, now, requested_from, slots_from, floor.orders, floor.pieces)
            found[store_id, need] = ready
            if ready is not None and floor.last_promised_at is not None and floor.last_promised_at > ready:
                crowded[store_id] = ready
        ahead = _waiting_before(crowded) if crowded else {}
        for store_id in crowded:
            found[store_id, need] = _promise(
                floors[store_id], need, now, requested_from, slots_from, *ahead.get(store_id, (0, 0))
            )
    return found


def floors_of(stores: Sequence[Store], now: datetime) -> dict[int, Floor]:
    """Pace, people, work and slots of each store by store id."""
    connection = db.session.connection()
    rows = {row.id: row for row in connection.execute(_FLOORS, {"stores": [store.id for store in stores]})}
    loads = slot_loads(stores, now)
    floors = {store.id: _floor(store, rows.get(store.id), now, loads.get(store.id)) for store in stores}
    busy = [store_id for store_id, floor in floors.items() if floor.last_promised_at is not None]
    if busy:
        for store_id, pieces, orders in connection.execute(_WAITING, {"stores": busy}):
            floors[store_id].pieces, floors[store_id].orders = int(pieces), orders
    return floors


def _floor(store: Store, row: Any, now: datetime, load: Load | None) -> Floor:
    last = [] if row is None else [at for at in (row.received, row.picking) if at is not None]
    return Floor(
        store=store,
        pace=paces.pace_from(store, row),
        crew=paces.crew_from(store, row, hours_of(store), now),
        last_promised_at=max(last, default=None),
        slot_load=load,
    )


def _waiting_before(promises: Mapping[int, datetime]) -> dict[int, tuple[int, int]]:
    """Waiting orders and pieces of each store, of orders that are promised until the given instant."""
    earlier = or_(*(and_(PickTask.store_id == store_id, Order.promised_at <= at) for store_id, at in promises.items()))
    waiting = (
        select(PickTask.store_id, _WAITING_ORDERS, func.sum(_LEFT))
        .join(Order, Order.id == PickTask.order_id)
        # The stores are named once more by themselves, which is what leads the database to the queue's index.
        .where(PickTask.store_id.in_(promises), PickTask.state.in_(_WAITING_TASKS), earlier)
        .group_by(PickTask.store_id)
    )
    return {store_id: (orders, int(pieces)) for store_id, orders, pieces in db.session.execute(waiting)}


def _promise(
    floor: Floor,
    need: Need,
    now: datetime,
    requested_from: datetime | None,
    slots_from: datetime | None,
    orders_ahead: int,
    pieces_ahead: int,
) -> datetime | None:
    store, load = floor.store, floor.slot_load
    if slots_from is not None and load is not None:
        load = _from(slots_from, load)
    demand = Demand(
        longest_prep(store.prep_minutes, store.prep_minutes_by_handling, need.handlings),
        queued_minutes=floor.pace.minutes(orders_ahead, pieces_ahead),
        own_minutes=floor.pace.minutes(1, need.pieces),
        slot_units=units_of(store, need.pieces),
    )
    return ready_by(
        hours_of(store),
        demand,
        now=now,
        requested_from=requested_from,
        pace=floor.pace,
        crew=floor.crew,
        terms=Terms(store.cut_off, store.slot_minutes, store.slot_capacity, load),
    )


def _from(earliest: datetime, load: Load) -> Load:
    """The same, with every slot before that taken to the last."""
    return lambda start, end: sys.maxsize if start < earliest else load(start, end)
