"""The fair queue in front of SQLite's one writer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import Connection

from omni_pickup.errors import Busy
from omni_pickup.models import db, transaction, writer_queue
from omni_pickup.models.writer_queue import WriterQueue
from tests.models.crowds import crowd


def run_threads(count: int, work: Callable[[int], None]) -> None:
    threads = [threading.Thread(target=work, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)


def lost_updates(turn: Callable[[], object]) -> int:
    """Eight threads add to one number with a pause between reading and writing."""
    total = 0

    def add(_: int) -> None:
        nonlocal total
        for _round in range(5):
            with turn():  # type: ignore[attr-defined]
                seen = total
                time.sleep(0.0005)
                total = seen + 1

    run_threads(8, add)
    return 40 - total


def test_one_thread_writes_at_a_time(tmp_path: Path) -> None:
    assert lost_updates(WriterQueue(tmp_path / "db").turn) == 0


def test_without_the_queue_updates_are_lost() -> None:
    """The twin with the guard off: the test above would notice."""

    class Open:
        def __enter__(self) -> None: ...
        def __exit__(self, *_: object) -> None: ...

    assert lost_updates(Open) > 0


def test_threads_are_served_in_the_order_they_came(tmp_path: Path) -> None:
    queue, served, started = WriterQueue(tmp_path / "db"), [], threading.Event()

    def wait(number: int) -> None:
        time.sleep(0.02 * number)
        if number == 0:
            with queue.turn():
                started.set()
                time.sleep(0.25)
                served.append(number)
            return
        with queue.turn():
            served.append(number)

    run_threads(8, wait)
    assert served == list(range(8))


def test_who_waits_too_long_is_told_to_come_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_queue, "WAIT_SECONDS", 0.05)
    queue, other = WriterQueue(tmp_path / "db"), WriterQueue(tmp_path / "db")
    for late in (queue, other):
        told: list[Busy] = []
        with queue.turn():
            run_threads(1, lambda _, late=late, told=told: told.append(_refusal(late)))  # type: ignore[misc]
        assert (told[0].status, told[0].retry_after) == (503, 1)
        with late.turn():
            pass


def _refusal(queue: WriterQueue) -> Busy:
    with pytest.raises(Busy) as refused, queue.turn():
        pass
    return refused.value


def test_writers_of_several_processes_are_served_fairly_and_none_finds_the_database_locked(tmp_path: Path) -> None:
    """Told in turns, because on a machine with other work to do seconds say little."""
    found = crowd(tmp_path / "db", processes=2, threads=6, rounds=15, queued=True)
    assert not found.errors, found
    assert found.rows == len(found.turns) == 180
    assert found.is_fair_in_turns, found


def test_without_the_queue_some_writers_starve(tmp_path: Path) -> None:
    """The twin: SQLite's busy handler alone lets those who come late go first."""
    found = crowd(tmp_path / "db", processes=2, threads=6, rounds=15, queued=False)
    assert not found.is_fair_in_turns, found


@pytest.mark.long
def test_of_fifty_writers_none_waits_ten_times_as_long_as_the_common_one(tmp_path: Path) -> None:
    found = crowd(tmp_path / "with", processes=10, threads=5, rounds=40, queued=True)
    alone = crowd(tmp_path / "alone", processes=10, threads=5, rounds=40, queued=False)
    print(f"\nwith the queue: {found}\nwithout: {alone}")  # noqa: T201 - the figures are wanted.
    assert not found.errors, found
    assert found.rows == len(found.turns) == 2000
    assert found.is_fair_in_turns, found
    assert found.is_fair_in_time, found
    assert not alone.is_fair_in_turns, alone
    assert not alone.is_fair_in_time, alone


def pragmas(connection: Connection) -> dict[str, object]:
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "temp_store", "query_only")
    return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}


@pytest.mark.one_database
@pytest.mark.usefixtures("app")
def test_every_connection_has_the_safe_settings_and_readers_cannot_write() -> None:
    safe = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000, "temp_store": 2}
    with ExitStack() as stack:
        for connection in [stack.enter_context(db.engine.connect()) for _ in range(5)]:
            assert pragmas(connection) == safe | {"query_only": 1}
    with transaction():
        assert pragmas(db.session.connection()) == safe | {"query_only": 0}
    # The connection that wrote is the next reader's again.
    assert pragmas(db.session.connection()) == safe | {"query_only": 1}
