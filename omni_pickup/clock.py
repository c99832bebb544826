"""The only reader of the time, so that a test or a simulation can move it in one place."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

_shift: ContextVar[timedelta] = ContextVar("shift", default=timedelta())


def now() -> datetime:
    """The current instant as an aware UTC datetime."""
    return datetime.now(UTC) + _shift.get()


@contextmanager
def shifted(by: timedelta) -> Iterator[None]:
    """Let this thread of work live earlier or later, so that sample data has a past made by the real services."""
    token = _shift.set(by)
    try:
        yield
    finally:
        _shift.reset(token)


def monotonic() -> float:
    """Seconds on a clock that never jumps; for elapsed times, leases in memory and time-outs."""
    return time.monotonic()


def sleep(seconds: float) -> None:
    """Wait without using the processor; lives here so that a test may replace every wait at once."""
    time.sleep(seconds)
