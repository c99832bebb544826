"""What the till and the delivery door report: counted once, never refused for reservations, never moved twice."""

from __future__ import annotations

from typing import Any

import pytest

from omni_pickup import clock
from omni_pickup.errors import Conflict, Invalid
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.clients import Client
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order
from omni_pickup.models.packages import Handoff, HandoffLine
from omni_pickup.models.picking import FloorTask
from omni_pickup.models.stock import StockMovement
from omni_pickup.models.stores import Store
from omni_pickup.queries.stock.books import list_differences
from omni_pickup.services.stock.stock_adjustments import apply_adjustments, consume_settled, pieces_already_sold
from omni_pickup.services.stock.stock_moves import Cause, move_stock
from omni_pickup.services.stock.till_sales import restore_settled, take_back_sold
from tests.builders import (
    dump_tables,
    event_types,
    make_client,
    make_item,
    make_order,
    make_stock,
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


def sale(delta: int, reference: str = "POS-1", **values: Any) -> dict[str, Any]:
    return {"sku": "A", "delta": delta, "reason": "sale", "reference": reference, **values}


def apply(store: Store, client: Client, *adjustments: dict[str, Any]) -> list[dict[str, Any]]:
    with transaction():
        return apply_adjustments(store, client.id, adjustments, by=SYSTEM)


def hand_over(order: Order, pieces: int) -> None:
    """What the handoff does to stock and counters, the till's part left out."""
    with transaction():
        order = db.session.get_one(Order, order.id)
        line = order.lines[0]
        settled = consume_settled(line, pieces)
        move_stock(
            order.store_id,
            line.item_id,
            cause=Cause("handoff", SYSTEM, order_id=order.id),
            on_hand=settled - pieces,
            reserved=settled - pieces,
        )
        line.open, line.collected = line.open - pieces, line.collected + pieces
        now = clock.now()
        handoff = Handoff(
            public_id=f"hof_{pieces}",
            order_id=order.id,
            store_id=order.store_id,
            result="collected",
            method="code",
            at=now,
            recorded_at=now,
            actor_kind="system",
        )
        handoff.lines = [HandoffLine(order_line_id=line.id, collected=pieces, settled_by_till=settled)]
        db.session.add(handoff)


def line_of(order: Order) -> Any:
    return db.session.get_one(Order, order.id).lines[0]


def test_the_answer_says_what_was_asked_applied_and_left(store: Store, item: Item, client: Client) -> None:
    expected = {"sku": "A", "reference": "POS-1", "delta": -2, "applied": -2, "on_hand": 8}
    assert apply(store, client, sale(-2)) == [expected]
    assert event_types("stock.") == ["stock.changed"]


def test_the_same_reference_with_the_same_delta_counts_once(store: Store, item: Item, client: Client) -> None:
    first = apply(store, client, sale(-2))
    apply(store, client, sale(-1, "POS-2"))
    assert apply(store, client, sale(-2)) == first
    assert stock_of(store, item) == {"on_hand": 7}


def test_the_same_reference_with_another_delta_is_a_conflict(store: Store, item: Item, client: Client) -> None:
    apply(store, client, sale(-2))
    before = dump_tables()
    with pytest.raises(Conflict) as caught:
        apply(store, client, sale(-3))
    assert caught.value.details["reference"] == "POS-1"
    assert dump_tables() == before


def test_references_belong_to_client_store_and_sku(store: Store, item: Item, client: Client) -> None:
    other_item = make_item("B")
    make_stock(store, other_item, 10)
    apply(store, client, sale(-2), {**sale(-1), "sku": "B"})
    apply(store, make_client(), sale(-3))
    apply(make_store("WAW-02"), client, sale(4))
    assert stock_of(store, item) == {"on_hand": 5}
    assert stock_of(store, other_item) == {"on_hand": 9}


def test_all_or_nothing(store: Store, item: Item, client: Client) -> None:
    make_item("B")
    apply(store, client, {**sale(-1), "sku": "B"})
    before = dump_tables()
    with pytest.raises(Conflict):
        apply(store, client, sale(-2), {**sale(-7), "sku": "B"})
    assert dump_tables() == before


def test_an_adjustment_stops_at_nothing_and_keeps_asked_and_applied(store: Store, item: Item, client: Client) -> None:
    answer = apply(store, client, sale(-12))[0]
    assert (answer["applied"], answer["on_hand"]) == (-10, 0)
    asked = db.select(StockMovement.asked_delta, StockMovement.on_hand_delta).where(StockMovement.kind == "adjustment")
    assert tuple(db.session.execute(asked).one()) == (-12, -10)


def test_a_delivery_raises_on_hand_also_of_an_item_that_was_never_here(store: Store, client: Client) -> None:
    item = make_item("A")
    assert apply(store, client, {**sale(6), "reason": "delivery"})[0]["on_hand"] == 6
    assert stock_of(store, item) == {"on_hand": 6}


def test_a_sale_is_never_refused_because_of_reservations(store: Store, item: Item, client: Client) -> None:
    order = make_order(store, client, [(item, 8)])
    apply(store, client, sale(-5))
    assert stock_of(store, item) == {"on_hand": 5, "reserved": 8, "deficit": 3}
    assert line_of(order).endangered == 3
    assert db.session.scalars(db.select(FloorTask.kind)).all() == ["count"]
    assert list_differences() == []


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"sku": "GHOST"}, "/adjustments/1/sku"),
        ({"sku": "A"}, "/adjustments/1/sku"),
        ({"delta": 0}, "/adjustments/1/delta"),
        ({"delta": -1_000_001}, "/adjustments/1/delta"),
        ({"reference": ""}, "/adjustments/1/reference"),
        ({"reason": " sale"}, "/adjustments/1/reason"),
        ({"order": "ord_unknown"}, "/adjustments/1/order"),
    ],
)
def test_a_wrong_value_is_pointed_at(
    store: Store, item: Item, client: Client, changes: dict[str, Any], pointer: str
) -> None:
    make_item("B")
    before = dump_tables()
    with pytest.raises(Invalid) as caught:
        apply(store, client, sale(-1), {**sale(-1), "sku": "B", **changes})
    assert pointers(caught.value) == [pointer]
    assert dump_tables() == before


