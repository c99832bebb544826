"""A fair queue in front of SQLite's single writer, across threads and processes of one machine.

SQLite's own busy handler sleeps in growing steps and lets newcomers overtake, which gave waits of one to three
seconds under load. Threads queue here in the order they came. Between processes two lock files form a turnstile:
who waits for the writer's file holds the turnstile, so nobody overtakes that process.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from omni_pickup import clock
from omni_pickup.errors import Busy

WAIT_SECONDS = 5.0
_POLL_SECONDS = 0.0005


class _FairLock:
    """A mutex that is handed to its waiters in the order of their arrival."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._held = False
        self._waiters: deque[threading.Lock] = deque()

    def acquire(self, timeout: float) -> bool:
        with self._mutex:
            if not self._held:
                self._held = True
                return True
            ticket = threading.Lock()
            ticket.acquire()
            self._waiters.append(ticket)
        if ticket.acquire(timeout=timeout):
            return True
        with self._mutex:
            if ticket in self._waiters:
                self._waiters.remove(ticket)
                return False
        return True

    def release(self) -> None:
        with self._mutex:
            if self._waiters:
                self._waiters.popleft().release()
            else:
                self._held = False


class WriterQueue:
    """One per database file and process. `turn` raises Busy (503) after `WAIT_SECONDS`."""

    def __init__(self, database: Path) -> None:
        self._threads = _FairLock()
        self._turnstile_path = database.with_name(database.name + "-turnstile")
        self._writer_path = database.with_name(database.name + "-writer")
        self._files: tuple[int, int] | None = None
        self._pid = 0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the right to write for the length of the block."""
        deadline = clock.monotonic() + WAIT_SECONDS
        if not self._threads.acquire(WAIT_SECONDS):
            raise Busy
        try:
            turnstile, writer = self._open_files()
            _lock(turnstile, deadline)
            try:
                _lock(writer, deadline)
            finally:
                fcntl.flock(turnstile, fcntl.LOCK_UN)
            try:
                yield
            finally:
                fcntl.flock(writer, fcntl.LOCK_UN)
        finally:
            self._threads.release()

    def _open_files(self) -> tuple[int, int]:
        """Open after a fork at the earliest: file locks belong to the open file, which a child would share."""
        if self._files is None or self._pid != os.getpid():
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            self._files = (os.open(self._turnstile_path, flags, 0o600), os.open(self._writer_path, flags, 0o600))
            self._pid = os.getpid()
        return self._files


def _lock(handle: int, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if clock.monotonic() > deadline:
                raise Busy from None
            clock.sleep(_POLL_SECONDS)
        else:
            return
