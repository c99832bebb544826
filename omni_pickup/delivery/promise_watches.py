"""Watches over promises: stores where something happened are checked at once, all with work every two minutes."""

from __future__ import annotations

from omni_pickup import clock
from omni_pickup.models.base import db, transaction
from omni_pickup.models.stores import Store
from omni_pickup.queries.promises.estimates import newest_event, stores_changed_after, stores_with_work
from omni_pickup.services.promises.promise_checks import needs_recheck, recheck_promises

#: Time alone makes orders late, and an event that committed out of order is found by this too.
SWEEP_SECONDS = 120.0
#: Stores of one round, so that messages and heartbeat are not kept waiting by a chain.
STORES_AT_ONCE = 10
_EVENTS_AT_ONCE = 1000
#: What the watch itself causes, and what changes no work.
_NOT_ABOUT_WORK = frozenset({"order.delay_expected", "order.promise_changed", "order.collected", "order.reminder_due"})


class PromiseWatch:
    """Looks first and writes only where something is to be noted or told; several workers may watch the same store."""

    def __init__(self) -> None:
        self._seen: int | None = None
        self._swept_at: float | None = None
        self._waiting: dict[int, None] = {}

    def __call__(self) -> bool:
        """Check a few stores; True while more of them wait."""
        self._look_round()
        for store_id in list(self._waiting)[:STORES_AT_ONCE]:
            del self._waiting[store_id]
            _check(store_id)
        return bool(self._waiting)

    def _look_round(self) -> None:
        if self._seen is None:
            self._seen = newest_event()
        changed, self._seen = stores_changed_after(self._seen, _NOT_ABOUT_WORK, _EVENTS_AT_ONCE)
        now = clock.monotonic()
        if self._swept_at is None or now - self._swept_at >= SWEEP_SECONDS:
            changed, self._swept_at = [*changed, *stores_with_work()], now
        self._waiting |= dict.fromkeys(changed)


def _check(store_id: int) -> None:
    store = db.session.get_one(Store, store_id)
    if needs_recheck(store, clock.now()):
        with transaction("recheck_promises"):
            recheck_promises(db.session.get_one(Store, store_id), now=clock.now())
