"""Links: recomputable by us, guessable by nobody, worthless once rotated or long over."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest

from omni_pickup import clock, keys
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.orders import Order
from omni_pickup.models.returns import Return
from omni_pickup.queries.orders.orders import get_order
from omni_pickup.services.customers.order_links import (
    LINK_DAYS,
    find_by_token,
    find_return_by_token,
    order_token,
    return_token,
    return_url,
    rotate_link,
    status_url,
)
from omni_pickup.services.orders.orders import place_order
from tests.builders import collect_order, event_types, make_client, make_item, make_stock, order_values
from tests.people import make_store


@pytest.fixture
def order(app: object) -> Order:
    make_stock(make_store(), make_item("A"), 10)
    client = make_client()
    with transaction():
        return place_order(order_values({"A": 2}), client_id=client.id, by=SYSTEM)[0]


def make_return() -> Return:
    now = clock.now()
    return_ = Return(
        public_id=keys.new_id("ret"),
        fingerprint="",
        state="announced",
        announced_at=now,
        expires_at=now,
        updated_at=now,
        link_version=1,
    )
    return_.link_digest = keys.digest(return_token(return_))
    with transaction():
        db.session.add(return_)
    return return_


def test_the_address_holds_a_token_of_256_bits(order: Order) -> None:
    address = status_url(order)
    assert address == f"https://pickup.example/p/{order_token(order)}"
    assert len(base64.urlsafe_b64decode(order_token(order) + "=")) == 32


def test_the_token_opens_its_order_and_no_other_text_does(order: Order) -> None:
    assert find_by_token(order_token(order)) is not None
    for text in ("", "x", order.public_id, order_token(order)[:-1], order.link_digest):
        assert find_by_token(text) is None


def test_a_rotated_link_leaves_the_old_one_worthless(order: Order) -> None:
    old = order_token(order)
    with transaction():
        address = rotate_link(get_order(order.public_id), by=SYSTEM)
    assert find_by_token(old) is None
    assert find_by_token(address.rpartition("/")[2]) is not None
    assert event_types("order.link") == ["order.link_rotated"]


def test_a_link_ends_some_time_after_its_order(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    collect_order(order)
    token, now = order_token(order), clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=LINK_DAYS - 1))
    assert find_by_token(token) is not None
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=LINK_DAYS + 1))
    assert find_by_token(token) is None


def test_a_returns_link_is_another_key(app: object, monkeypatch: pytest.MonkeyPatch) -> None:
    return_ = make_return()
    token = return_token(return_)
    assert return_url(return_) == f"https://pickup.example/r/{token}"
    assert find_return_by_token(token) is not None
    assert find_by_token(token) is None
    with transaction():
        db.session.get_one(Return, return_.id).closed_at = clock.now()
    late = clock.now() + timedelta(days=LINK_DAYS + 1)
    monkeypatch.setattr(clock, "now", lambda: late)
    assert find_return_by_token(token) is None
