"""Carts: pieces kept for a while, given back, or turned into an order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from omni_pickup import clock
from omni_pickup.errors import HoldUsed, InsufficientStock, Invalid, NotFound, StorePaused
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.clients import Client
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order
from omni_pickup.models.stock import Hold
from omni_pickup.models.stores import Store
from omni_pickup.queries.stock.books import list_differences
from omni_pickup.queries.stock.holds import get_hold
from omni_pickup.services.orders.orders import place_order
from omni_pickup.services.stock.holds import expire_due_holds, place_hold, release_hold
from omni_pickup.services.stores.stores import pause_store
from tests.builders import (
    dump_tables,
    event_types,
    make_client,
    make_item,
    make_stock,
    order_values,
    pointers,
    stock_of,
)
from tests.people import make_store


@pytest.fixture
def store(app: object) -> Store:
    return make_store()


@pytest.fixture
def item(store: Store) -> Item:
    item = make_item("A")
    make_stock(store, item, 10)
    return item


@pytest.fixture
def client(app: object) -> Client:
    return make_client()


def hold(store: Store, client: Client, lines: list[tuple[str, int]], ttl_seconds: int = 600) -> Hold:
    asked = [{"sku": sku, "quantity": quantity} for sku, quantity in lines]
    with transaction():
        return place_hold(client.id, store, asked, ttl_seconds, by=SYSTEM)


def order(client: Client, lines: dict[str, int], hold_id: str, **values: Any) -> Order:
    with transaction():
        return place_order(order_values(lines, hold_id=hold_id, **values), client_id=client.id, by=SYSTEM)[0]


def state_of(kept: Hold) -> str | None:
    db.session.rollback()
    return db.session.scalar(db.select(Hold.state).where(Hold.id == kept.id))


def test_a_hold_reserves_its_pieces_and_repeated_skus_are_summed(store: Store, item: Item, client: Client) -> None:
    kept = hold(store, client, [("A", 2), ("A", 3)])
    assert stock_of(store, item) == {"on_hand": 10, "reserved": 5}
    assert kept.expires_at - kept.created_at == timedelta(seconds=600)
    assert event_types("hold.") == ["hold.placed"]
    assert list_differences() == []


def test_a_hold_is_all_or_nothing_and_says_where_else(store: Store, item: Item, client: Client) -> None:
    other = make_item("B")
    make_stock(store, other, 1)
    elsewhere = make_store("WAW-02")
    make_stock(elsewhere, item, 5)
    make_stock(elsewhere, other, 5)
    before = dump_tables()
    with pytest.raises(InsufficientStock) as caught:
        hold(store, client, [("A", 2), ("B", 2)])
    assert caught.value.details["lines"] == [{"sku": "B", "requested": 2, "available": 1}]
    assert [store["store"] for store in caught.value.details["alternatives"]] == ["WAW-02"]
    assert dump_tables() == before


def test_a_paused_store_takes_no_holds(store: Store, item: Item, client: Client) -> None:
    with transaction():
        pause_store(db.session.get_one(Store, store.id), until=None, reason="Flood", by=SYSTEM)
    with pytest.raises(StorePaused) as caught:
        hold(store, client, [("A", 1)])
    assert caught.value.details["reason"] == "Flood"


@pytest.mark.parametrize(
    ("lines", "ttl_seconds", "pointer"),
    [
        ([], 600, "/lines"),
        ([("GHOST", 1)], 600, "/lines/0/sku"),
        ([("A", 1), ("A", 0)], 600, "/lines/1/quantity"),
        ([("A", 1)], 0, "/ttl_seconds"),
        ([("A", 1)], 86_401, "/ttl_seconds"),
    ],
)
def test_a_wrong_value_is_pointed_at(
    store: Store, item: Item, client: Client, lines: list[tuple[str, int]], ttl_seconds: int, pointer: str
) -> None:
    with pytest.raises(Invalid) as caught:
        hold(store, client, lines, ttl_seconds)
    assert pointers(caught.value) == [pointer]


def test_releasing_gives_the_pieces_back_once(store: Store, item: Item, client: Client) -> None:
    kept = hold(store, client, [("A", 4)])
    for _ in range(2):
        with transaction():
            release_hold(get_hold(kept.public_id, client.id), by=SYSTEM)
    assert stock_of(store, item) == {"on_hand": 10}
    assert (state_of(kept), event_types("hold.")) == ("released", ["hold.placed", "hold.released"])
    assert list_differences() == []


def test_another_clients_hold_does_not_exist(store: Store, item: Item, client: Client) -> None:
    kept = hold(store, client, [("A", 4)])
    with pytest.raises(NotFound):
        get_hold(kept.public_id, make_client().id)


def test_due_holds_expire_the_oldest_first(store: Store, item: Item, client: Client) -> None:
    first, second, third = (hold(store, client, [("A", 1)], ttl) for ttl in (10, 20, 900))
    later = clock.now() + timedelta(seconds=60)
    with transaction():
        assert expire_due_holds(later, 1) == 1
    assert (state_of(first), state_of(second)) == ("expired", "active")
    with transaction():
        assert expire_due_holds(later, 10) == 1
    with transaction():
        assert expire_due_holds(later, 10) == 0
    assert (state_of(second), state_of(third)) == ("expired", "active")
    assert stock_of(store, item) == {"on_hand": 10, "reserved": 1}
    assert list_differences() == []


def test_an_order_takes_its_hold_over(store: Store, item: Item, client: Client) -> None:
    kept = hold(store, client, [("A", 10)])
    order(client, {"A": 10}, kept.public_id)
    assert stock_of(store, item) == {"on_hand": 10, "reserved": 10}
    assert (state_of(kept), event_types("hold.")) == ("used", ["hold.placed", "hold.used"])
    assert list_differences() == []


@pytest.mark.parametrize("ordered", [3, 4, 7])
def test_per_sku_only_the_difference_is_reserved_or_released(
    store: Store, item: Item, client: Client, ordered: int
) -> None:
    other = make_item("B")
    make_stock(store, other, 2)
    kept = hold(store, client, [("A", 4), ("B", 2)])
    order(client, {"A": ordered}, kept.public_id)
    assert stock_of(store, item) == {"on_hand": 10, "reserved": ordered}
    assert stock_of(store, other) == {"on_hand": 2}
    assert list_differences() == []


def test_a_failure_leaves_the_hold_as_it_was(store: Store, item: Item, client: Client) -> None:
    kept = hold(store, client, [("A", 4)])
    before = dump_tables()
    with pytest.raises(InsufficientStock) as caught:
        order(client, {"A": 11}, kept.public_id)
    assert caught.value.details["lines"][0]["available"] == 10
    assert dump_tables() == before


def test_an_expired_hold_falls_back_to_ordinary_stock(store: Store, item: Item, client: Client) -> None:
    kept = hold(store, client, [("A", 4)], 10)
    with transaction():
        expire_due_holds(clock.now() + timedelta(minutes=1), 10)
    order(client, {"A": 5}, kept.public_id)
    assert stock_of(store, item) == {"on_hand": 10, "reserved": 5}
    assert state_of(kept) == "expired"


def test_state_decides_not_the_clock(store: Store, item: Item, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = hold(store, client, [("A", 10)], 10)
    late = clock.now() + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: late)
    order(client, {"A": 10}, kept.public_id)
    assert state_of(kept) == "used"


def test_a_used_hold_is_used(store: Store, item: Item, client: Client) -> None:
    kept = hold(store, client, [("A", 4)])
    order(client, {"A": 4}, kept.public_id)
    with pytest.raises(HoldUsed):
        order(client, {"A": 4}, kept.public_id)
    with pytest.raises(HoldUsed), transaction():
        release_hold(get_hold(kept.public_id, client.id), by=SYSTEM)
    assert stock_of(store, item) == {"on_hand": 10, "reserved": 4}


def test_a_hold_of_another_client_or_store_cannot_be_used(store: Store, item: Item, client: Client) -> None:
    kept = hold(store, client, [("A", 4)])
    elsewhere = make_store("WAW-02")
    make_stock(elsewhere, item, 5)
    with pytest.raises(Invalid) as caught:
        order(make_client(), {"A": 4}, kept.public_id)
    assert pointers(caught.value) == ["/hold_id"]
    with pytest.raises(Invalid) as caught:
        order(client, {"A": 4}, kept.public_id, store="WAW-02")
    assert pointers(caught.value) == ["/hold_id"]
    assert state_of(kept) == "active"


def test_held_pieces_of_a_recalled_item_are_not_sold(store: Store, item: Item, client: Client) -> None:
    kept = hold(store, client, [("A", 4)])
    with transaction():
        db.session.get_one(Item, item.id).stop_sale = True
    with pytest.raises(InsufficientStock) as caught:
        order(client, {"A": 4}, kept.public_id)
    assert caught.value.details["lines"][0]["available"] == 0
    assert stock_of(store, item) == {"on_hand": 10, "reserved": 4}


def test_a_partial_order_takes_what_the_hold_and_the_shelf_give(store: Store, item: Item, client: Client) -> None:
    kept = hold(store, client, [("A", 4)])
    placed = order(client, {"A": 12}, kept.public_id, allow="partial")
    assert (placed.lines[0].open, placed.lines[0].short) == (10, 2)
    assert stock_of(store, item) == {"on_hand": 10, "reserved": 10}
    assert list_differences() == []
