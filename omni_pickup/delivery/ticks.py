"""The work that comes round by itself, each piece in a short transaction of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Protocol

from omni_pickup import clock
from omni_pickup.config import Settings
from omni_pickup.delivery.backups import run_nightly
from omni_pickup.delivery.history_keepers import HistoryKeeper
from omni_pickup.delivery.promise_watches import PromiseWatch
from omni_pickup.models.base import transaction
from omni_pickup.services import idempotency
from omni_pickup.services.orders import expiries, question_answers
from omni_pickup.services.promises import paces
from omni_pickup.services.returns import returns
from omni_pickup.services.staff import access_purges
from omni_pickup.services.stock import holds, learned_safety

#: How many rows one transaction changes at most, so that nobody at a counter waits for it.
LIMIT = 50
BACKUP_AT = time(3, 0)


@dataclass(slots=True)
class Tick:
    """`run` answers whether there is more to do at once; otherwise it comes again after `every` seconds."""

    name: str
    every: float
    run: Callable[[], bool]
    due_at: float = 0.0


def ticks(settings: Settings) -> Sequence[Tick]:
    """Everything but the outbox and the heartbeat."""
    return (
        _one_by_one("expire_holds", 5, holds.expire_due_holds),
        _one_by_one("expire_questions", 10, question_answers.expire_due_questions),
        _one_by_one("remind_orders", 300, expiries.remind_due_orders),
        _one_by_one("expire_orders", 30, expiries.expire_due_orders),
        _one_by_one("expire_returns", 60, returns.expire_due_returns),
        _due("purge_idempotency", 60, idempotency.purge_expired),
        _due("purge_access", 3600, access_purges.purge_access),
        _one_by_one("fade_learned_safety", 3600, learned_safety.fade_learned_safety),
        _due("measure_paces", 60, paces.measure_due_paces),
        Tick("count_shifts", 20, _count_shifts),
        Tick("watch_promises", 2, PromiseWatch()),
        Tick("keep_history", 600, HistoryKeeper(settings)),
        Tick("nightly_backup", 30, Nightly(settings)),
    )


class Service(Protocol):
    """Ends up to `limit` things whose time has come, and says how many it ended."""

    def __call__(self, now: datetime, /, *, limit: int) -> int: ...


def _due(name: str, every: float, service: Service) -> Tick:
    def run() -> bool:
        with transaction(name):
            return service(clock.now(), limit=LIMIT) >= LIMIT

    return Tick(name, every, run)


def _one_by_one(name: str, every: float, service: Service) -> Tick:
    """A transaction for each thing: two of them may lie in two stores, or lock the same levels in another order."""

    def run() -> bool:
        for _ in range(LIMIT):
            with transaction(name):
                if service(clock.now(), limit=1) == 0:
                    return False
        return True

    return Tick(name, every, run)


def _count_shifts() -> bool:
    """Read first: on most days nobody comes or goes, and an idle worker shall not wait for SQLite's writer."""
    if paces.changed_shifts(clock.now()):
        with transaction("count_shifts"):
            paces.count_shifts(clock.now())
    return False


class Nightly:
    """The backup after 03:00 in the server's own time zone; a machine that slept then makes it when it wakes."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._done_on: date | None = None

    def __call__(self) -> bool:
        local = clock.now().astimezone()
        if local.time() < BACKUP_AT or self._done_on == local.date():
            return False
        run_nightly(self._settings)
        self._done_on = local.date()
        return False
