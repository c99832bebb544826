"""Many writers of one SQLite file, in threads of several processes, and how each of their turns came about."""

from __future__ import annotations

import multiprocessing
import sqlite3
import threading
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass
from pathlib import Path

from omni_pickup.models.writer_queue import WriterQueue

PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000")
#: Seconds of other work inside each transaction.
_WORK = 0.001
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload([__name__])


@dataclass(frozen=True, slots=True)
class Turn:
    """One transaction: seconds until it began, and how many others began and ended after it was wanted."""

    waited: float
    overtaken: int


@dataclass(frozen=True, slots=True)
class Crowd:
    """What came of a crowd of writers."""

    turns: Sequence[Turn]
    errors: Sequence[str]
    rows: int

    def wait(self, share: float) -> float:
        """Seconds within which that share of the turns began."""
        return _within([turn.waited for turn in self.turns], share)

    def overtaken(self, share: float) -> float:
        """By how many at most that share of the turns was overtaken; unlike seconds, no busy machine changes it."""
        return _within([turn.overtaken for turn in self.turns], share)

    @property
    def is_fair_in_turns(self) -> bool:
        return self.overtaken(0.99) < 10 * max(1, self.overtaken(0.5))

    @property
    def is_fair_in_time(self) -> bool:
        return self.wait(0.99) < 10 * self.wait(0.5)

    def __str__(self) -> str:
        waits = [f"{self.wait(share) * 1000:.1f}" for share in (0.5, 0.99, 1)]
        overtaken = [f"{self.overtaken(share):.0f}" for share in (0.5, 0.99, 1)]
        return (
            f"{len(self.turns)} turns, {len(self.errors)} errors; median, p99 and longest wait {', '.join(waits)} ms;"
            f" overtaken by {', '.join(overtaken)}"
        )


def _within(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def crowd(path: Path, *, processes: int, threads: int, rounds: int, queued: bool) -> Crowd:
    """`processes` times `threads` writers that want `rounds` turns each, one after the other without rest.

    Without `queued` they rely on SQLite's own busy handler.
    """
    with closing(_connect(path)) as connection:
        connection.execute("CREATE TABLE turns (id INTEGER PRIMARY KEY AUTOINCREMENT)")
    ready = _context.Barrier(processes * threads)
    with _context.Manager() as manager:
        turns, errors = manager.list(), manager.list()
        started = [
            _context.Process(target=_write, args=(path, threads, rounds, queued, ready, turns, errors))
            for _ in range(processes)
        ]
        for process in started:
            process.start()
        for process in started:
            process.join(120)
        assert [process.exitcode for process in started] == [0] * processes
        with closing(_connect(path)) as connection:
            (rows,) = connection.execute("SELECT count(*) FROM turns").fetchone()
        return Crowd(list(turns), list(errors), rows)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _write(
    path: Path,
    threads: int,
    rounds: int,
    queued: bool,  # noqa: FBT001 - a process is given its arguments by place.
    ready: threading.Barrier,
    turns: list[Turn],
    errors: list[str],
) -> None:
    queue = WriterQueue(path)

    def write() -> None:
        with closing(_connect(path)) as connection:
            ready.wait(60)
            for _ in range(rounds):
                try:
                    mine.append(_one_turn(connection, queue.turn() if queued else nullcontext()))
                except sqlite3.OperationalError as error:
                    wrong.append(str(error))

    mine: list[Turn] = []
    wrong: list[str] = []
    workers = [threading.Thread(target=write) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    turns.extend(mine)
    errors.extend(wrong)


def _one_turn(connection: sqlite3.Connection, turn: AbstractContextManager[None]) -> Turn:
    (newest,) = connection.execute("SELECT coalesce(max(id), 0) FROM turns").fetchone()
    wanted = time.monotonic()
    with turn:
        connection.execute("BEGIN IMMEDIATE")
        waited = time.monotonic() - wanted
        number = connection.execute("INSERT INTO turns DEFAULT VALUES").lastrowid or 0
        time.sleep(_WORK)
        connection.execute("COMMIT")
    return Turn(waited, number - newest - 1)
