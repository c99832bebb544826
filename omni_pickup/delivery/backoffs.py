"""How long to wait before telling again: the schedule of Standard Webhooks, used for every message.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

from datetime import timedelta
from random import SystemRandom

#: The wait before each attempt, the first one included.
WAITS = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
#: The share of a wait by which it is lengthened at random, so that failures of one moment do not return together.
JITTER = 0.1
_random = SystemRandom()


def wait_before_next(attempts: int, *, asked: timedelta | None = None) -> timedelta | None:
    """The wait after `attempts` failures, or None when they were the last. `asked` (Retry-After) lengthens it."""
    if attempts >= len(WAITS):
        return None
    wait = WAITS[attempts] * (1 + _random.uniform(0, JITTER))
    return max(wait, asked) if asked is not None else wait
