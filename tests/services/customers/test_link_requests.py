"""Lost links go only where the order's own letters go, and not too often."""

from __future__ import annotations

import pytest

from omni_pickup.models import db, transaction
from omni_pickup.models.actors import CUSTOMER
from omni_pickup.models.events import OutboxMessage
from omni_pickup.models.orders import Order
from omni_pickup.services.customers.link_requests import ask_for_link
from omni_pickup.services.customers.order_links import opened_order, rotate_link
from tests.builders import event_types
from tests.floor import locked, make_queued, make_shop


@pytest.fixture
def order(app: object) -> Order:
    shop = make_shop()
    return make_queued(shop.store, shop.client, [(shop.mug, 1)])


def ask(number: str, email: str) -> int:
    """How many letters wait afterwards."""
    with transaction():
        ask_for_link(number, email, by=CUSTOMER)
    return len(list(db.session.scalars(db.select(OutboxMessage).where(OutboxMessage.kind == "message.link"))))


def test_number_and_address_together_send_it(order: Order) -> None:
    assert ask(order.number, "Ada@Example.com") == 1
    assert event_types("order.link") == ["order.link_asked"]


@pytest.mark.parametrize("email", ["", "eve@example.com", "ada@example.com.evil", "ada"])
def test_another_address_sends_nothing(order: Order, email: str) -> None:
    assert ask(order.number, email) == 0


@pytest.mark.parametrize("number", ["", "1", "-1", "100001 OR 1=1", "١٠٠٠٠١", "9" * 30])
def test_another_number_sends_nothing(order: Order, number: str) -> None:
    assert ask(number, "ada@example.com") == 0


def test_one_customer_gets_three_letters_an_hour_at_most(order: Order) -> None:
    assert [ask(order.number, "ada@example.com") for _ in range(5)] == [1, 2, 3, 3, 3]


def test_a_browser_sees_an_order_only_with_the_version_that_it_opened(order: Order) -> None:
    assert opened_order(order.id, 1) is not None
    with transaction():
        rotate_link(locked(order), by=CUSTOMER)
    assert opened_order(order.id, 1) is None
    assert opened_order(order.id, 2) is not None
    assert opened_order(order.id + 1, 1) is None
