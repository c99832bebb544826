"""The books' proof finds every kind of difference, and nothing where there is none."""

from __future__ import annotations

from typing import Any

import pytest

from omni_pickup import clock, keys
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order
from omni_pickup.models.stock import Hold, StockLevel
from omni_pickup.models.stores import Store
from omni_pickup.models.transfers import Transfer, TransferLine
from omni_pickup.queries.stock.books import Difference, list_differences
from omni_pickup.services.stock.holds import place_hold
from omni_pickup.services.stock.stock_moves import Cause, reserve_pieces
from tests.builders import make_client, make_item, make_order, make_stock
from tests.people import make_store


@pytest.fixture
def store(app: object) -> Store:
    return make_store()


@pytest.fixture
def item(store: Store) -> Item:
    item = make_item("A")
    make_stock(store, item, 10)
    return item


def spoil(**figures: Any) -> None:
    with transaction():
        db.session.execute(db.update(StockLevel).values(**figures))


def differences() -> list[tuple[str, int, int]]:
    db.session.rollback()
    return [(found.figure, found.booked, found.expected) for found in list_differences()]


def test_books_with_an_order_a_hold_and_a_transfer_agree(store: Store, item: Item) -> None:
    client = make_client()
    make_order(store, client, [(item, 2)])
    with transaction():
        place_hold(client.id, store, [{"sku": "A", "quantity": 3}], 60, by=SYSTEM)
    request_transfer(store, make_store("WAW-02"), item, 4)
    assert differences() == []


def request_transfer(source: Store, destination: Store, item: Item, pieces: int) -> None:
    with transaction():
        transfer = Transfer(
            public_id=keys.new_id("trf"),
            source_store_id=source.id,
            destination_store_id=destination.id,
            requested_at=clock.now(),
        )
        transfer.lines = [TransferLine(item_id=item.id, requested=pieces)]
        db.session.add(transfer)
        db.session.flush()
        reserve_pieces(source.id, {item.id: pieces}, cause=Cause("transfer", SYSTEM, transfer_id=transfer.id))


@pytest.mark.parametrize("figure", ["on_hand", "quarantine", "display", "in_transit", "safety_stock", "learned_safety"])
def test_a_figure_that_no_movement_explains_is_listed(store: Store, item: Item, figure: str) -> None:
    booked = 10 if figure == "on_hand" else 0
    spoil(**{figure: booked + 1})
    assert differences() == [(figure, booked + 1, booked)]


def test_a_reservation_that_nobody_has_is_listed(store: Store, item: Item) -> None:
    with transaction():
        reserve_pieces(store.id, {item.id: 2}, cause=Cause("reserve", SYSTEM))
    assert differences() == [("reserved by orders, holds and transfers", 2, 0)]


def test_open_pieces_without_a_reservation_are_listed(store: Store, item: Item) -> None:
    order = make_order(store, make_client(), [(item, 2)])
    with transaction():
        line = db.session.get_one(Order, order.id).lines[0]
        line.cancelled, line.open = 1, 1
    assert differences() == [("reserved by orders, holds and transfers", 2, 1)]


def test_a_hold_that_ended_without_giving_back_is_listed(store: Store, item: Item) -> None:
    with transaction():
        hold = place_hold(make_client_row(), store, [{"sku": "A", "quantity": 3}], 60, by=SYSTEM)
    with transaction():
        db.session.get_one(Hold, hold.id).state = "expired"
    assert differences() == [("reserved by orders, holds and transfers", 3, 0)]


def make_client_row() -> int:
    from omni_pickup.models.clients import Client

    client = Client(name="inside", created_at=clock.now())
    db.session.add(client)
    db.session.flush()
    return client.id


def test_a_wrong_deficit_is_listed(store: Store, item: Item) -> None:
    spoil(deficit=3)
    assert differences() == [("deficit", 3, 0)]


def test_a_movement_of_a_level_that_does_not_exist_is_listed(store: Store, item: Item) -> None:
    with transaction():
        db.session.execute(db.delete(StockLevel))
    assert differences() == [("on_hand", 0, 10)]


@pytest.mark.one_database
def test_line_counters_that_do_not_add_up_are_listed_in_words(store: Store, item: Item) -> None:
    order = make_order(store, make_client(), [(item, 2)])
    with transaction():
        # The table refuses such a line, so the proof is for rows that came from elsewhere.
        db.session.execute(db.text("PRAGMA ignore_check_constraints = ON"))
        db.session.get_one(Order, order.id).lines[0].picked = 3
        db.session.flush()
        db.session.execute(db.text("PRAGMA ignore_check_constraints = OFF"))
    found = list_differences()
    assert [difference.note for difference in found] == ["(picked is more than open)"]
    assert order.public_id in str(found[0])


def test_a_difference_reads_as_a_sentence() -> None:
    assert str(Difference("S1", "A", "on_hand", 3, 2)) == "S1 A: on_hand is 3, should be 2"
