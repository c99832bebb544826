"""A slot's capacity where orders really come at the same moment: on PostgreSQL. Its twin has no lock, and loses."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask_openapi3 import OpenAPI

from omni_pickup.errors import InsufficientStock
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.clients import Client
from omni_pickup.models.orders import Order
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.queries.shapes import instant_shape
from omni_pickup.rules.promises import has_room
from omni_pickup.services.orders.order_cancels import cancel_order
from omni_pickup.services.orders.orders import place_order
from omni_pickup.services.promises import promises
from omni_pickup.services.stores.stores import put_store
from tests.builders import make_client, make_item, make_stock, order_values, set_clock, store_values

pytestmark = pytest.mark.one_database

RACERS = 12
CAPACITY = 5
MORNING = "2026-11-23T10:00:00+01:00"


@pytest.fixture
def database_kind() -> str:
    return "postgresql"


@pytest.fixture
def shop(app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> OpenAPI:
    """A store that takes five orders an hour, and whose pickers are too fast to matter."""
    make_client("shop")
    pickup = {"prep_minutes": 60, "pace_per_hour": 100_000, "slot_minutes": 60, "slot_capacity": CAPACITY}
    with transaction():
        store, _ = put_store("WAW-01", store_values(pickup=pickup), by=SYSTEM)
    make_stock(store, make_item("A"), 1000)
    set_clock(monkeypatch, MORNING)
    return app


def race(app: OpenAPI) -> None:
    """So many orders in transactions that begin together, half of them wanted an hour later."""
    start = Barrier(RACERS)

    def one(number: int) -> None:
        values = order_values({"A": 1})
        if number % 2:
            values["requested_from"] = "2026-11-23T11:00:00+01:00"
        with app.app_context():
            start.wait()
            with transaction():
                client_id = db.session.scalars(db.select(Client.id)).one()
                place_order(values, client_id=client_id, by=SYSTEM)

    with ThreadPoolExecutor(RACERS) as pool:
        list(pool.map(one, range(RACERS)))


def taken() -> Counter[str]:
    """Orders by the hour on the store's wall for which they are promised."""
    with transaction():
        told = [instant_shape(at, "Europe/Warsaw") or "" for at in db.session.scalars(db.select(Order.promised_at))]
    return Counter(at[11:13] for at in told)


def without_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for anybody: every order has counted before any of them is written."""
    counted = Barrier(RACERS)

    def count_together(load: int, units: int, capacity: int) -> bool:
        counted.wait(timeout=30)
        return has_room(load, units, capacity)

    monkeypatch.setattr(promises, "lock_slot", lambda store, start: None)
    monkeypatch.setattr(promises, "has_room", count_together)


def test_orders_at_the_same_moment_never_take_more_than_a_slot_holds(shop: OpenAPI) -> None:
    for _ in range(2):
        race(shop)
    found = taken()
    assert found.total() == 2 * RACERS
    assert max(found.values()) == CAPACITY
    assert sorted(found) == ["11", "12", "13", "14", "15"]


def test_without_the_lock_the_slot_overflows(shop: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    without_lock(monkeypatch)
    race(shop)
    assert max(taken().values()) > CAPACITY


def test_an_order_that_is_refused_or_cancelled_gives_its_place_back(shop: OpenAPI) -> None:
    client_id = db.session.scalars(db.select(Client.id)).one()
    for _ in range(2 * CAPACITY):
        with pytest.raises(InsufficientStock), transaction():
            place_order(order_values({"A": 1001}), client_id=client_id, by=SYSTEM)
    with transaction():
        order, _ = place_order(order_values({"A": 1}), client_id=client_id, by=SYSTEM)
    assert taken() == {"11": 1}
    with transaction():
        cancel_order(get_order_by_key(order.id), reason="customer", by=SYSTEM)
        again, _ = place_order(order_values({"A": 1}), client_id=client_id, by=SYSTEM)
    assert again.promised_at == order.promised_at
