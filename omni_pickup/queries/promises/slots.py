"""How full the slots are in which a store promises, counted from the orders themselves."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from sqlalchemy import Executable, bindparam, func, select

from omni_pickup.models.base import db
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.models.stores import Store
from omni_pickup.queries.promises.opening_hours import hours_of
from omni_pickup.rules.opening_hours import HORIZON_DAYS
from omni_pickup.rules.promises import slot_of

#: States of orders that take or took their place; cancelled and expired ones gave it back.
_TAKING = ("received", "picking", "picked", "ready", "collected")
_WITHIN = (
    Order.store_id.in_(bindparam("stores", expanding=True)),
    Order.state.in_(_TAKING),
    Order.promised_at >= bindparam("earliest"),
    Order.promised_at < bindparam("latest"),
)
# Built once, because every order of a store with slots asks.
_ORDERS = select(Order.store_id, Order.promised_at).where(*_WITHIN)
_PIECES = (
    select(Order.store_id, Order.promised_at, func.sum(OrderLine.open + OrderLine.collected))
    .join(OrderLine, OrderLine.order_id == Order.id)
    .where(*_WITHIN)
    .group_by(Order.id, Order.store_id, Order.promised_at)
)

Load = Callable[[datetime, datetime], int]


def slot_loads(stores: Sequence[Store], now: datetime) -> dict[int, Load]:
    """For stores with slots, by store id: how much is taken of the slot from a start to an end."""
    slotted = [store for store in stores if store.slot_minutes]
    return {store.id: _load(taken) for store, taken in _taken(slotted, now)}


def units_of(store: Store, pieces: int) -> int:
    """What an order of so many pieces takes of a slot of this store."""
    return pieces if store.slot_unit == "pieces" else 1


def _taken(stores: Sequence[Store], now: datetime) -> list[tuple[Store, list[tuple[datetime, int]]]]:
    # A slot ends at midnight, so what was promised a day ago is in none that is still to come.
    span = {"earliest": now - timedelta(days=1), "latest": now + timedelta(days=2 * HORIZON_DAYS)}
    found: dict[int, list[tuple[datetime, int]]] = {store.id: [] for store in stores}
    statements: dict[str, Executable] = {"orders": _ORDERS, "pieces": _PIECES}
    for unit, statement in statements.items():
        asked = [store.id for store in stores if store.slot_unit == unit]
        if asked:
            for store_id, at, *units in db.session.connection().execute(statement, {"stores": asked, **span}):
                found[store_id].append((at, int(units[0]) if units else 1))
    return [(store, sorted(found[store.id])) for store in stores]


def _load(taken: Sequence[tuple[datetime, int]]) -> Load:
    times = [at for at, _ in taken]
    sums = [0, *accumulate(units for _, units in taken)]
    return lambda start, end: sums[bisect_left(times, end)] - sums[bisect_left(times, start)]


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot that is still to come, and how much of it is taken, in the store's unit."""

    start: datetime
    end: datetime
    taken: int
    capacity: int

    @property
    def is_full(self) -> bool:
        return self.taken >= self.capacity


def coming_slots(store: Store, now: datetime, most: int) -> list[Slot]:
    """The next slots in open time, the one that runs now among them; none for a store without slots."""
    if store.slot_minutes is None or store.slot_capacity is None:
        return []
    hours, load = hours_of(store), slot_loads([store], now)[store.id]
    found: list[Slot] = []
    at = hours.next_open(now)
    while at is not None and len(found) < most:
        start, end = slot_of(hours, at, store.slot_minutes)
        found.append(Slot(start, end, load(start, end), store.slot_capacity))
        at = hours.next_open(end)
    return found
