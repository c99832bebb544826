"""Recalls: nothing more leaves, and everybody who has a piece can be told."""

from __future__ import annotations

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import select

from omni_pickup import clock, keys
from omni_pickup.errors import Invalid
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.events import Event
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order
from omni_pickup.models.packages import Package, PackageContent
from omni_pickup.models.stores import StagingLocation, Store
from omni_pickup.queries.stock.recalls import past_collectors, staged_bags
from omni_pickup.services.stock.stock_moves import Cause, reserve_pieces
from omni_pickup.services.stock.stop_sales import resume_sale, stop_sale
from tests.builders import collect_order, make_client, make_item, make_order, make_stock
from tests.people import make_store


@pytest.fixture
def store(app: OpenAPI) -> Store:
    return make_store()


@pytest.fixture
def kettle(store: Store) -> Item:
    item = make_item("KETTLE")
    make_stock(store, item, 10)
    return item


def reserve(store: Store, item: Item) -> int:
    with transaction():
        return reserve_pieces(store.id, {item.id: 1}, cause=Cause("reserve", SYSTEM))[item.id]


def stop(item: Item, reason: str = "the handle breaks") -> None:
    with transaction():
        stop_sale(db.session.get_one(Item, item.id), reason=reason, by=SYSTEM)


def test_nothing_of_a_recalled_item_is_promised_until_it_is_sold_again(store: Store, kettle: Item) -> None:
    stop(kettle)
    assert reserve(store, kettle) == 0
    with transaction():
        resume_sale(db.session.get_one(Item, kettle.id), by=SYSTEM)
    assert reserve(store, kettle) == 1


def test_a_recall_is_told_once(store: Store, kettle: Item) -> None:
    stop(kettle)
    stop(kettle)
    events = db.session.scalars(select(Event).where(Event.type == "item.sale_stopped")).all()
    assert len(events) == 1


def test_a_recall_has_a_reason(store: Store, kettle: Item) -> None:
    with pytest.raises(Invalid):
        stop(kettle, " ")


def test_the_bags_that_wait_are_listed_with_their_place(store: Store, kettle: Item) -> None:
    order = make_order(store, make_client(), [(kettle, 2)])
    with transaction():
        shelf = StagingLocation(store_id=store.id, code="R1")
        bag = Package(
            public_id=keys.new_id("pkg"),
            store_id=store.id,
            order_id=order.id,
            number=1,
            state="staged",
            packed_at=clock.now(),
            staging_location=shelf,
            contents=[PackageContent(order_line_id=order.lines[0].id, quantity=2)],
        )
        db.session.add(bag)
    found = staged_bags([kettle])[kettle.id]
    assert [(one.store, one.order_number, one.bag, one.location, one.pieces) for one in found] == [
        ("WAW-01", order.number, 1, "R1", 2)
    ]
    other = make_item("OTHER")
    assert staged_bags([other]) == {other.id: []}


def test_who_took_pieces_home_is_listed_without_those_that_came_back(store: Store, kettle: Item) -> None:
    client = make_client()
    order = collect_order(make_order(store, client, [(kettle, 3)]))
    back = collect_order(make_order(store, client, [(kettle, 1)]))
    make_order(store, client, [(kettle, 1)])
    with transaction():
        db.session.get_one(Order, order.id).lines[0].returned = 1
        db.session.get_one(Order, back.id).lines[0].returned = 1
    found = past_collectors([kettle])[kettle.id]
    assert [(one.order_id, one.pieces, one.name) for one in found] == [(order.public_id, 2, "Ada Nowak")]


def test_an_erased_collector_is_listed_without_a_name(store: Store, kettle: Item) -> None:
    order = collect_order(make_order(store, make_client(), [(kettle, 1)]))
    with transaction():
        contact = db.session.get_one(Order, order.id).contact
        contact.name = contact.email = contact.phone = None
    assert [(one.pieces, one.name, one.email) for one in past_collectors([kettle])[kettle.id]] == [(1, None, None)]
