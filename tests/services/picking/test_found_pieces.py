"""Pieces that turn up."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import select

from omni_pickup.errors import Invalid
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM, Actor
from omni_pickup.models.events import Event
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order
from omni_pickup.models.stock import StockLevel, StockMovement
from omni_pickup.models.stores import Store
from omni_pickup.queries.orders.orders import get_order
from omni_pickup.services.picking.found_pieces import report_found
from omni_pickup.services.picking.pick_tasks import queue_pieces
from omni_pickup.services.picking.short_picks import short_pick
from omni_pickup.services.stock.stock_blocks import is_blocked
from omni_pickup.services.stock.stock_counts import record_count
from tests.builders import make_client, make_item, make_order, make_stock, stock_of
from tests.people import make_staff, make_store


@dataclass
class Aisle:
    store: Store
    item: Item
    ola: Actor


@pytest.fixture
def aisle(app: OpenAPI) -> Aisle:
    store, item = make_store(), make_item("SHIRT")
    make_stock(store, item, 2)
    return Aisle(store, item, Actor("staff", staff_id=make_staff("ola", store, pin=None).id))


def found(aisle: Aisle, pieces: int, location: str | None = None) -> int:
    with transaction():
        return report_found(aisle.store, aisle.item, pieces, location=location, by=aisle.ola)


def lose(aisle: Aisle, pieces: int = 2) -> Order:
    """An order of which nothing could be found."""
    order = make_order(aisle.store, make_client(), [(aisle.item, pieces)])
    with transaction():
        order = get_order(order.public_id)
        task = queue_pieces(order, order.lines[0], pieces)
        short_pick(task, pieces=pieces, reason="not_found", by=aisle.ola)
    return order


def test_pieces_that_the_books_never_knew_are_on_hand(aisle: Aisle) -> None:
    assert found(aisle, 3, "B-01") == 0
    assert stock_of(aisle.store, aisle.item) == {"on_hand": 5}
    movement = db.session.scalars(select(StockMovement).where(StockMovement.kind == "found")).one()
    assert (movement.on_hand_delta, movement.reason) == (3, "B-01")
    event = db.session.scalars(select(Event).where(Event.type == "stock.pieces_found")).one()
    assert event.data["pieces"] == 3


def test_pieces_that_were_looked_for_go_back_to_their_order_and_are_not_counted_twice(aisle: Aisle) -> None:
    order = lose(aisle)
    assert is_blocked(aisle.store.id, aisle.item.id)
    assert stock_of(aisle.store, aisle.item) == {"on_hand": 2}
    assert found(aisle, 2) == 2
    with transaction():
        line = get_order(order.public_id).lines[0]
        assert (line.open, line.short) == (2, 0)
    assert stock_of(aisle.store, aisle.item) == {"on_hand": 2, "reserved": 2}
    assert not is_blocked(aisle.store.id, aisle.item.id)


def test_more_than_was_looked_for_is_new(aisle: Aisle) -> None:
    lose(aisle)
    assert found(aisle, 5) == 2
    assert stock_of(aisle.store, aisle.item) == {"on_hand": 5, "reserved": 2}


def test_after_a_count_found_pieces_are_new_to_the_books(aisle: Aisle) -> None:
    order = lose(aisle)
    with transaction():
        record_count(aisle.store, aisle.item, 0, by=SYSTEM)
    found(aisle, 2)
    assert stock_of(aisle.store, aisle.item)["on_hand"] == 2
    with transaction():
        assert get_order(order.public_id).lines[0].short == 2


def test_the_place_is_remembered_behind_the_usual_one(aisle: Aisle) -> None:
    for location in ("A-1", "B-2", "B-2", "A-1"):
        found(aisle, 1, location)
    with transaction():
        level = db.session.scalars(select(StockLevel)).one()
        assert (level.location, level.locations) == ("A-1", ["B-2"])


@pytest.mark.parametrize(("pieces", "location"), [(0, None), (1, " "), (1, "x" * 65)])
def test_nothing_found_nowhere_is_refused(aisle: Aisle, pieces: int, location: str | None) -> None:
    with pytest.raises(Invalid):
        found(aisle, pieces, location)
    assert stock_of(aisle.store, aisle.item) == {"on_hand": 2}
