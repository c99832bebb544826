"""The one search field of the counter."""

from __future__ import annotations

import pytest
from flask_openapi3 import OpenAPI

from omni_pickup.models import transaction
from omni_pickup.models.orders import Order
from omni_pickup.queries.handoff.handoffs import search_orders
from omni_pickup.queries.orders.orders import pickup_code
from omni_pickup.rules.codes import bag_code
from omni_pickup.rules.pickup_qrs import qr_text
from omni_pickup.services.customers.check_ins import check_in
from omni_pickup.services.orders.order_cancels import cancel_order
from omni_pickup.services.picking.packages import bind_tag
from tests.floor import ANIA, Shop, bags_in, fresh, locked, make_queued, make_ready, make_shop, reread
from tests.people import make_store

ADA = {"name": "Ada Nowak", "surname_key": "nowak", "phone": "+48600123456", "phone_end": "3456"}
JAN = {"name": "Jan Kos", "surname_key": "kos", "phone": "+48600999888", "phone_end": "9888"}


@pytest.fixture
def shop(app: OpenAPI) -> Shop:
    return make_shop()


@pytest.fixture
def order(shop: Shop) -> Order:
    make_queued(shop.store, shop.client, [(shop.shirt, 1)], contact=JAN)
    order = make_ready(shop.store, shop.client, [(shop.shirt, 1)], contact=ADA)
    with transaction():
        bind_tag(reread(bags_in(order)[0]), "TAG-1", by=ANIA)
    with transaction():
        check_in(locked(order), kind="here", bay="B7", by=ANIA)
    return fresh(order)


def found(shop: Shop, text: str) -> list[tuple[int, str]]:
    return [(hit.order.id, hit.by) for hit in search_orders(shop.store, text)]


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("Nowak", "name"),
        ("now", "name"),
        ("ada nowak", "name"),
        ("3456", "phone"),
        ("600 123 456", "phone"),
        ("+48 600123456", "phone"),
        ("TAG-1", "bag"),
        ("B7", "bay"),
    ],
)
def test_an_order_is_found_by_whatever_somebody_has_of_it(shop: Shop, order: Order, text: str, by: str) -> None:
    assert found(shop, text) == [(order.id, by)]


def test_an_order_is_found_by_its_numbers_its_bag_and_its_qr(shop: Shop, order: Order) -> None:
    assert found(shop, order.number) == [(order.id, "order")]
    assert found(shop, order.number[-4:]) == [(order.id, "order")]
    assert found(shop, order.external_id) == [(order.id, "order")]
    assert found(shop, bags_in(order)[0].public_id) == [(order.id, "bag")]
    assert found(shop, bag_code(order.number, "Nowak")) == [(order.id, "bag")]
    assert found(shop, qr_text(order.public_id, "CDFGHJ")) == [(order.id, "order")]


def test_a_pickup_code_is_a_proof_and_no_search_word(shop: Shop, order: Order) -> None:
    assert found(shop, pickup_code(order)) == []


@pytest.mark.parametrize("text", ["", "   ", "%", "_", "nobody", "999999999999999999", "x" * 500, "'; --"])
def test_what_nobody_has_finds_nothing(shop: Shop, order: Order, text: str) -> None:
    assert found(shop, text) == []


def test_another_store_finds_nothing(shop: Shop, order: Order) -> None:
    assert search_orders(make_store("KRK-01"), "Nowak") == []


def test_open_orders_come_before_closed_ones(shop: Shop, order: Order) -> None:
    newer = make_queued(shop.store, shop.client, [(shop.shirt, 1)], contact=ADA)
    with transaction():
        cancel_order(locked(newer), reason="no", by=ANIA)
    assert found(shop, "nowak") == [(order.id, "name"), (newer.id, "name")]
    assert len(search_orders(shop.store, "nowak", limit=1)) == 1
