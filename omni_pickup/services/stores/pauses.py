"""A paused store takes no new orders and holds, and says where else to go."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from omni_pickup.errors import StorePaused
from omni_pickup.models.stores import Store
from omni_pickup.queries.orders.alternatives import alternatives
from omni_pickup.queries.shapes import instant_shape


def refuse_if_paused(
    store: Store,
    wanted: Mapping[int, int],
    *,
    now: datetime,
    pickup_method: str | None = None,
    within: Collection[int] | None = None,
) -> None:
    """Raise StorePaused with the nearest stores that can fill all of `wanted` (pieces by item id)."""
    if store.is_paused(now):
        raise StorePaused(
            until=instant_shape(store.paused_until, store.timezone),
            reason=store.pause_reason,
            alternatives=alternatives(store, wanted, now=now, pickup_method=pickup_method, within=within),
        )
