"""kill -9 at named points and at random, under load: nothing acknowledged is lost, nothing is half done (R3)."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from tests.crashes import proofs
from tests.crashes.crashing import done_mark, take_point
from tests.crashes.keepers import Keeper
from tests.crashes.loads import ON_HAND, SKUS, STORE, Acknowledged, Shopper
from tests.servers import Site, stock_up

SHOPPERS = 4
WEB_POINTS = [
    f"{name}:{moment}@3"
    for name in ("create_order", "cancel_order", "cancel_line", "adjust_stock", "place_hold")
    for moment in ("before_commit", "after_commit")
]
WORKER_POINTS = [
    "outbox.claimed@2",
    "outbox.sent_before_mark@5",
    "outbox_mark:before_commit@5",
    "outbox.marked@5",
    "heartbeat:before_commit",
    "expire_holds:after_commit",
]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A database with a key, and nothing that runs on it."""
    site = Site(tmp_path)
    try:
        assert site.command("db", "upgrade").returncode == 0
        site.make_key()
        yield site
    finally:
        site.close()


@contextmanager
def shopping(site: Site) -> Iterator[Acknowledged]:
    """Shoppers at work while the block runs."""
    site.wait_for("/healthz")
    stock_up(site.client(), STORE, dict.fromkeys(SKUS, ON_HAND))
    log, done = Acknowledged(), threading.Event()
    shoppers = [Shopper(site, seed, done, log) for seed in range(SHOPPERS)]
    for shopper in shoppers:
        shopper.start()
    try:
        yield log
    finally:
        done.set()
        for shopper in shoppers:
            shopper.join(130)
    assert not any(shopper.is_alive() for shopper in shoppers)


def check(site: Site, log: Acknowledged) -> None:
    assert len(log.orders) > 20
    proofs.check_requests(log)
    proofs.check_orders(site, log)
    proofs.check_stock(site, log)
    proofs.end_leases(site)
    proofs.check_mails(site, log, seconds=60)
    proofs.check_database(site)


@pytest.mark.long
def test_death_at_each_named_point_loses_and_halves_nothing(site: Site) -> None:
    with Keeper(site, web_points=WEB_POINTS, worker_points=WORKER_POINTS) as keeper:
        with shopping(site) as log:
            deadline = time.monotonic() + 240
            while not keeper.all_died and time.monotonic() < deadline:
                proofs.end_leases(site)
                time.sleep(0.5)
        assert keeper.all_died
        check(site, log)
    assert len(log.delays) >= len(WEB_POINTS)


@pytest.mark.parametrize("kills", [4, pytest.param(200, marks=pytest.mark.long)])
def test_random_kills_under_load_lose_and_halve_nothing(site: Site, kills: int) -> None:
    luck = Random(20261121)
    with Keeper(site) as keeper:
        with shopping(site) as log:
            for _ in range(kills):
                time.sleep(luck.uniform(0.2, 2.0))
                keeper.kill_one(luck)
            time.sleep(3)
        check(site, log)


def test_each_web_process_takes_one_point_until_none_is_left(tmp_path: Path) -> None:
    file = tmp_path / "points"
    file.write_text("a:before_commit\nb:after_commit@2")
    assert [take_point(file) for _ in range(2)] == ["a:before_commit", "b:after_commit@2"]
    assert not done_mark(file).exists()
    assert take_point(file) is None
    assert done_mark(file).exists()
