"""Keeping what promises are counted from: the measured pace of each store, and how many people are there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from omni_pickup.models.base import db, insert_if_absent
from omni_pickup.models.paces import PromiseSlot, StorePace
from omni_pickup.models.stores import Store
from omni_pickup.queries.promises.paces import COUNT_LASTS
from omni_pickup.queries.promises.walk_times import people_on_shift, stores_to_measure, walks_of
from omni_pickup.rules.paces import Pace, measured_pace, set_pace

#: A pace changes with the season, not with the hour.
MEASURE_EVERY = timedelta(hours=6)
_COUNT_AGAIN = COUNT_LASTS / 3


def measure_due_paces(now: datetime, /, *, limit: int) -> int:
    """Measure the pace of up to `limit` stores whose turn it is; returns how many."""
    stores = stores_to_measure(now - MEASURE_EVERY, limit)
    for store in stores:
        measure_pace(store, now=now)
    if stores:
        db.session.execute(delete(PromiseSlot).where(PromiseSlot.starts_at < now - timedelta(days=2)))
    return len(stores)


def measure_pace(store: Store, *, now: datetime) -> Pace:
    """Measure one store's pace from its finished walks and keep it for the promises to come."""
    pace = measured_pace(walks_of(store, now), set_pace(store.pace_per_hour))
    hours = {str(hour): [round(factor, 3), pace.measured[hour]] for hour, factor in sorted(pace.factors.items())}
    _keep(
        store.id,
        {
            "minutes_per_order": pace.minutes_per_order if pace.orders else None,
            "minutes_per_piece": pace.minutes_per_piece if pace.orders else None,
            "hours": hours,
            "orders": pace.orders,
            "measured_at": now,
        },
    )
    return pace


def changed_shifts(now: datetime) -> dict[int, int]:
    """People on shift by store id, of the stores where what is kept is wrong or about to be too old."""
    people = people_on_shift(now)
    kept = db.session.execute(
        select(StorePace.store_id, StorePace.on_shift).where(
            StorePace.on_shift > 0, StorePace.on_shift_at > now - _COUNT_AGAIN
        )
    )
    fresh = dict(kept.all())
    stale = db.session.scalars(
        select(StorePace.store_id).where(StorePace.on_shift > 0, StorePace.on_shift_at <= now - _COUNT_AGAIN)
    )
    changed = {store_id for store_id in people.keys() | fresh.keys() if fresh.get(store_id) != people.get(store_id)}
    return {store_id: people.get(store_id, 0) for store_id in {*changed, *stale}}


def count_shifts(now: datetime) -> int:
    """Keep how many people are on shift where that changed; returns in how many stores it did."""
    changed = changed_shifts(now)
    for store_id, people in sorted(changed.items()):
        _keep(store_id, {"on_shift": people, "on_shift_at": now})
    return len(changed)


def _keep(store_id: int, values: Mapping[str, object]) -> None:
    new = {"store_id": store_id, "hours": {}, "orders": 0, "on_shift": 0, **values}
    if insert_if_absent(StorePace, new, keys=("store_id",)) is None:
        db.session.execute(
            update(StorePace)
            .where(StorePace.store_id == store_id)
            .values(**values)
            .execution_options(synchronize_session=False)
        )
