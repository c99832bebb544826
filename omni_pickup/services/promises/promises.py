"""Promising a time to an order that is being written: its slot is its own until the transaction ends."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import bindparam, select

from omni_pickup.models.base import db, insert_if_absent
from omni_pickup.models.paces import PromiseSlot
from omni_pickup.models.stores import Store
from omni_pickup.queries.promises.opening_hours import hours_of
from omni_pickup.queries.promises.promises import promise_for
from omni_pickup.queries.promises.slots import slot_loads, units_of
from omni_pickup.rules.promises import has_room, slot_of

_KEY = ("store_id", "starts_at")
_LOCK = (
    select(PromiseSlot.id)
    .where(PromiseSlot.store_id == bindparam("store"), PromiseSlot.starts_at == bindparam("start"))
    .with_for_update(key_share=True)
)


def make_promise(
    store: Store,
    *,
    now: datetime,
    requested_from: datetime | None = None,
    pieces: int,
    handlings: Collection[str] = (),
) -> datetime | None:
    """The ready-by instant of a new order of `pieces`; None when nothing is open, or free, in 60 days.

    At a store with slots the promised one is locked and counted anew, so that two orders at the same moment never
    take the same last place; of a full one the next is tried, always forward, so that two never wait in a ring.
    """
    slots_from: datetime | None = None
    while True:
        at = promise_for(
            store,
            now=now,
            requested_from=requested_from,
            pieces=pieces,
            handlings=handlings,
            slots_from=slots_from,
        )
        if at is None or store.slot_minutes is None or store.slot_capacity is None:
            return at
        start, end = slot_of(hours_of(store), at, store.slot_minutes)
        lock_slot(store, start)
        if has_room(slot_loads([store], now)[store.id](start, end), units_of(store, pieces), store.slot_capacity):
            return at
        slots_from = end


def lock_slot(store: Store, start: datetime) -> None:
    """Wait for whoever else promises a time in this slot, and let nobody else do so until the transaction ends."""
    if insert_if_absent(PromiseSlot, {"store_id": store.id, "starts_at": start}, keys=_KEY) is None:
        db.session.connection().execute(_LOCK, {"store": store.id, "start": start})
