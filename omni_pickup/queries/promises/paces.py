"""How fast stores fetch and who is there, as the promise reads it: from the one row that the worker keeps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from omni_pickup.models.base import db
from omni_pickup.models.paces import StorePace
from omni_pickup.models.stores import Store
from omni_pickup.rules.opening_hours import OpeningHours
from omni_pickup.rules.paces import Pace, set_pace
from omni_pickup.rules.workloads import Crew

#: A count of people that is older than this says nothing any more: the worker or the tablets are silent.
COUNT_LASTS = timedelta(minutes=15)
#: Whoever is there this long before the doors open stays for the day; who is there at night does not.
_BEFORE_OPENING = timedelta(hours=2)

COLUMNS = (
    StorePace.minutes_per_order,
    StorePace.minutes_per_piece,
    StorePace.hours,
    StorePace.orders,
    StorePace.on_shift,
    StorePace.on_shift_at,
)


def pace_from(store: Store, row: Any) -> Pace:
    """The measured pace in a row with `COLUMNS`, or the store's setting while nothing was measured."""
    if row is None or row.minutes_per_piece is None or row.minutes_per_order is None:
        return set_pace(store.pace_per_hour)
    hours: Mapping[str, Any] = row.hours
    return Pace(
        row.minutes_per_order,
        row.minutes_per_piece,
        {int(hour): factor for hour, (factor, _) in hours.items()},
        {int(hour): orders for hour, (_, orders) in hours.items()},
        row.orders,
    )


def crew_from(store: Store, row: Any, hours: OpeningHours, now: datetime) -> Crew:
    """People on shift until the store closes, and as many as are planned from then on.

    Never more than planned: who is signed in beyond that serves at the counter as far as anybody knows.
    """
    if row is None or not row.on_shift or row.on_shift_at is None or now - row.on_shift_at > COUNT_LASTS:
        return Crew(store.pickers)
    interval = hours.interval_from(now)
    if interval is None or interval[0] - now > _BEFORE_OPENING:
        return Crew(store.pickers)
    return Crew(store.pickers, min(row.on_shift, max(1, store.pickers)), interval[1])


def pace_of(store: Store) -> Pace:
    """The store's measured pace, or its setting."""
    return pace_from(store, pace_row(store))


def pace_row(store: Store) -> StorePace | None:
    """What the worker knows of this store; None before it looked."""
    return db.session.scalars(select(StorePace).where(StorePace.store_id == store.id)).one_or_none()
