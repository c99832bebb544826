"""The fair queue in front of SQLite's one writer."""

from __future__ import annotations

import multiprocessing
import statistics
import threading
import time
from collections.abc import Callable
from multiprocessing.queues import Queue
from pathlib import Path

import pytest

from omni_pickup.errors import Busy
from omni_pickup.models import writer_queue
from omni_pickup.models.writer_queue import WriterQueue


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


def _write_often(path: Path, waits: Queue[float], rounds: int) -> None:
    queue = WriterQueue(path)
    for _ in range(rounds):
        begun = time.monotonic()
        with queue.turn():
            waits.put(time.monotonic() - begun)
            time.sleep(0.001)


def test_processes_take_turns_too(tmp_path: Path) -> None:
    """No process starves: with four that never rest, the longest wait stays near the common one."""
    context = multiprocessing.get_context("spawn")
    waits: Queue[float] = context.Queue()
    processes = [context.Process(target=_write_often, args=(tmp_path / "db", waits, 100)) for _ in range(4)]
    for process in processes:
        process.start()
    got = [waits.get(timeout=30) for _ in range(400)]
    for process in processes:
        process.join(10)
    assert [process.exitcode for process in processes] == [0] * 4
    assert max(got) < 1.0, f"median {statistics.median(got):.4f}, longest {max(got):.4f}"
