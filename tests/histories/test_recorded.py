"""Histories of real shops under races and kills, against the specification."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from random import Random

import pytest

from tests.crashes.keepers import Keeper
from tests.histories.checks import anomalies
from tests.histories.conftest import open_store
from tests.histories.recorders import STUCK_SECONDS, Log, record
from tests.histories.records import History, Operation
from tests.servers import Site

KINDS = {"order", "cancel", "cancel_line", "sell", "read_order", "read_level"}


def kinds_in(operations: Sequence[Operation]) -> set[str]:
    """What was done at least once."""
    return {one.kind for one in operations if one.outcome == "ok"}


def wait_for_more(log: Log, *, least: int) -> None:
    """On a busy machine it takes longer until a history is long enough to mean something."""
    deadline = time.monotonic() + 30
    while (len(log.operations) < least or kinds_in(log.operations) < KINDS) and time.monotonic() < deadline:
        time.sleep(0.1)


def check(history: History, log: Log, *, least: int) -> None:
    """The history is long enough to mean something, and nothing in it is wrong."""
    assert kinds_in(history.operations) == KINDS
    assert len(history.operations) >= least
    assert log.wrong == []
    assert log.slowest < STUCK_SECONDS
    assert anomalies(history) == []


@pytest.mark.parametrize(("seconds", "kills"), [(2, 1), pytest.param(60, 40, marks=pytest.mark.long)])
def test_on_one_machine_that_is_killed_again_and_again_nothing_is_seen_that_cannot_be(
    site: Site, seconds: float, kills: int
) -> None:
    log, luck, least = Log(), Random(2026), round(25 * seconds)
    with Keeper(site) as keeper:
        open_store(site)

        def kill() -> None:
            for _ in range(kills):
                time.sleep(seconds / kills)
                keeper.kill_one(luck)
            wait_for_more(log, least=least)

        history = record([site], site.key, log, kill, clients=6)
        check(history, log, least=least)
        verify(site)


def verify(site: Site) -> None:
    proof = site.verify()
    assert proof.returncode == 0, proof.stdout + proof.stderr


@pytest.mark.long
def test_on_three_web_servers_that_are_killed_in_turn_nothing_is_seen_that_cannot_be(sites: list[Site]) -> None:
    log, luck = Log(), Random(2026)
    servers = {number: start(site) for number, site in enumerate(sites)}
    open_store(sites[0])

    def kill() -> None:
        for _ in range(15):
            time.sleep(2)
            number = luck.randrange(len(sites))
            sites[number].kill(servers[number])
            servers[number] = start(sites[number])
        time.sleep(2)

    history = record(sites, sites[0].key, log, kill, clients=9)
    check(history, log, least=300)
    verify(sites[0])


def start(site: Site) -> subprocess.Popen[bytes]:
    return site.start("web", "--port", str(site.port))


@pytest.mark.long
@pytest.mark.parametrize(
    ("guards", "words"), [("idempotency", "one key, 2 answers"), ("reservation,checks", "cannot be explained")]
)
def test_without_a_guard_the_history_of_the_real_server_shows_it(site: Site, guards: str, words: str) -> None:
    """The twin: the same clients at a server that lacks a guard."""
    program = (sys.executable, "-m", "tests.races.unguarded", guards)
    site.start("web", "--port", str(site.port), program=program)
    # So few pieces that several clients always want the last ones.
    open_store(site, on_hand=6)
    log = Log()
    history = record([site], site.key, log, lambda: time.sleep(8), clients=8, on_hand=6)
    assert any(words in found for found in anomalies(history))
