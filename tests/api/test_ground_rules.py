"""The ground rules of the contract, one class for each sentence that is not proved on a page of its own."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from flask_openapi3 import OpenAPI

from omni_pickup.api import input_problems
from omni_pickup.api.endpoints import ENDPOINTS
from omni_pickup.api.queries import make_cursor
from omni_pickup.extensions import limiter
from tests.api.conftest import MakeShop, Shop
from tests.api.shops import item_body, order_body, placed, return_body, stocked, store_body


class TestShapes:
    """JSON, UTF-8, RFC 3339 times with offset, money as a decimal string, quantities whole."""

    def test_answers_are_json_in_utf_8_as_it_is_written(self, shop: Shop) -> None:
        answer = shop.put("/stores/WAW-01", store_body(name="Łódź"))
        assert answer.content_type == "application/json"
        assert "Łódź".encode() in answer.data

    def test_times_carry_the_stores_own_offset(self, shop: Shop) -> None:
        stocked(shop)
        order = placed(shop, placed_at="2026-01-10T12:00:00Z")
        assert order["timestamps"]["placed"] == "2026-01-10T13:00:00+01:00"
        assert datetime.fromisoformat(order["promised_at"]).utcoffset() is not None

    @pytest.mark.parametrize(
        "time",
        [
            "2026-01-10",
            "2026-01-10T12:00:00",
            "2026-01-10T25:00:00Z",
            "2026-02-30T12:00:00Z",
            "2026-W02-6T12:00:00Z",
            "20260110T120000Z",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59-23:59",
            "2026-01-10T12:00:00+99:00",
            "",
            0,
            1768046400,
            True,
        ],
    )
    def test_what_is_no_time_with_an_offset_is_422(self, shop: Shop, time: Any) -> None:
        stocked(shop)
        answer = shop.post("/orders", order_body(placed_at=time))
        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.json["errors"]] == ["/placed_at"]

    def test_an_offset_whose_plus_was_not_escaped_is_told_so(self, shop: Shop) -> None:
        answer = shop.get("/orders?updated_after=2026-01-10T12:00:00+01:00")
        assert answer.status_code == 422
        assert answer.json["errors"][0]["message"] == ("The offset has lost its sign; in an address write + as %2B.")
        assert shop.get("/orders?updated_after=2026-01-10T12:00:00%2B01:00").status_code == 200

    @pytest.mark.parametrize("body", [[], 1, "x", False])
    def test_a_body_of_another_kind_is_told_in_the_words_of_json(self, shop: Shop, body: Any) -> None:
        answer = shop.post("/orders", body)
        assert answer.json["errors"] == [{"pointer": "", "message": "This is an object."}]

    @pytest.mark.parametrize("quantity", [0, -1, 1_000_001, 1.5, "2", True, None, 10**25])
    def test_quantities_are_whole_from_one_to_a_million(self, shop: Shop, quantity: Any) -> None:
        stocked(shop)
        answer = shop.post("/orders", order_body(lines=[{"line_id": "1", "sku": "TEE", "quantity": quantity}]))
        assert answer.status_code == 422
        assert answer.json["errors"][0]["pointer"] == "/lines/0/quantity"

    @pytest.mark.parametrize(
        "amount", ["19.9", "19.900", "-1.00", "1e3", "19,90", "", " 19.90", 19.9, "99999999999999.00"]
    )
    def test_amounts_have_exactly_the_digits_of_their_currency(self, shop: Shop, amount: Any) -> None:
        answer = shop.put("/items/TEE", item_body(price={"amount": amount, "currency": "PLN"}))
        assert answer.status_code == 422
        assert answer.json["errors"][0]["pointer"].startswith("/price")

    def test_money_comes_back_as_it_was_sent(self, shop: Shop) -> None:
        for amount, currency in (("19.90", "PLN"), ("1990", "JPY"), ("1.990", "KWD"), ("0.00", "EUR")):
            price = {"amount": amount, "currency": currency}
            assert shop.put("/items/TEE", item_body(price=price)).json["price"] == price

    def test_a_slash_in_a_sku_or_code_is_escaped_in_paths(self, shop: Shop) -> None:
        assert shop.put("/items/A%2FB", item_body()).json["sku"] == "A/B"
        assert shop.put("/stores/PL%2fWAW", store_body()).json["code"] == "PL/WAW"
        assert shop.put("/stores/PL%2FWAW/stock/A%2FB", {"on_hand": 3}).json["on_hand"] == 3
        assert shop.get("/stores/PL%2FWAW/stock?sku=A%2FB").json["levels"][0]["sku"] == "A/B"
        assert shop.get("/items/A/B").status_code == 404

    @pytest.mark.parametrize(
        "sku", ["%20A", "A%20", "A%0AB", "A%00B", "A%1FB%7F", "A%C2%A0", "%E2%80%AEABC", "x" * 101]
    )
    def test_skus_and_codes_are_printable_without_spaces_at_the_ends(self, shop: Shop, sku: str) -> None:
        assert shop.put(f"/items/{sku}", item_body()).status_code in (404, 422)
        assert shop.put(f"/stores/{sku}", store_body()).status_code in (404, 422)

    @pytest.mark.parametrize("sku", ["a+b", "ä%C3%B6", "100%25", "A.B", "A;B", "'--", "%F0%9F%9B%92", "A%3FB", "A%23B"])
    def test_other_skus_come_back_as_they_were_sent(self, shop: Shop, sku: str) -> None:
        made = shop.put(f"/items/{sku}", item_body())
        assert made.status_code == 201
        assert shop.get(f"/items/{sku}").json == made.json


class TestErrors:
    """RFC 9457 problem+json with a stable code, and pointers for bad input."""

    def test_a_problem_has_its_five_members(self, nobody: Shop) -> None:
        answer = nobody.get("/stores")
        assert answer.content_type == "application/problem+json"
        problem = answer.json
        assert {"type", "title", "status", "detail", "code"} <= set(problem)
        assert (problem["status"], problem["code"]) == (401, "unauthenticated")

    def test_every_wrong_value_is_pointed_at(self, shop: Shop) -> None:
        stocked(shop)
        body = order_body(lines=[{"line_id": "1", "sku": "TEE", "quantity": 0}, {"sku": 5, "quantity": 1, "a/b~c": 1}])
        answer = shop.post("/orders", {**body, "customer": {}, "zzz": 1})
        assert answer.status_code == 422
        assert {error["pointer"] for error in answer.json["errors"]} == {
            "/lines/0/quantity",
            "/lines/1/line_id",
            "/lines/1/sku",
            "/lines/1/a~1b~0c",
            "/customer/name",
            "/zzz",
        }
        assert all(error["message"] for error in answer.json["errors"])

    def test_wrong_meanings_are_pointed_at_as_wrong_shapes_are(self, shop: Shop) -> None:
        stocked(shop)
        answer = shop.post("/orders", order_body(lines=[{"line_id": "1", "sku": "NOPE", "quantity": 1}]))
        assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/lines/0/sku")

    def test_the_number_of_errors_is_bounded_and_no_sent_value_comes_back(self, shop: Shop) -> None:
        lines = [{"line_id": "1", "sku": "TEE", "quantity": "secret"}] * 400
        answer = shop.post("/orders", order_body(lines=lines))
        assert len(answer.json["errors"]) == input_problems.MOST_ERRORS
        assert "secret" not in answer.text

    def test_unknown_fields_are_refused_everywhere(self, shop: Shop) -> None:
        stocked(shop)
        for path, body in (("/orders", order_body()), ("/returns", return_body()), ("/stores/WAW-01/pause", {})):
            answer = shop.post(path, {**body, "surprise": 1})
            assert answer.json["errors"] == [{"pointer": "/surprise", "message": "There is no such field."}]

    def test_a_put_ignores_what_its_get_adds(self, shop: Shop) -> None:
        stocked(shop)
        for path in ("/stores/WAW-01", "/items/TEE"):
            got = shop.get(path).json
            again = shop.put(path, got)
            assert (again.status_code, again.json) == (200, got)
        level = shop.get("/stores/WAW-01/stock").json["levels"][0]
        assert shop.put("/stores/WAW-01/stock/TEE", level).json == level

    def test_unknown_paths_are_404_and_wrong_methods_405_with_allow(self, shop: Shop) -> None:
        missing = shop.get("/nothing/here")
        assert (missing.status_code, missing.content_type) == (404, "application/problem+json")
        wrong = shop.call("DELETE", "/stores")
        assert (wrong.status_code, wrong.content_type) == (405, "application/problem+json")
        assert {"GET", "HEAD"} <= set(wrong.headers["Allow"].split(", "))

    def test_e_mail_addresses_are_checked_for_syntax_only(self, shop: Shop) -> None:
        stocked(shop)
        assert placed(shop, customer={"name": "Ada", "email": "ada@no-such-host.example"})
        answer = shop.post("/orders", order_body("2", customer={"name": "Ada", "email": "ada at example"}))
        assert answer.json["errors"][0]["pointer"] == "/customer/email"

    @pytest.mark.parametrize(
        "text",
        ["<script>alert(1)</script>", "'; DROP TABLE orders;--", "\u202eevil", "{{7*7}}", "=cmd|'/c calc'!A1", "🛒"],
    )
    def test_hostile_texts_are_kept_as_they_are_or_refused(self, shop: Shop, text: str) -> None:
        answer = shop.put("/items/TEE", item_body(name=text))
        assert (answer.status_code == 201 and answer.json["name"] == text) or answer.status_code == 422


class TestLists:
    """{"orders": [...], "next": cursor or null}, limit 50 and at most 200."""

    @pytest.mark.parametrize(
        "query",
        [
            "limit=0",
            "limit=201",
            "limit=-1",
            "limit=abc",
            "limit=1.0",
            "limit=%201",
            "limit=",
            "limit=1&limit=2",
            "cursor=abc",
            "cursor=W10",
            "cursor=Wy0xZTk5OV0",
            "surprise=1",
            "limit=%FF",
            "%00=1",
        ],
    )
    def test_wrong_parameters_are_422_with_a_pointer(self, shop: Shop, query: str) -> None:
        for path in ("/stores", "/orders", "/returns"):
            answer = shop.get(f"{path}?{query}")
            assert answer.status_code == 422, (path, answer.text)
            assert answer.json["errors"][0]["pointer"].startswith("/")

    @pytest.mark.parametrize(
        ("path", "places"),
        [
            ("/stores?", (["\0"], ["\ud800"])),
            ("/stores/WAW-01/stock?", (["\0"], ["\ud800"])),
            *(
                (path, (["9999-12-31T23:59:59-14:00", 1], ["0001-01-01T00:00:00+14:00", 1], ["2026-01-01T00:00:00", 1]))
                for path in (
                    "/orders?updated_after=2026-01-01T00:00:00Z&",
                    "/returns?updated_after=2026-01-01T00:00:00Z&",
                )
            ),
        ],
    )
    def test_a_cursor_that_no_database_can_compare_is_not_ours(
        self, shop: Shop, path: str, places: tuple[list[object], ...]
    ) -> None:
        stocked(shop)
        for place in places:
            answer = shop.get(f"{path}cursor={make_cursor(*place)}")
            assert answer.status_code == 422, (place, answer.text)
            assert answer.json["errors"] == [{"pointer": "/cursor", "message": "This is not a cursor of ours."}]

    def test_pages_follow_each_other_without_gap_or_repetition(self, shop: Shop) -> None:
        stocked(shop, 100)
        made = [placed(shop, str(number))["id"] for number in range(7)]
        seen: list[str] = []
        path = "/orders?limit=3"
        while path:
            page = shop.get(path).json
            seen += [order["id"] for order in page["orders"]]
            path = f"/orders?limit=3&cursor={page['next']}" if page["next"] else ""
        assert seen == made

    def test_a_full_last_page_says_that_nothing_follows(self, shop: Shop) -> None:
        for number in range(4):
            shop.put(f"/stores/S{number}", store_body())
        assert shop.get("/stores?limit=4").json["next"] is None
        assert shop.get("/stores?limit=3").json["next"] is not None

    def test_orders_are_filtered_by_store_state_external_id_and_time(self, shop: Shop) -> None:
        stocked(shop, 100)
        stocked(shop, 100, store="KRK-01")
        first, second = placed(shop, "a"), placed(shop, "b", store="KRK-01")
        shop.post(f"/orders/{first['id']}/cancel", {})
        for query, found in (
            ("store=KRK-01", [second["id"]]),
            ("state=cancelled", [first["id"]]),
            ("external_id=b", [second["id"]]),
            # In the order of their change: the cancelled one is the last that something happened to.
            ("updated_after=2020-01-01T00:00:00Z", [second["id"], first["id"]]),
            ("updated_after=2199-01-01T00:00:00%2B01:00", []),
            ("state=received&store=WAW-01", []),
        ):
            assert [order["id"] for order in shop.get(f"/orders?{query}").json["orders"]] == found

    def test_returns_are_filtered_as_orders_are(self, shop: Shop) -> None:
        stocked(shop)
        first = shop.post("/returns", return_body("a")).json
        second = shop.post("/returns", return_body("b", store="WAW-01")).json
        shop.post(f"/returns/{first['id']}/cancel", {})
        for query, found in (
            ("store=WAW-01", [second["id"]]),
            ("state=cancelled", [first["id"]]),
            ("external_id=b", [second["id"]]),
            ("limit=1", [first["id"]]),
        ):
            assert [one["id"] for one in shop.get(f"/returns?{query}").json["returns"]] == found

    @pytest.mark.parametrize("query", ["state=lost", "store=NOPE", "updated_after=yesterday", "external_id="])
    def test_filters_that_mean_nothing_are_422(self, shop: Shop, query: str) -> None:
        for path in ("/orders", "/returns"):
            assert shop.get(f"{path}?{query}").status_code == 422


class TestEtags:
    """ETag on single resources and feeds; If-None-Match -> 304; If-Match optional, stale 412."""

    def test_a_reader_that_knows_the_answer_gets_304(self, shop: Shop) -> None:
        stocked(shop)
        order = placed(shop)
        for path in ("/stores/WAW-01", "/items/TEE", f"/orders/{order['id']}", "/stores/WAW-01/stock", "/events"):
            first = shop.get(path)
            etag = first.headers["ETag"]
            assert etag.startswith('"')
            again = shop.get(path, If_None_Match=etag)
            assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", etag)
            assert shop.get(path, If_None_Match='"other"').status_code == 200

    def test_a_change_changes_the_etag(self, shop: Shop) -> None:
        stocked(shop)
        order = placed(shop)
        path = f"/orders/{order['id']}"
        before = shop.get(path).headers["ETag"]
        shop.post(f"{path}/cancel", {})
        assert shop.get(path, If_None_Match=before).status_code == 200

    def test_head_answers_as_get_does_without_a_body(self, shop: Shop) -> None:
        stocked(shop)
        got, head = shop.get("/stores/WAW-01"), shop.call("HEAD", "/stores/WAW-01")
        assert (head.status_code, head.data) == (200, b"")
        assert head.headers["ETag"] == got.headers["ETag"]
        assert head.headers["Content-Length"] == got.headers["Content-Length"]

    def test_a_stale_if_match_is_412_and_changes_nothing(self, shop: Shop) -> None:
        stocked(shop)
        order = placed(shop)
        for method, path, body in (
            ("PUT", "/stores/WAW-01", store_body(name="B")),
            ("PUT", "/items/TEE", item_body(name="B")),
            ("PUT", "/stores/WAW-01/stock/TEE", {"on_hand": 77}),
            ("PATCH", f"/orders/{order['id']}", {"pickup_method": "curbside"}),
        ):
            before = shop.get(path).data if "stock" not in path else shop.get("/stores/WAW-01/stock").data
            answer = shop.call(method, path, body, If_Match='"stale"')
            assert (answer.status_code, answer.json["code"]) == (412, "precondition_failed")
            assert before == (shop.get(path).data if "stock" not in path else shop.get("/stores/WAW-01/stock").data)

    def test_a_fresh_if_match_passes_once(self, shop: Shop) -> None:
        stocked(shop)
        etag = shop.get("/items/TEE").headers["ETag"]
        changed = shop.put("/items/TEE", item_body(name="B"), If_Match=etag)
        assert changed.status_code == 200
        assert changed.headers["ETag"] == shop.get("/items/TEE").headers["ETag"]
        assert shop.put("/items/TEE", item_body(name="C"), If_Match=etag).status_code == 412

    def test_conditions_with_a_star_tell_new_from_known(self, shop: Shop) -> None:
        assert shop.put("/items/TEE", item_body(), If_Match="*").status_code == 412
        assert shop.put("/items/TEE", item_body(), If_None_Match="*").status_code == 201
        assert shop.put("/items/TEE", item_body(), If_None_Match="*").status_code == 412
        assert shop.put("/items/TEE", item_body(), If_Match="*").status_code == 200


class TestExternalIds:
    """A known external_id with the same store and lines answers 200 and changes nothing; with others 409."""

    def test_the_same_order_again_is_the_existing_one(self, shop: Shop) -> None:
        stocked(shop)
        first = placed(shop)
        again = shop.post("/orders", order_body(note="another note"))
        assert (again.status_code, again.json["id"]) == (200, first["id"])
        assert shop.get("/stores/WAW-01/stock").json["levels"][0]["reserved"] == 2

    def test_other_lines_are_a_conflict(self, shop: Shop) -> None:
        stocked(shop)
        placed(shop)
        answer = shop.post("/orders", order_body(lines=[{"line_id": "1", "sku": "TEE", "quantity": 1}]))
        assert (answer.status_code, answer.json["code"]) == (409, "external_id_conflict")

    def test_a_refused_order_leaves_it_free(self, shop: Shop) -> None:
        stocked(shop, 1)
        refused = shop.post("/orders", order_body())
        assert (refused.status_code, refused.json["code"]) == (409, "insufficient_stock")
        assert refused.json["lines"] == [{"line_id": "1", "sku": "TEE", "requested": 2, "available": 1}]
        assert refused.json["alternatives"] == []
        shop.put("/stores/WAW-01/stock/TEE", {"on_hand": 2})
        assert shop.post("/orders", order_body()).status_code == 201


#: The window is longer than any standstill of the machine, after which counting would rightly begin anew.
A_FEW = "3 per hour"


class TestLimits:
    """At least 2,000 requests in 10 s for each key, then 429 with Retry-After."""

    @pytest.fixture(autouse=True)
    def nothing_counted(self, app: OpenAPI) -> None:
        """The process counts for all apps that tests make in it."""
        limiter.reset()

    def test_the_default_is_2000_in_10_seconds(self, app: OpenAPI) -> None:
        assert app.config["SETTINGS"].api_limit == "2000 per 10 seconds"

    def test_a_key_beyond_its_limit_waits_and_another_does_not(
        self, app: OpenAPI, shop: Shop, make_shop: MakeShop
    ) -> None:
        app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"api_limit": A_FEW})
        answers = [shop.get("/stores") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        last = answers[-1]
        assert (last.content_type, last.json["code"]) == ("application/problem+json", "too_many_requests")
        assert 1 <= int(last.headers["Retry-After"]) <= 3601
        assert "Retry-After" not in answers[0].headers
        assert make_shop("other").get("/stores").status_code == 200

    def test_made_up_keys_share_one_limit(self, app: OpenAPI, nobody: Shop) -> None:
        app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"api_limit": A_FEW})
        statuses = [nobody.get("/stores", Authorization=f"Bearer guess-{number}").status_code for number in range(4)]
        assert statuses == [401, 401, 401, 429]


def test_every_answer_is_json_that_a_strict_reader_takes(shop: Shop) -> None:
    stocked(shop)
    placed(shop)
    for path in ("/stores", "/orders", "/returns", "/events", "/stores/WAW-01/stock", "/availability?sku=TEE"):
        json.loads(shop.get(path).data.decode("utf-8"), parse_constant=pytest.fail)


def test_each_noun_of_the_contract_is_served() -> None:
    assert {one.scope.partition(":")[0] for one in ENDPOINTS} == {
        "stores",
        "catalog",
        "stock",
        "orders",
        "returns",
        "events",
    }
