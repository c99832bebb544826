"""No two transactions wait for each other in a ring, whatever a store does at once; without the one order they do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from random import Random

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import text

from omni_pickup import clock
from omni_pickup.models import db, floors, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.items import Item
from omni_pickup.models.orders import OrderLine
from omni_pickup.models.postgresql import SESSION
from omni_pickup.models.stores import Store
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.queries.stock.books import list_differences
from omni_pickup.services.orders.order_cancels import cancel_order
from omni_pickup.services.stock import stock_moves
from omni_pickup.services.stock.stock_counts import record_count
from omni_pickup.services.stock.stock_moves import lock_level
from tests.lock_orders import watched
from tests.postgresql import Server
from tests.races.storms import DAY, ITEMS, Storm, basket, open_shop, opposite_baskets

pytestmark = pytest.mark.one_database

THREADS = 12
#: Seconds.
PATIENCE = 100


@pytest.fixture
def database_kind() -> str:
    return "postgresql"


@pytest.fixture
def storm(app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> Iterator[Storm]:
    """A shop whose threads wait for their turn as long as it takes, because who is refused after 5 s on a busy machine
    was only late: a ring is found by the server itself, long before."""
    open_shop(200)
    db.session.rollback()
    monkeypatch.setattr(db.engine.pool, "_timeout", PATIENCE)
    for name in ("lock_timeout", "statement_timeout"):
        monkeypatch.setitem(SESSION, name, f"{PATIENCE}s")
    monkeypatch.setattr(floors, "_AS_ALWAYS", text(f"SET LOCAL lock_timeout = '{PATIENCE}s'"))
    # Connections are made anew for the storm, and again after it.
    db.engine.pool.dispose()
    yield Storm(app)
    db.session.remove()
    db.engine.pool.dispose()


def deadlocks(server: Server) -> int:
    return server.deadlocks(str(db.engine.url.render_as_string()))


@pytest.mark.parametrize("rounds", [12, pytest.param(400, marks=pytest.mark.long)])
def test_a_whole_day_at_once_on_six_items_stops_nobody(storm: Storm, postgresql_server: Server, rounds: int) -> None:
    before = deadlocks(postgresql_server)
    with watched(db.engine) as order:
        storm.run(DAY, threads=THREADS, rounds=rounds)
    assert storm.stuck == []
    assert order.broken == []
    assert deadlocks(postgresql_server) == before
    assert {act.__name__ for act in DAY} <= set(storm.seen)
    assert list_differences() == []


@pytest.mark.parametrize("rounds", [5, pytest.param(50, marks=pytest.mark.long)])
def test_hot_baskets_in_opposite_order_never_wait_in_a_ring(
    storm: Storm, postgresql_server: Server, rounds: int
) -> None:
    before = deadlocks(postgresql_server)
    storm.run([opposite_baskets], threads=32, rounds=rounds)
    assert storm.stuck == []
    assert sum(storm.seen.values()) == 32 * rounds
    assert deadlocks(postgresql_server) == before
    assert list_differences() == []


class Meeting:
    """One cancels an order while the other counts its item: each takes its first lock, then goes for the other's."""

    def __init__(self) -> None:
        with transaction():
            basket({ITEMS[0]: 1})
        line = db.select(OrderLine.order_id, OrderLine.item_id).order_by(OrderLine.id.desc())
        self._order_id, self._item_id = db.session.execute(line).first()
        db.session.rollback()
        self._both = threading.Barrier(2)

    def _wait_for_the_other(self) -> None:
        """For a moment, because one who stands before the floor cannot come."""
        with suppress(threading.BrokenBarrierError):
            self._both.wait(1)

    def cancel(self, luck: Random) -> None:
        order = get_order_by_key(self._order_id)
        self._wait_for_the_other()
        cancel_order(order, reason="changed", by=SYSTEM)

    def count(self, luck: Random) -> None:
        store, item = db.session.scalars(db.select(Store)).one(), db.session.get_one(Item, self._item_id)
        lock_level(store.id, item.id)
        self._wait_for_the_other()
        record_count(store, item, 0, by=SYSTEM)


def test_who_counts_and_who_cancels_come_one_after_the_other(storm: Storm) -> None:
    meeting = Meeting()
    storm.run([meeting.cancel, meeting.count], threads=2, rounds=1)
    assert storm.stuck == []
    assert storm.seen == {"cancel": 1, "count": 1}
    assert list_differences() == []


def test_without_the_floor_they_wait_in_a_ring(storm: Storm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(floors, "_enter", lambda *args, **values: None)
    meeting = Meeting()
    storm.run([meeting.cancel, meeting.count], threads=2, rounds=1)
    (words,) = storm.stuck
    assert "deadlock detected" in words


def test_without_the_order_of_levels_baskets_wait_in_a_ring(
    storm: Storm, postgresql_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = stock_moves._reserve_all

    def one_by_one(store_id: int, asked: dict[int, int]) -> set[int]:
        done: set[int] = set()
        for item_id in asked:
            done |= together(store_id, {item_id: asked[item_id]})
            clock.sleep(0.005)
        return done

    monkeypatch.setattr(stock_moves, "_reserve_all", one_by_one)
    storm.run([opposite_baskets], threads=THREADS, rounds=2)
    assert any("deadlock detected" in words for words in storm.stuck)
