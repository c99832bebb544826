"""The event feed: every event exactly once, in order, and nobody else's."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from flask_openapi3 import OpenAPI

from omni_pickup import clock
from omni_pickup.models import transaction
from omni_pickup.queries.stores.stores import get_store
from omni_pickup.services.histories import pack_events
from tests.api.conftest import MakeShop, Shop
from tests.api.shops import order_body, placed, return_body, stocked, store_body


def follow(shop: Shop, query: str = "", after: str = "") -> tuple[list[dict[str, Any]], str]:
    """Everything up to now, page by page, and the cursor behind it."""
    found: list[dict[str, Any]] = []
    while True:
        page = shop.get(f"/events?after={after}&{query}").json
        found += page["events"]
        if page["next"] == after:
            return found, after
        after = page["next"]


def types(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]


class TestFollowing:
    def test_an_empty_after_starts_at_the_beginning_and_next_is_never_null(self, shop: Shop) -> None:
        page = shop.get("/events?after=").json
        assert page["next"]
        stocked(shop)
        assert types(follow(shop)[0]) == ["store.created", "item.created", "stock.changed"]

    def test_next_goes_on_where_the_page_ended(self, shop: Shop) -> None:
        stocked(shop)
        all_of_them, end = follow(shop)
        one_by_one, same_end = follow(shop, "limit=1")
        assert one_by_one == all_of_them
        assert follow(shop, after=same_end)[0] == follow(shop, after=end)[0] == []
        placed(shop)
        assert types(follow(shop, after=end)[0]) == ["order.received"]

    def test_next_moves_past_rows_that_are_filtered_out(self, shop: Shop) -> None:
        stocked(shop)
        page = shop.get("/events?type=order.*").json
        assert page["events"] == []
        assert shop.get(f"/events?after={page['next']}").json["events"] == []

    def test_more_events_than_one_scan_are_all_found(self, shop: Shop) -> None:
        stocked(shop)
        items = [{"sku": f"S{number}", "name": "x"} for number in range(1000)]
        shop.post("/items", {"items": items})
        found, _ = follow(shop, "limit=200")
        assert [event["data"]["sku"] for event in found if event["type"] == "item.created"][1:] == [
            item["sku"] for item in items
        ]
        placed(shop)
        assert types(shop.get("/events?type=order.received").json["events"]) == ["order.received"]

    def test_who_stands_behind_what_was_packed_away_is_told_and_begins_anew(self, shop: Shop) -> None:
        stocked(shop)
        _, end = follow(shop)
        early = shop.get("/events?limit=1").json["next"]
        placed(shop)
        with transaction():
            assert pack_events(clock.now() + timedelta(seconds=1), limit=100) > 2
        answer = shop.get(f"/events?after={early}")
        assert (answer.status_code, answer.json["code"]) == (410, "cursor_too_old")
        assert types(follow(shop)[0]) == ["order.received"]
        assert types(follow(shop, after=end)[0]) == ["order.received"]

    @pytest.mark.parametrize(
        "after",
        [
            "nonsense",
            "W10",
            "WzFd",
            "WzEsMiwzLDRd",
            "WyJhIiwwLDBd",
            "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5LDAsMF0",
            "Wy0xLC0xLC0xXQ",
        ],
    )
    def test_a_cursor_that_is_not_ours_is_422(self, shop: Shop, after: str) -> None:
        answer = shop.get(f"/events?after={after}")
        assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/after")

    def test_a_reader_beside_writers_sees_every_event_once_and_in_order(self, app: OpenAPI, shop: Shop) -> None:
        stocked(shop, 1000)
        _, after = follow(shop)

        def write(own: int) -> None:
            writer = Shop(app.test_client(), shop.key)
            for number in range(5):
                order = placed(writer, f"{own}-{number}")
                assert writer.post(f"/orders/{order['id']}/cancel", {}).status_code == 200

        writers = [threading.Thread(target=write, args=(own,)) for own in range(4)]
        for writer in writers:
            writer.start()
        seen: list[dict[str, Any]] = []
        while any(writer.is_alive() for writer in writers):
            found, after = follow(shop, "limit=7", after)
            seen += found
        seen += follow(shop, "limit=7", after)[0]
        assert len({event["id"] for event in seen}) == len(seen)
        by_order: dict[str, list[str]] = {}
        for event in seen:
            by_order.setdefault(event["data"]["id"], []).append(event["type"])
        assert len(by_order) == 20
        assert all(one[0] == "order.received" and one[-1] == "order.cancelled" for one in by_order.values())


class TestFilters:
    def test_types_are_named_or_given_by_their_noun(self, shop: Shop) -> None:
        stocked(shop)
        placed(shop)
        assert types(follow(shop, "type=order.*")[0]) == ["order.received"]
        assert types(follow(shop, "type=item.created&type=order.received")[0]) == ["item.created", "order.received"]
        assert len(follow(shop, "type=*")[0]) == len(follow(shop)[0])

    @pytest.mark.parametrize("pattern", ["order", "order.", "*.ready", "ORDER.*", "order.*.x", "%25.%25", "or__r.*%20"])
    def test_what_is_no_pattern_is_422(self, shop: Shop, pattern: str) -> None:
        assert shop.get(f"/events?type={pattern}").status_code == 422

    def test_an_underscore_is_no_wildcard(self, shop: Shop) -> None:
        stocked(shop)
        assert follow(shop, "type=st_ck.*")[0] == []

    def test_stores_filter_and_an_unknown_one_is_422(self, shop: Shop) -> None:
        stocked(shop)
        shop.put("/stores/KRK-01", store_body())
        assert {event["store"] for event in follow(shop, "store=KRK-01")[0]} == {"KRK-01"}
        assert shop.get("/events?store=NOPE").status_code == 422


class TestWhoseEvents:
    def test_a_client_sees_its_own_orders_returns_and_holds_only(self, shop: Shop, make_shop: MakeShop) -> None:
        stocked(shop)
        placed(shop)
        shop.post("/returns", return_body())
        shop.post("/holds", {"store": "WAW-01", "lines": [{"sku": "TEE", "quantity": 1}]})
        other = make_shop("other")
        mine, theirs = types(follow(shop)[0]), types(follow(other)[0])
        assert {"order.received", "return.announced", "hold.placed"} <= set(mine)
        assert set(theirs) == {"store.created", "item.created", "stock.changed"}

    def test_a_bound_key_sees_its_stores_only(self, shop: Shop, make_shop: MakeShop) -> None:
        stocked(shop)
        stocked(shop, store="KRK-01", sku="MUG")
        placed(shop)
        bound = make_shop("shop", stores=[get_store("KRK-01")])
        assert {event["store"] for event in follow(bound)[0]} == {"KRK-01", None}

    def test_staff_and_keys_are_nobodys_business(self, shop: Shop) -> None:
        assert follow(shop)[0] == []

    def test_an_event_holds_no_code_link_or_person(self, shop: Shop) -> None:
        stocked(shop)
        order = placed(
            shop, note="canary-note", collector={"name": "Canary Collector"}, gift={"message": "canary-gift"}
        )
        text = shop.get("/events").text
        for secret in (order["pickup_code"], order["status_url"].rpartition("/")[2], "Nowak", "ada@", "anary"):
            assert secret not in text

    def test_an_event_has_the_shape_of_the_contract(self, shop: Shop) -> None:
        stocked(shop)
        order = shop.post("/orders", order_body()).json
        event = follow(shop, "type=order.*")[0][0]
        assert set(event) == {"id", "type", "occurred_at", "recorded_at", "store", "data"}
        assert (event["store"], event["data"]["id"]) == ("WAW-01", order["id"])
        assert event["recorded_at"].endswith(("+01:00", "+02:00"))
