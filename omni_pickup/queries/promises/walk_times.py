"""How long finished walks took: what the pace of a store is measured from, by real events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, or_, select

from omni_pickup.models.base import db
from omni_pickup.models.events import Event
from omni_pickup.models.paces import StorePace
from omni_pickup.models.picking import PickTask, Wave
from omni_pickup.models.staff import Device, StaffSession
from omni_pickup.models.stores import Store
from omni_pickup.queries.promises.opening_hours import hours_of
from omni_pickup.rules.paces import Walk, hour_of_week

#: What is older says nothing about how a store works now.
WINDOW = timedelta(days=56)
#: Walks that are read at most, the newest ones.
MOST_WALKS = 1000
#: Somebody whom no tablet of the store saw for longer has gone home, or stands at the till.
SEEN_WITHIN = timedelta(minutes=45)


def walks_of(store: Store, now: datetime) -> list[Walk]:
    """Finished walks of the last weeks with something fetched, the newest first; pauses are taken out."""
    rows = db.session.execute(
        select(
            Wave.public_id,
            Wave.released_at,
            Wave.finished_at,
            func.count(PickTask.order_id.distinct()),
            func.sum(PickTask.picked),
        )
        .join(PickTask, PickTask.wave_id == Wave.id)
        .where(Wave.store_id == store.id, Wave.state == "finished", Wave.finished_at >= now - WINDOW)
        .group_by(Wave.id, Wave.public_id, Wave.released_at, Wave.finished_at)
        .order_by(Wave.id.desc())
        .limit(MOST_WALKS)
    ).all()
    pauses = _pauses(store, now)
    hours, walks = hours_of(store), []
    for wave_id, began, finished, orders, pieces in rows:
        ended = finished or now
        minutes = (ended - began - _paused(pauses.get(wave_id, ()), ended)) / timedelta(minutes=1)
        walks.append(Walk(minutes, orders, int(pieces), hour_of_week(hours.local_time(began))))
    return walks


def people_on_shift(now: datetime) -> dict[int, int]:
    """By store id: people who are signed in on a tablet of the store and were seen there lately."""
    rows = db.session.execute(
        select(Device.store_id, func.count(StaffSession.staff_id.distinct()))
        .join(Device, Device.id == StaffSession.device_id)
        .where(
            StaffSession.last_seen_at > now - SEEN_WITHIN,
            StaffSession.revoked_at.is_(None),
            StaffSession.expires_at > now,
            Device.revoked_at.is_(None),
        )
        .group_by(Device.store_id)
    )
    return dict(rows.all())


def _pauses(store: Store, now: datetime) -> dict[str, list[tuple[str, datetime]]]:
    """By walk: what it was, pausing or resuming, and when, in the order of happening."""
    rows = db.session.execute(
        select(Event.data, Event.type, Event.occurred_at)
        .where(
            Event.store_id == store.id,
            # Written out in the statement, because a database uses the index of pauses only where it sees the words.
            Event.type.in_(bindparam("types", ("wave.paused", "wave.resumed"), expanding=True, literal_execute=True)),
            Event.recorded_at >= now - WINDOW,
        )
        .order_by(Event.id)
    )
    found: dict[str, list[tuple[str, datetime]]] = {}
    for data, kind, at in rows:
        found.setdefault(str(data["id"]), []).append((kind, at))
    return found


def _paused(changes: Iterable[tuple[str, datetime]], ended: datetime) -> timedelta:
    total, since = timedelta(), None
    for kind, at in changes:
        if kind == "wave.paused":
            since = since or at
        elif since is not None:
            total, since = total + (at - since), None
    # A walk that was finished while it stood still ended when it was paused.
    return total if since is None else total + max(timedelta(), ended - since)


def stores_to_measure(before: datetime, limit: int) -> Sequence[Store]:
    """Stores whose pace was never measured, or last before that; the longest ago first."""
    return db.session.scalars(
        select(Store)
        .outerjoin(StorePace, StorePace.store_id == Store.id)
        .where(or_(StorePace.measured_at.is_(None), StorePace.measured_at < before))
        .order_by(StorePace.measured_at.is_not(None), StorePace.measured_at, Store.id)
        .limit(limit)
    ).all()
