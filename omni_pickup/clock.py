"""The only reader of the time, so that a test or a simulation can move it in one place."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def now() -> datetime:
    """The current instant as an aware UTC datetime."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds on a clock that never jumps; for elapsed times, leases in memory and time-outs."""
    return time.monotonic()


def sleep(seconds: float) -> None:
    """Wait without using the processor; lives here so that a test may replace every wait at once."""
    time.sleep(seconds)
