"""Counting requests in this process."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from omni_pickup import clock
from omni_pickup.request_counts import ProcessCounts

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(seconds=seconds))


def test_a_window_counts_until_it_ends_and_then_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = ProcessCounts()
    at(monkeypatch, 0)
    assert [counts.incr("a", 60), counts.incr("a", 60), counts.incr("b", 60)] == [1, 2, 1]
    assert counts.get_expiry("a") == NOON.timestamp() + 60
    at(monkeypatch, 59)
    assert counts.get("a") == 2
    at(monkeypatch, 60)
    assert counts.get("a") == 0
    assert counts.incr("a", 60) == 1


def test_one_count_or_all_can_be_forgotten() -> None:
    counts = ProcessCounts()
    for key in "abc":
        counts.incr(key, 60)
    counts.clear("a")
    assert (counts.get("a"), counts.get("b"), counts.reset(), counts.get("b"), counts.check()) == (0, 1, 2, 0, True)


def test_windows_that_ended_do_not_stay_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = ProcessCounts()
    for number in range(1000):
        at(monkeypatch, number)
        counts.incr(f"address:{number}", 10)
    assert counts.reset() < 100


def test_no_request_of_threads_that_count_at_once_is_lost() -> None:
    counts = ProcessCounts()

    def count() -> None:
        for _ in range(500):
            counts.incr("a", 600)

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts.get("a") == 4000


def test_counting_starts_no_thread() -> None:
    """The library's own store would start one after nearly every request."""
    before = threading.active_count()
    counts = ProcessCounts()
    for number in range(50):
        counts.incr(str(number), 1)
    assert threading.active_count() == before
