"""Absolute stock figures: what they move, what they leave alone, and what happened after the count."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from omni_pickup import clock
from omni_pickup.errors import Invalid
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.clients import Client
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order
from omni_pickup.models.picking import FloorTask
from omni_pickup.models.stock import StockLevel, StockMovement
from omni_pickup.models.stores import Store
from omni_pickup.queries.stock.books import list_differences
from omni_pickup.queries.stock.stock import list_levels, stock_level
from omni_pickup.services.floor_tasks import open_task
from omni_pickup.services.stock.stock_adjustments import apply_adjustments
from omni_pickup.services.stock.stock_levels import set_level, set_levels
from omni_pickup.services.stock.stock_moves import Cause, move_stock
from tests.builders import dump_tables, event_types, make_client, make_item, make_order, pointers, stock_of
from tests.people import make_store


@pytest.fixture
def store(app: object) -> Store:
    return make_store()


@pytest.fixture
def item(app: object) -> Item:
    return make_item("A")


@pytest.fixture
def client(app: object) -> Client:
    return make_client()


def put(store: Store, **values: Any) -> dict[str, Any]:
    with transaction():
        return set_level(store, "A", values, by=SYSTEM)


def refused(store: Store, levels: list[dict[str, Any]]) -> list[str]:
    before = dump_tables()
    with pytest.raises(Invalid) as caught, transaction():
        set_levels(store, levels, by=SYSTEM)
    assert dump_tables() == before
    return pointers(caught.value)


def sell(store: Store, client: Client, pieces: int, reference: str = "POS-1") -> None:
    with transaction():
        given = {"sku": "A", "delta": -pieces, "reason": "sale", "reference": reference}
        apply_adjustments(store, client.id, [given], by=SYSTEM)


def block(store: Store, item: Item) -> None:
    with transaction():
        level = db.session.scalars(db.select(StockLevel)).one()
        level.blocked, level.blocked_at = True, clock.now()
        open_task("count", store_id=store.id, item_id=item.id, reason="not_found", by=SYSTEM)


def test_the_answer_is_the_contracts_shape(store: Store, item: Item) -> None:
    answer = put(store, on_hand=10, safety_stock=1, location="A-03-2", locations=["B2"])
    contract = {
        "sku": "A",
        "on_hand": 10,
        "reserved": 0,
        "quarantine": 0,
        "display": 0,
        "safety_stock": 1,
        "learned_safety": 0,
        "blocked": False,
        "available": 9,
        "location": "A-03-2",
        "locations": ["B2"],
    }
    assert contract.items() <= answer.items()


def test_an_absolute_set_is_a_movement_with_the_difference(store: Store, item: Item) -> None:
    put(store, on_hand=10)
    put(store, on_hand=7, safety_stock=2)
    moves = db.session.execute(db.select(StockMovement.on_hand_delta, StockMovement.safety_stock_delta)).all()
    assert [tuple(move) for move in moves] == [(10, 0), (-3, 2)]
    assert list_differences() == []


def test_fields_that_are_absent_keep_their_values(store: Store, item: Item) -> None:
    put(store, on_hand=10, safety_stock=1, location="A-03-2", locations=["B2"])
    answer = put(store, on_hand=4)
    assert (answer["safety_stock"], answer["location"], answer["locations"]) == (1, "A-03-2", ["B2"])
    assert put(store, on_hand=4, location=None)["location"] is None


def test_a_location_that_is_named_twice_is_kept_once(store: Store, item: Item) -> None:
    assert put(store, on_hand=1, locations=["B-2", "A-1", "B-2"])["locations"] == ["B-2", "A-1"]


def test_learned_safety_quarantine_and_display_survive_sets(store: Store, item: Item) -> None:
    put(store, on_hand=10)
    with transaction():
        move_stock(store.id, item.id, cause=Cause("learned", SYSTEM), learned_safety=2, quarantine=1, display=1)
    put(store, on_hand=20, safety_stock=3)
    figures = {"on_hand": 20, "safety_stock": 3, "learned_safety": 2, "quarantine": 1, "display": 1}
    assert stock_of(store, item) == figures


def test_setting_what_is_there_already_is_no_change(store: Store, item: Item) -> None:
    put(store, on_hand=10, location="A1")
    put(store, on_hand=10, location="A1")
    assert event_types("stock.") == ["stock.changed"]


def test_what_happened_after_the_count_is_applied_again_on_top(store: Store, item: Item, client: Client) -> None:
    put(store, on_hand=10)
    counted_at = clock.now()
    sell(store, client, 3)
    assert put(store, on_hand=12, counted_at=counted_at)["on_hand"] == 9


def test_what_happened_before_the_count_is_not_applied_again(store: Store, item: Item, client: Client) -> None:
    put(store, on_hand=10)
    sell(store, client, 3)
    assert put(store, on_hand=12, counted_at=clock.now())["on_hand"] == 12


def test_another_set_after_the_count_did_not_move_any_goods(store: Store, item: Item) -> None:
    counted_at = clock.now()
    put(store, on_hand=10)
    assert put(store, on_hand=12, counted_at=counted_at)["on_hand"] == 12


def test_a_sale_that_the_books_could_not_follow_still_emptied_the_counted_shelf(
    store: Store, item: Item, client: Client
) -> None:
    put(store, on_hand=1)
    counted_at = clock.now()
    sell(store, client, 3)
    assert put(store, on_hand=5, counted_at=counted_at)["on_hand"] == 2


def test_more_taken_since_than_counted_leaves_nothing(store: Store, item: Item, client: Client) -> None:
    put(store, on_hand=10)
    counted_at = clock.now()
    sell(store, client, 3)
    assert put(store, on_hand=2, counted_at=counted_at)["on_hand"] == 0


def test_a_set_does_not_lift_a_block(store: Store, item: Item) -> None:
    put(store, on_hand=10)
    block(store, item)
    answer = put(store, on_hand=12, counted_at=clock.now())
    assert (answer["blocked"], answer["available"]) == (True, 0)
    assert db.session.scalars(db.select(FloorTask.state)).all() == ["open"]


def test_a_real_count_lifts_the_block_and_closes_the_count_task(store: Store, item: Item) -> None:
    put(store, on_hand=10)
    block(store, item)
    answer = put(store, on_hand=8, counted=True)
    assert (answer["blocked"], answer["available"]) == (False, 8)
    assert db.session.scalars(db.select(FloorTask.state)).all() == ["done"]
    assert db.session.scalars(db.select(StockMovement.kind)).all() == ["set", "count"]


def test_a_count_below_what_is_reserved_makes_a_deficit_and_endangers_the_latest_promise(
    store: Store, item: Item, client: Client
) -> None:
    put(store, on_hand=10)
    now = clock.now()
    early = make_order(store, client, [(item, 4)], promised_at=now + timedelta(hours=1))
    late = make_order(store, client, [(item, 5)], promised_at=now + timedelta(hours=2))
    put(store, on_hand=6, counted=True)
    assert stock_of(store, item) == {"on_hand": 6, "reserved": 9, "deficit": 3}
    assert endangered(early, late) == [0, 3]
    assert event_types("order.endangered") == ["order.endangered"]
    assert db.session.scalars(db.select(FloorTask.kind)).all() == ["count"]
    assert list_differences() == []


def test_a_deficit_reaches_on_to_the_next_promise_and_picked_pieces_are_safe(
    store: Store, item: Item, client: Client
) -> None:
    put(store, on_hand=10)
    now = clock.now()
    early = make_order(store, client, [(item, 4)], promised_at=now + timedelta(hours=1))
    late = make_order(store, client, [(item, 5)], promised_at=now + timedelta(hours=2))
    with transaction():
        db.session.get_one(Order, late.id).lines[0].picked = 3
    put(store, on_hand=5)
    assert endangered(early, late) == [2, 2]


def test_orders_are_no_longer_endangered_when_the_goods_are_there_again(
    store: Store, item: Item, client: Client
) -> None:
    put(store, on_hand=5)
    order = make_order(store, client, [(item, 5)])
    put(store, on_hand=2)
    put(store, on_hand=4)
    assert endangered(order) == [1]
    put(store, on_hand=9)
    assert endangered(order) == [0]
    assert event_types("order.")[-1] == "order.secured"
    assert stock_of(store, item) == {"on_hand": 9, "reserved": 5}


def test_a_thousand_levels_are_one_change(store: Store, app: object) -> None:
    items = [make_item(f"S{number:03}") for number in range(30)]
    with transaction():
        answers = set_levels(store, [{"sku": item.sku, "on_hand": 5} for item in reversed(items)], by=SYSTEM)
    assert [answer["sku"] for answer in answers] == [item.sku for item in reversed(items)]
    assert event_types("stock.") == ["stock.changed"]
    moved = db.session.execute(db.select(StockMovement.item_id, StockMovement.kind, StockMovement.on_hand_delta))
    assert sorted(moved.all()) == [(item.id, "set", 5) for item in items]


def test_a_bulk_takes_the_same_number_of_statements_however_many_levels_there_are(store: Store, app: object) -> None:
    """Else a thousand would keep every other writer waiting for a second."""
    skus = [make_item(f"S{number:03}").sku for number in range(40)]
    counts = []
    for some in (skus[:4], skus):
        asked: list[str] = []
        with transaction(), hears(asked):
            levels = [{"sku": sku, "on_hand": len(some), "location": f"A-{len(some)}"} for sku in some]
            set_levels(store, levels, by=SYSTEM)
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert len(event_types("stock.")) == 2


@contextmanager
def hears(asked: list[str]) -> Iterator[None]:
    def hear(*call: Any) -> None:
        asked.append(call[2])

    event.listen(db.engine, "before_cursor_execute", hear)
    try:
        yield
    finally:
        event.remove(db.engine, "before_cursor_execute", hear)


@pytest.mark.parametrize(
    ("level", "pointer"),
    [
        ({"sku": "GHOST", "on_hand": 1}, "/levels/1/sku"),
        ({"sku": "A", "on_hand": 1}, "/levels/1/sku"),
        ({"sku": "B", "on_hand": -1}, "/levels/1/on_hand"),
        ({"sku": "B", "on_hand": 1_000_001}, "/levels/1/on_hand"),
        ({"sku": "B", "safety_stock": -1}, "/levels/1/safety_stock"),
        ({"sku": "B", "on_hand": 1, "counted_at": "2999-01-01T00:00:00Z"}, "/levels/1/counted_at"),
        ({"sku": "B", "on_hand": 1, "counted_at": "2026-01-01T00:00:00"}, "/levels/1/counted_at"),
        ({"sku": "B", "on_hand": 1, "location": " A"}, "/levels/1/location"),
        ({"sku": "B", "on_hand": 1, "locations": ["A", ""]}, "/levels/1/locations/1"),
        ({"sku": "B", "on_hand": 1, "locations": ["A"] * 21}, "/levels/1/locations"),
    ],
)
def test_one_wrong_level_refuses_all_of_them(store: Store, item: Item, level: dict[str, Any], pointer: str) -> None:
    make_item("B")
    assert refused(store, [{"sku": "A", "on_hand": 5}, level]) == [pointer]


def test_a_single_levels_pointers_begin_with_the_field(store: Store, item: Item) -> None:
    with pytest.raises(Invalid) as caught, transaction():
        set_level(store, "A", {"on_hand": -1}, by=SYSTEM)
    assert pointers(caught.value) == ["/on_hand"]


def test_more_than_a_thousand_levels_are_refused(store: Store, item: Item) -> None:
    assert refused(store, [{"sku": "A", "on_hand": 1}] * 1001) == ["/levels"]


def test_levels_are_listed_by_sku_page_by_page(store: Store, app: object) -> None:
    for sku in ("C", "A", "B"):
        make_item(sku)
    with transaction():
        set_levels(store, [{"sku": sku, "on_hand": 1} for sku in "CAB"], by=SYSTEM)
    assert [level["sku"] for level in list_levels(store, limit=2)] == ["A", "B"]
    assert [level["sku"] for level in list_levels(store, after="B")] == ["C"]
    assert [level["sku"] for level in list_levels(store, ["C", "A"])] == ["A", "C"]


def test_a_recalled_item_has_nothing_available(store: Store, app: object) -> None:
    make_item("A", stop_sale=True)
    assert put(store, on_hand=10)["available"] == 0


def endangered(*orders: Order) -> list[int]:
    db.session.rollback()
    db.session.expire_all()
    return [db.session.get_one(Order, order.id).lines[0].endangered for order in orders]


def test_a_single_level_is_found_or_was_never_there(store: Store, item: Item) -> None:
    assert stock_level(store.id, item.id) is None
    put(store, on_hand=3)
    found = stock_level(store.id, item.id)
    assert found is not None
    assert found.on_hand == 3