def test_an_order_of_another_store_cannot_be_named(store: Store, item: Item, client: Client) -> None:
    elsewhere = make_store("WAW-02")
    make_stock(elsewhere, item, 1)
    order = make_order(elsewhere, client, [(item, 1)])
    with pytest.raises(Invalid):
        apply(store, client, sale(-1, order=order.public_id))


def test_an_empty_request_is_refused(store: Store, client: Client) -> None:
    with pytest.raises(Invalid) as caught:
        apply(store, client)
    assert pointers(caught.value) == ["/adjustments"]


class TestPaidAtTheTill:
    """An adjustment that names an order settles with that order's handoff, never twice."""

    @pytest.fixture
    def order(self, store: Store, item: Item, client: Client) -> Order:
        return make_order(store, client, [(item, 3)])

    def test_at_the_till_on_hand_and_reserved_fall_together(
        self, store: Store, item: Item, client: Client, order: Order
    ) -> None:
        apply(store, client, sale(-3, order=order.public_id))
        assert stock_of(store, item) == {"on_hand": 7}
        assert pieces_already_sold(line_of(order), 5) == 3
        assert list_differences() == []

    def test_the_handoff_after_the_till_moves_nothing(
        self, store: Store, item: Item, client: Client, order: Order
    ) -> None:
        apply(store, client, sale(-3, order=order.external_id))
        hand_over(order, 3)
        assert stock_of(store, item) == {"on_hand": 7}
        assert pieces_already_sold(line_of(order), 3) == 0
        assert list_differences() == []

    def test_the_till_after_the_handoff_moves_nothing(
        self, store: Store, item: Item, client: Client, order: Order
    ) -> None:
        hand_over(order, 3)
        assert stock_of(store, item) == {"on_hand": 7}
        answer = apply(store, client, sale(-3, order=order.public_id))[0]
        assert (answer["applied"], answer["on_hand"]) == (0, 7)
        assert stock_of(store, item) == {"on_hand": 7}
        assert list_differences() == []

    def test_part_at_the_till_and_the_rest_at_the_handoff(
        self, store: Store, item: Item, client: Client, order: Order
    ) -> None:
        apply(store, client, sale(-1, order=order.public_id))
        hand_over(order, 3)
        apply(store, client, sale(-2, "POS-2", order=order.public_id))
        assert stock_of(store, item) == {"on_hand": 7}
        assert list_differences() == []

    def test_more_than_the_order_holds_is_an_ordinary_sale(
        self, store: Store, item: Item, client: Client, order: Order
    ) -> None:
        apply(store, client, sale(-5, order=order.public_id))
        assert stock_of(store, item) == {"on_hand": 5}
        hand_over(order, 3)
        assert stock_of(store, item) == {"on_hand": 5}
        assert list_differences() == []

    def test_a_sale_that_is_taken_back_at_the_till_reserves_again(
        self, store: Store, item: Item, client: Client, order: Order
    ) -> None:
        apply(store, client, sale(-3, order=order.public_id))
        answer = apply(store, client, sale(2, "POS-2", order=order.public_id))[0]
        assert (answer["applied"], answer["on_hand"]) == (2, 9)
        assert stock_of(store, item) == {"on_hand": 9, "reserved": 2}
        assert list_differences() == []

    def test_sold_pieces_come_back_into_the_books_before_they_are_cancelled(
        self, store: Store, item: Item, client: Client, order: Order
    ) -> None:
        apply(store, client, sale(-3, order=order.public_id))
        with transaction():
            assert take_back_sold(line_of(order), 2, store_id=store.id, by=SYSTEM) == 2
        assert stock_of(store, item) == {"on_hand": 9, "reserved": 2}
        assert list_differences() == []

    def test_an_undone_handoff_leaves_the_pieces_sold(
        self, store: Store, item: Item, client: Client, order: Order
    ) -> None:
        apply(store, client, sale(-3, order=order.public_id))
        hand_over(order, 3)
        with transaction():
            line = line_of(order)
            line.open, line.collected = 3, 0
            restore_settled(line, 3)
        assert pieces_already_sold(line_of(order), 3) == 3
        assert stock_of(store, item) == {"on_hand": 7}
        assert list_differences() == []
