"""Intake where writers really run side by side: on PostgreSQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask_openapi3 import OpenAPI

from omni_pickup.errors import OperationError
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.clients import Client
from omni_pickup.models.orders import Order
from omni_pickup.queries.stock.books import list_differences
from omni_pickup.services.orders.orders import place_order
from omni_pickup.services.stock.stock_adjustments import apply_adjustments
from omni_pickup.services.stores.stores import put_store
from tests.builders import make_client, make_item, make_stock, order_values, store_values

pytestmark = pytest.mark.one_database

RACERS = 16


@pytest.fixture
def database_kind() -> str:
    return "postgresql"


@pytest.fixture
def shop(app: OpenAPI) -> OpenAPI:
    """A store with ten pieces of A and of B."""
    make_client("shop")
    with transaction():
        store, _ = put_store("WAW-01", store_values(), by=SYSTEM)
    for sku in ("A", "B"):
        make_stock(store, make_item(sku), 10)
    return app


def race(app: OpenAPI, run: Callable[[int], str]) -> Counter[str]:
    """What `RACERS` threads came to that start together."""
    start = Barrier(RACERS)

    def one(number: int) -> str:
        with app.app_context():
            start.wait()
            try:
                with transaction():
                    return run(number)
            except OperationError as error:
                return error.code

    with ThreadPoolExecutor(RACERS) as pool:
        return Counter(pool.map(one, range(RACERS)))


def place(values: dict[str, Any]) -> str:
    client_id = db.session.scalars(db.select(Client.id)).one()
    return "created" if place_order(values, client_id=client_id, by=SYSTEM)[1] else "known"


def test_sixteen_at_once_with_one_external_id_make_one_order(shop: OpenAPI) -> None:
    values = order_values({"A": 1, "B": 2}, external_id="1001")
    assert race(shop, lambda number: place(values)) == {"created": 1, "known": RACERS - 1}
    with shop.app_context():
        assert db.session.scalar(db.select(db.func.count(Order.id))) == 1
        assert list_differences() == []


def test_exactly_as_many_win_as_there_are_pieces(shop: OpenAPI) -> None:
    found = race(shop, lambda number: place(order_values({"A": 1})))
    assert found == {"created": 10, "insufficient_stock": RACERS - 10}
    with shop.app_context():
        assert list_differences() == []


def test_baskets_in_opposite_order_never_wait_for_each_other(shop: OpenAPI) -> None:
    baskets: tuple[dict[str, int], ...] = ({"A": 1, "B": 1}, {"B": 1, "A": 1})
    found = race(shop, lambda number: place(order_values(baskets[number % 2])))
    assert found == {"created": 10, "insufficient_stock": RACERS - 10}


def test_a_till_sale_that_is_reported_many_times_at_once_counts_once(shop: OpenAPI) -> None:
    def sell(number: int) -> str:
        client_id = db.session.scalars(db.select(Client.id)).one()
        store, _ = put_store("WAW-01", store_values(), by=SYSTEM)
        given = {"sku": "A", "delta": -3, "reason": "sale", "reference": "POS-1"}
        return str(apply_adjustments(store, client_id, [given], by=SYSTEM)[0]["on_hand"])

    assert race(shop, sell) == {"7": RACERS}
