"""The worker's turn at the history: a little at a time, in transactions short enough for a busy counter."""

from __future__ import annotations

from datetime import timedelta

from omni_pickup import clock
from omni_pickup.config import Settings
from omni_pickup.models.base import transaction
from omni_pickup.services.histories import LEVELS_AT_ONCE, forget_told, pack_events, pack_movements

#: Events of one page, and messages of one turn.
EVENTS_AT_ONCE = 500


class HistoryKeeper:
    """Packs what is older than the settings say; several workers may try, one at a time does."""

    def __init__(self, settings: Settings) -> None:
        self._keep = timedelta(days=settings.history_days)

    def __call__(self) -> bool:
        """One step of each kind; True while there is more."""
        before = clock.now() - self._keep
        with transaction("forget_told"):
            forgotten = forget_told(before, limit=EVENTS_AT_ONCE)
        with transaction("pack_events"):
            events = pack_events(before, limit=EVENTS_AT_ONCE)
        with transaction("pack_movements"):
            levels = pack_movements(before)
        return forgotten >= EVENTS_AT_ONCE or events >= EVENTS_AT_ONCE or levels >= LEVELS_AT_ONCE
