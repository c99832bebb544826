"""Storefront, order, alternatives and office ask one function, so that nobody is told another time."""

from __future__ import annotations

import pytest

from omni_pickup import clock
from omni_pickup.errors import InsufficientStock
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.clients import Client
from omni_pickup.models.paces import StorePace
from omni_pickup.queries.shapes import instant_shape
from omni_pickup.queries.stock.availability import availability
from omni_pickup.services.orders.orders import place_order
from omni_pickup.services.stores.stores import put_store
from tests.builders import make_client, make_item, make_stock, order_values, set_clock, store_values

MORNING = "2026-11-23T10:00:00+01:00"
PICKUP = {
    "prep_minutes": 60,
    "prep_minutes_by_handling": {"bulky": 200},
    "pickers": 3,
    "cut_off": "17:00",
    "slot_minutes": 30,
    "slot_capacity": 2,
}


@pytest.fixture
def chain(app: object, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Two stores that differ in everything a promise is counted from; shirts and sofas in both."""
    now = set_clock(monkeypatch, MORNING)
    with transaction():
        here, _ = put_store("WAW-01", store_values(pickup=PICKUP), by=SYSTEM)
        there, _ = put_store("LIS-01", store_values(timezone="Europe/Lisbon", latitude=38.7, longitude=-9.1), by=SYSTEM)
        pace = {"minutes_per_order": 7.0, "minutes_per_piece": 2.0, "hours": {"10": [1.5, 30]}, "orders": 143}
        db.session.add(StorePace(store_id=here.id, on_shift=1, on_shift_at=now, measured_at=now, **pace))
    for item in (make_item("SHIRT"), make_item("SOFA", handling=["bulky"])):
        make_stock(here, item, 10)
        make_stock(there, item, 100)
    return make_client()


def asked(sku: str, quantity: int) -> dict[str, str | None]:
    """What the storefront shows, by store."""
    found = availability([sku], ["WAW-01", "LIS-01"], quantity=quantity, now=clock.now())
    return {row["store"]: row["ready_by"] for row in found["items"][0]["stores"]}


@pytest.mark.parametrize("store", ["WAW-01", "LIS-01"])
def test_an_order_is_promised_what_the_storefront_showed(chain: Client, store: str) -> None:
    told: set[str | None] = set()
    for sku, quantity in (("SHIRT", 1), ("SOFA", 1), ("SHIRT", 3), ("SHIRT", 2), ("SOFA", 2)):
        shown = asked(sku, quantity)[store]
        with transaction():
            order, _ = place_order(order_values({sku: quantity}, store=store), client_id=chain.id, by=SYSTEM)
        zone = "Europe/Warsaw" if store == "WAW-01" else "Europe/Lisbon"
        assert instant_shape(order.promised_at, zone) == shown
        told.add(shown)
    # Queue, handling and slots make a difference, so that equal answers mean something.
    assert len(told) > 2


def test_an_alternative_is_promised_like_an_order_there(chain: Client) -> None:
    with pytest.raises(InsufficientStock) as refused, transaction():
        place_order(order_values({"SHIRT": 11}), client_id=chain.id, by=SYSTEM)
    (other,) = refused.value.details["alternatives"]
    assert other["ready_by"] == asked("SHIRT", 11)["LIS-01"]
    with transaction():
        order, _ = place_order(order_values({"SHIRT": 11}, store=other["store"]), client_id=chain.id, by=SYSTEM)
    assert instant_shape(order.promised_at, "Europe/Lisbon") == other["ready_by"]
