"""What a storefront asks: how many, where, by when, how far."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from omni_pickup import clock
from omni_pickup.errors import Invalid
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.items import Item
from omni_pickup.models.stock import StockLevel
from omni_pickup.models.stores import Store
from omni_pickup.queries.stock.availability import availability
from omni_pickup.services.stores.stores import put_store
from tests.builders import make_item, make_stock, pointers, store_values

NOW = datetime.fromisoformat("2026-11-21T16:00:00+01:00")


@pytest.fixture
def item(app: object) -> Item:
    return make_item("A")


def make_place(code: str, **values: Any) -> Store:
    with transaction():
        return put_store(code, store_values(**values), by=SYSTEM)[0]


def ask(*skus: str, stores: list[str] | None = None, **named: Any) -> dict[str, list[dict[str, Any]]]:
    answer = availability(skus, stores, now=NOW, **named)
    return {item["sku"]: item["stores"] for item in answer["items"]}


def test_the_answer_is_the_contracts_shape(item: Item) -> None:
    make_stock(make_place("S1"), item, 7)
    expected = {"store": "S1", "available": 7, "ready_by": "2026-11-21T18:00:00+01:00", "distance_km": None}
    assert availability(["A"], ["S1"], now=NOW) == {"items": [{"sku": "A", "stores": [expected]}]}


def test_it_answers_in_the_order_of_the_question(item: Item) -> None:
    make_item("B")
    for code in ("S1", "S2"):
        make_place(code)
    answer = ask("B", "A", "B", stores=["S2", "S1", "S2"])
    assert list(answer) == ["B", "A"]
    assert [place["store"] for place in answer["A"]] == ["S2", "S1"]


def test_less_than_the_quantity_is_told_but_not_promised(item: Item) -> None:
    make_stock(make_place("S1"), item, 3)
    place = ask("A", stores=["S1"], quantity=4)["A"][0]
    assert (place["available"], place["ready_by"]) == (3, None)
    assert ask("A", stores=["S1"], quantity=3)["A"][0]["ready_by"] is not None


@pytest.mark.parametrize(
    ("figures", "available"),
    [
        ({"reserved": 2}, 8),
        ({"display": 1, "safety_stock": 2, "learned_safety": 3}, 4),
        ({"quarantine": 5}, 10),
        ({"safety_stock": 11}, 0),
        ({"blocked": True}, 0),
    ],
)
def test_only_what_may_be_promised_is_available(item: Item, figures: dict[str, Any], available: int) -> None:
    make_stock(make_place("S1"), item, 10)
    with transaction():
        db.session.execute(db.update(StockLevel).values(**figures))
    assert ask("A", stores=["S1"])["A"][0]["available"] == available


def test_a_recalled_item_is_available_nowhere(app: object) -> None:
    make_stock(make_place("S1"), make_item("A", stop_sale=True), 10)
    assert ask("A", stores=["S1"])["A"][0]["available"] == 0


def test_a_paused_store_has_nothing_and_promises_nothing(item: Item) -> None:
    store = make_place("S1")
    make_stock(store, item, 10)
    with transaction():
        db.session.get_one(Store, store.id).paused_at = clock.now()
    place = ask("A", stores=["S1"])["A"][0]
    assert (place["available"], place["ready_by"]) == (0, None)


def test_around_a_place_the_nearest_comes_first_and_the_far_are_left_out(item: Item) -> None:
    for code, latitude in (("FAR", 53.0), ("NEAR", 52.24), ("MID", 52.3)):
        make_stock(make_place(code, latitude=latitude), item, 1)
    make_place("NOWHERE", latitude=None, longitude=None)
    places = ask("A", near=(52.23, 21.01), radius_km=25)["A"]
    assert [(place["store"], place["distance_km"]) for place in places] == [("NEAR", 1.1), ("MID", 7.8)]
    assert [place["store"] for place in ask("A", near=(52.23, 21.01))["A"]] == ["NEAR", "MID", "FAR"]


def test_without_stores_or_a_place_all_stores_answer(item: Item) -> None:
    for code in ("S2", "S1"):
        make_place(code)
    assert [place["store"] for place in ask("A")["A"]] == ["S1", "S2"]


def test_stores_outside_the_keys_binding_are_unknown(item: Item) -> None:
    mine, other = make_place("S1"), make_place("S2")
    assert [place["store"] for place in ask("A", within={mine.id})["A"]] == ["S1"]
    with pytest.raises(Invalid) as caught:
        ask("A", stores=["S1", other.code], within={mine.id})
    assert pointers(caught.value) == ["/store/1"]


@pytest.mark.parametrize(
    ("skus", "named", "found"),
    [
        (["A", "GHOST"], {}, ["/sku/1"]),
        ([], {}, ["/sku"]),
        (["A"], {"stores": ["S1", "GHOST"]}, ["/store/1"]),
        (["A"], {"stores": []}, ["/store"]),
        (["A"], {"stores": [f"S{number}" for number in range(101)]}, ["/store"]),
        (["A"], {"radius_km": 5}, ["/near"]),
        ([f"A{number}" for number in range(101)], {}, ["/sku"]),
    ],
)
def test_a_wrong_question_is_pointed_at(item: Item, skus: list[str], named: dict[str, Any], found: list[str]) -> None:
    make_place("S1")
    with pytest.raises(Invalid) as caught:
        ask(*skus, **named)
    assert pointers(caught.value) == found


@pytest.mark.parametrize("pickup", [{}, {"slot_minutes": 30, "slot_capacity": 2}])
def test_many_stores_take_as_many_statements_as_one(item: Item, pickup: dict[str, int]) -> None:
    for number in range(12):
        make_stock(make_place(f"S{number:02}", pickup=pickup), item, 5)
    assert count_statements(["S00"]) == count_statements([f"S{number:02}" for number in range(12)])


def count_statements(stores: list[str]) -> int:
    statements: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        statements.append(statement)

    ask("A", stores=stores)
    db.session.remove()
    db.event.listen(db.engine, "before_cursor_execute", note)
    ask("A", stores=stores)
    db.event.remove(db.engine, "before_cursor_execute", note)
    return len(statements)
