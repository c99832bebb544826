"""How the supervisor treats children that die, without a shop behind them."""

from __future__ import annotations

import os
import sys

import pytest

from omni_pickup import clock, supervisor
from omni_pickup.addresses import Address
from omni_pickup.config import ConfigError
from omni_pickup.supervisor import Child, Supervisor, is_alive


class _Time:
    """A clock that the test moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(clock, "monotonic", lambda: self.now)


def _died(child: Child) -> int | None:
    assert child.process is not None
    child.process.wait(20)
    return child.died()


def _child(code: str) -> Child:
    return Child("worker", [sys.executable, "-S", "-c", code])


def test_a_child_that_dies_young_waits_longer_each_time_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    _Time(monkeypatch)
    child = _child("import os; os.kill(os.getpid(), 9)")
    pauses = []
    for _ in range(8):
        child.start(os.environ)
        assert _died(child) == -9
        pauses.append(child.pause)
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]
    assert child.due_at == 1030


def test_a_child_that_lived_long_comes_back_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    time = _Time(monkeypatch)
    child = _child("raise SystemExit(1)")
    child.pause = 30
    child.start(os.environ)
    time.now += supervisor.STEADY_SECONDS + 1
    assert _died(child) == 1
    assert child.pause == supervisor.FIRST_PAUSE


def test_a_child_that_gives_up_at_its_first_start_ends_the_whole() -> None:
    child = _child("raise SystemExit(1)")
    child.start(os.environ)
    with pytest.raises(ConfigError, match="The worker process did not start"):
        _died(child)


def test_one_that_gives_up_later_is_started_again() -> None:
    child = _child("raise SystemExit(1)")
    child.starts = 1
    child.start(os.environ)
    assert _died(child) == 1


def test_a_living_child_has_not_died_and_a_death_is_told_once() -> None:
    child = _child("import time; time.sleep(60)")
    child.start(os.environ)
    assert child.died() is None
    assert child.process is not None
    child.process.kill()
    assert _died(child) == -9
    assert child.died() is None


def test_whoever_does_not_end_in_time_is_killed_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "STOP_SECONDS", 0.5)
    child = _child("import signal, time; signal.signal(15, signal.SIG_IGN); print('x', flush=True); time.sleep(60)")
    said: list[str] = []
    running = Supervisor([child], os.environ, said.append)
    child.start(os.environ)
    process = child.process
    assert process is not None
    clock.sleep(0.5)
    running._end_children()
    assert process.returncode == -9
    assert said == [f"Process {process.pid} did not end within 0 s and was killed."]


def test_nobody_there_is_not_alive() -> None:
    assert not is_alive(Address(port=1))
