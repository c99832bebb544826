"""Orders that are known already, cannot be filled, or can be filled in part."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from omni_pickup import clock
from omni_pickup.errors import (
    ExternalIdConflict,
    InsufficientStock,
)
from omni_pickup.models import db, transaction
from omni_pickup.models.clients import Client
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Question
from omni_pickup.models.stock import StockLevel
from omni_pickup.models.stores import Store
from omni_pickup.queries.stock.books import list_differences
from tests.builders import (
    dump_tables,
    make_client,
    make_item,
    make_stock,
    order_values,
)
from tests.intakes import make_place, place, refused


@pytest.fixture
def store(app: object) -> Store:
    return make_place("WAW-01")


@pytest.fixture
def item(store: Store) -> Item:
    item = make_item("A")
    make_stock(store, item, 10)
    return item


@pytest.fixture
def client(app: object) -> Client:
    return make_client()


class TestExternalId:
    def test_a_known_one_with_the_same_store_and_lines_is_the_same_order(
        self, store: Store, item: Item, client: Client
    ) -> None:
        values = order_values({"A": 2})
        first, _ = place(client, values)
        before = dump_tables()
        again, created = place(client, {**values, "note": "sent again"})
        assert (again.id, created) == (first.id, False)
        assert dump_tables() == before

    def test_the_order_of_its_lines_does_not_matter(self, store: Store, item: Item, client: Client) -> None:
        make_stock(store, make_item("B"), 5)
        values = order_values({"A": 2, "B": 1})
        place(client, values)
        assert place(client, {**values, "lines": values["lines"][::-1]})[1] is False

    def test_it_is_found_also_while_the_store_is_paused_and_empty(
        self, store: Store, item: Item, client: Client
    ) -> None:
        values = order_values({"A": 10})
        place(client, values)
        with transaction():
            db.session.get_one(Store, store.id).paused_at = clock.now()
        assert place(client, values)[1] is False

    @pytest.mark.parametrize("quantity", [1, 3])
    def test_with_other_lines_it_is_a_conflict(self, store: Store, item: Item, client: Client, quantity: int) -> None:
        values = order_values({"A": 2})
        place(client, values)
        other = order_values({"A": quantity}, external_id=values["external_id"])
        assert refused(client, other, ExternalIdConflict).code == "external_id_conflict"

    def test_at_another_store_it_is_a_conflict(self, store: Store, item: Item, client: Client) -> None:
        make_stock(make_place("WAW-02"), item, 5)
        values = order_values({"A": 2})
        place(client, values)
        refused(client, {**values, "store": "WAW-02"}, ExternalIdConflict)

    def test_each_client_has_its_own(self, store: Store, item: Item, client: Client) -> None:
        values = order_values({"A": 2})
        assert place(client, values)[1] is True
        assert place(make_client(), values)[1] is True

    def test_a_refused_order_leaves_it_free(self, store: Store, item: Item, client: Client) -> None:
        values = order_values({"A": 11})
        refused(client, values, InsufficientStock)
        values["lines"][0]["quantity"] = 10
        assert place(client, values)[1] is True


class TestNotEnoughStock:
    def test_says_what_there_is_and_reserves_nothing(self, store: Store, item: Item, client: Client) -> None:
        make_stock(store, make_item("B"), 1)
        error = refused(client, order_values({"A": 2, "B": 3}), InsufficientStock)
        assert (error.status, error.code) == (409, "insufficient_stock")
        assert error.details["lines"] == [{"line_id": "2", "sku": "B", "requested": 3, "available": 1}]
        assert error.details["alternatives"] == []

    def test_names_at_most_five_stores_that_can_fill_all_of_it_nearest_first(
        self, store: Store, item: Item, client: Client
    ) -> None:
        other = make_item("B")
        for number in range(7):
            place_ = make_place(f"N{number}", latitude=52.23 + (7 - number) / 10)
            make_stock(place_, item, 20)
            make_stock(place_, other, 20 if number != 6 else 1)
        error = refused(client, order_values({"A": 11, "B": 2}), InsufficientStock)
        alternatives = error.details["alternatives"]
        assert [place["store"] for place in alternatives] == ["N5", "N4", "N3", "N2", "N1"]
        assert alternatives[0]["distance_km"] == pytest.approx(22.2, abs=0.1)
        assert datetime.fromisoformat(alternatives[0]["ready_by"]) > clock.now()

    def test_leaves_out_stores_that_are_paused_closed_or_do_not_offer_it(
        self, store: Store, item: Item, client: Client
    ) -> None:
        paused = make_place("PAUSED")
        for other in (paused, make_place("CLOSED", hours={}), make_place("INSIDE", pickup={"curbside": False})):
            make_stock(other, item, 20)
        with transaction():
            db.session.get_one(Store, paused.id).paused_at = clock.now()
        error = refused(client, order_values({"A": 11}, pickup_method="curbside"), InsufficientStock)
        assert error.details["alternatives"] == []

    def test_does_not_name_stores_that_the_key_may_not_see(self, store: Store, item: Item, client: Client) -> None:
        make_stock(make_place("N1"), item, 20)
        error = refused(client, order_values({"A": 11}), InsufficientStock, within={store.id})
        assert error.details["alternatives"] == []

    @pytest.mark.parametrize(
        "figures", [{"blocked": True}, {"safety_stock": 9}, {"learned_safety": 9}, {"display": 9}, {"reserved": 9}]
    )
    def test_only_what_is_available_to_promise_counts(
        self, store: Store, client: Client, item: Item, figures: dict[str, Any]
    ) -> None:
        with transaction():
            level = db.session.scalars(db.select(StockLevel)).one()
            for name, value in figures.items():
                setattr(level, name, value)
        error = refused(client, order_values({"A": 2}), InsufficientStock)
        assert error.details["lines"][0]["available"] == (0 if "blocked" in figures else 1)

    def test_a_recalled_item_is_not_available(self, store: Store, item: Item, client: Client) -> None:
        with transaction():
            db.session.get_one(Item, item.id).stop_sale = True
        error = refused(client, order_values({"A": 1}), InsufficientStock)
        assert error.details["lines"][0]["available"] == 0


class TestPartial:
    def test_reserves_what_there_is_and_asks_about_the_rest(self, store: Store, item: Item, client: Client) -> None:
        make_stock(store, make_item("B"), 1)
        order, _ = place(client, order_values({"A": 12, "B": 1}, allow="partial"))
        assert [(line.open, line.short) for line in order.lines] == [(10, 2), (1, 0)]
        question = db.session.scalars(db.select(Question)).one()
        assert (question.reason, question.pieces, question.state) == ("unavailable", 2, "open")
        assert question.deadline_at > clock.now()
        assert order.state == "received"
        assert list_differences() == []

    def test_earlier_lines_get_the_pieces_first(self, store: Store, item: Item, client: Client) -> None:
        values = order_values({"A": 8}, allow="partial")
        values["lines"].append({**values["lines"][0], "line_id": "2"})
        order, _ = place(client, values)
        assert [(line.open, line.short) for line in order.lines] == [(8, 0), (2, 6)]

    def test_nothing_at_all_reserved_is_refused(self, store: Store, item: Item, client: Client) -> None:
        make_item("B")
        refused(client, order_values({"B": 1}, allow="partial"), InsufficientStock)
