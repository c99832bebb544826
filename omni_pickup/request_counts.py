"""Where Flask-Limiter keeps its counts: in this process, swept now and then by whoever counts.

The library's own store in memory starts a thread after nearly every request to forget old counts, which cost more
than the check itself (0.5 ms of a 9 ms order).
"""

from __future__ import annotations

import threading

from limits.storage import Storage

from omni_pickup import clock

_SWEEP_SECONDS = 60.0


class ProcessCounts(Storage):
    """Fixed windows in a dictionary. Chosen by the address `process://`; nothing else of the library is changed."""

    STORAGE_SCHEME = ["process"]  # noqa: RUF012 - the library reads a list.

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: str) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions, **options)
        self._mutex = threading.Lock()
        # By key: the count, and the end of its window in seconds since 1970, as the library tells it.
        self._windows: dict[str, tuple[int, float]] = {}
        self._swept_at = 0.0

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count `amount` more; the first one opens a window of `expiry` seconds. Returns the count."""
        now = _now()
        with self._mutex:
            count, end = self._windows.get(key, (0, 0.0))
            if end <= now:
                count, end = 0, now + expiry
            self._windows[key] = (count + amount, end)
            if now > self._swept_at + _SWEEP_SECONDS:
                self._sweep(now)
        return count + amount

    def get(self, key: str) -> int:
        """The count of the open window; 0 without one."""
        count, end = self._windows.get(key, (0, 0.0))
        return count if end > _now() else 0

    def get_expiry(self, key: str) -> float:
        """When the window ends."""
        return max(_now(), self._windows.get(key, (0, 0.0))[1])

    def check(self) -> bool:
        """A dictionary never fails."""
        return True

    def reset(self) -> int:
        """Forget everything; returns how many counts that were."""
        with self._mutex:
            forgotten = len(self._windows)
            self._windows.clear()
        return forgotten

    def clear(self, key: str) -> None:
        """Forget one count."""
        with self._mutex:
            self._windows.pop(key, None)

    def _sweep(self, now: float) -> None:
        self._swept_at = now
        for key in [key for key, (_, end) in self._windows.items() if end <= now]:
            del self._windows[key]


def _now() -> float:
    return clock.now().timestamp()
