"""A shop with people of its own, and orders whose links work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask_openapi3 import OpenAPI

from omni_pickup import keys
from omni_pickup.models import db, transaction
from omni_pickup.models.orders import Order
from omni_pickup.services.customers.order_links import order_token
from tests.customer.browsing import Phone, make_phone
from tests.floor import Shop, fresh, make_picked, make_queued, make_ready, make_shop

Make = Callable[..., Order]
_STAGES = {"received": make_queued, "picked": make_picked, "ready": make_ready}


@pytest.fixture
def shop(app: OpenAPI) -> Shop:
    return make_shop()


@pytest.fixture
def make(shop: Shop) -> Make:
    """An order for a shirt and two mugs at a stage; its link opens it."""

    def made(stage: str = "ready", **values: Any) -> Order:
        order = _STAGES[stage](shop.store, shop.client, [(shop.shirt, 1), (shop.mug, 2)], **values)
        with transaction():
            db.session.get_one(Order, order.id).link_digest = keys.digest(order_token(order))
        return fresh(order)

    return made


@pytest.fixture
def phone(app: OpenAPI) -> Phone:
    return make_phone(app)
