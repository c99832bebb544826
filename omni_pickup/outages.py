"""Whether this process failed to use its database or disk lately, so that readiness tries before people are sent here.

A read cannot tell that a disk is full or that a database takes no more changes, and a write for every look at
`/readyz` would be one that anybody can cause. So a failure is noted where it happens, and only then is tried.
"""

from __future__ import annotations

import threading

_suspected = threading.Event()


def suspect() -> None:
    """Something could not be written or read, and it was no fault of the request."""
    _suspected.set()


def is_suspected() -> bool:
    """Whether something failed that has not been seen to work since."""
    return _suspected.is_set()


def trust() -> None:
    """It works again."""
    _suspected.clear()
