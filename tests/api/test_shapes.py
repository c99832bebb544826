"""Real answers against the shapes that the document gives them: every member has a name and a type there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
import pytest
from flask_openapi3 import OpenAPI
from werkzeug.test import TestResponse

from omni_pickup.api.endpoints import ENDPOINTS, PREFIX, Endpoint
from tests.api.conftest import Shop
from tests.api.shops import item_body, order_body, placed, return_body, stocked, store_body

Json = Any
MONEY = {"amount": "1.00", "currency": "PLN"}
#: Members whose own members are data of the owner or of an event, not of the contract.
FREE = {"attributes", "data"}


@pytest.fixture
def document(app: OpenAPI) -> Json:
    return app.test_client().get(f"{PREFIX}/openapi.json").json


def strict(schema: Json, root: Json, name: str = "") -> Json:
    """The schema with every reference followed and nothing allowed that it does not name."""
    if isinstance(schema, list):
        return [strict(one, root) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    if "$ref" in schema:
        found = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return strict(found, root, name)
    closed = {key: strict(value, root) for key, value in schema.items() if key != "properties"}
    if "properties" in schema:
        closed["properties"] = {key: strict(value, root, key) for key, value in schema["properties"].items()}
    if _is_object(schema) and name not in FREE and not isinstance(schema.get("additionalProperties"), Mapping):
        closed["additionalProperties"] = False
    return closed


def _is_object(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "object"


def schema_of(document: Json, endpoint: Endpoint, status: int) -> Json:
    rule = PREFIX + endpoint.rule.replace("<", "{").replace(">", "}")
    answer = document["paths"][rule][endpoint.method.lower()]["responses"][str(status)]
    return strict(answer["content"]["application/json"]["schema"], document)


def complaints(document: Json, endpoint: Endpoint, answer: TestResponse) -> list[str]:
    """What of an answer the document does not name, or names otherwise."""
    validator = jsonschema_rs.Draft202012Validator(schema_of(document, endpoint, answer.status_code))
    return [f"{'/'.join(map(str, one.instance_path))}: {one.message}" for one in validator.iter_errors(answer.json)]


def full_store() -> dict[str, Any]:
    """A store of which everything is said."""
    pickup = store_body()["pickup"]
    return store_body(
        phone="+48221234567",
        exceptions=[{"date": "2026-12-25", "hours": []}],
        holidays={"country": "PL", "subdivision": None},
        pickup={**pickup, "cut_off": "18:00", "hold_days_by_zone": {"chilled": 1}},
        handoff={"require_qr": True, "photo_id_from": "100.00"},
        staging_locations=[{"code": "S-01"}, {"code": "F-01", "zone": "chilled", "kind": "fridge"}],
    )


def requests(shop: Shop) -> Iterator[tuple[str, TestResponse]]:
    """An answer of every endpoint, as full as it can be, by the endpoint's name."""
    yield "put_store", shop.put("/stores/WAW-02", full_store())
    stocked(shop, 100)
    yield "put_store", shop.put("/stores/WAW-01", full_store())
    yield "pause_store", shop.post("/stores/WAW-02/pause", {"reason": "flood", "until": "2030-01-01T10:00:00Z"})
    yield "get_store", shop.get("/stores/WAW-02")
    yield "list_stores", shop.get("/stores")
    yield "resume_store", shop.delete("/stores/WAW-02/pause")
    item = item_body(gtins=["5901234123457"], department="Clothes", attributes={"size": "M"}, handling=["bulky"])
    yield "put_item", shop.put("/items/TEE", item)
    yield "put_item", shop.put("/items/NEW", item_body())
    yield "get_item", shop.get("/items/TEE")
    yield "put_items", shop.post("/items", {"items": [{"sku": "MUG", "name": "Mug"}, {"sku": "CUP", "name": " "}]})
    level = {"on_hand": 90, "safety_stock": 1, "location": "A-03", "locations": ["B2"]}
    yield "set_level", shop.put("/stores/WAW-01/stock/TEE", level)
    yield "set_levels", shop.post("/stores/WAW-01/stock", {"levels": [{"sku": "MUG", **level}]})
    yield "list_stock", shop.get("/stores/WAW-01/stock")
    sale = {"sku": "MUG", "delta": -1, "reason": "sale", "reference": "POS-1"}
    yield "adjust_stock", shop.post("/stores/WAW-01/stock/adjustments", {"adjustments": [sale]})
    yield "get_availability", shop.get("/availability?sku=TEE&near=52.2,21.0&radius_km=25")
    yield "query_availability", shop.post("/availability/query", {"sku": ["TEE"], "store": ["WAW-01"]})
    wish = {"store": "WAW-01", "lines": [{"sku": "TEE", "quantity": 1}]}
    hold = shop.post("/holds", wish)
    yield "place_hold", hold
    yield "release_hold", shop.delete(f"/holds/{hold.json['id']}")
    yield from of_orders(shop)
    yield from of_returns(shop)
    yield "list_events", shop.get("/events")


def of_orders(shop: Shop) -> Iterator[tuple[str, TestResponse]]:
    due = {"state": "due", "due": MONEY}
    yield "create_order", shop.post("/orders", order_body("full", payment=due, note="x", gift={"message": "y"}))
    yield "create_order", shop.post("/orders", order_body("full", payment=due, note="x", gift={"message": "y"}))
    order = placed(shop, "other")["id"]
    yield "get_order", shop.get(f"/orders/{order}")
    yield "list_orders", shop.get("/orders")
    yield "change_order", shop.patch(f"/orders/{order}", {"note": "z"})
    yield "cancel_line", shop.post(f"/orders/{order}/lines/1/cancel", {"quantity": 1})
    yield "cancel_order", shop.post(f"/orders/{order}/cancel", {})
    yield "refund_order", shop.post(f"/orders/{order}/refund", {"state": "confirmed", "amount": MONEY})


def of_returns(shop: Shop) -> Iterator[tuple[str, TestResponse]]:
    first = shop.post("/returns", return_body())
    yield "announce_return", first
    yield "announce_return", shop.post("/returns", return_body())
    path = f"/returns/{first.json['id']}"
    yield "get_return", shop.get(path)
    yield "list_returns", shop.get("/returns")
    yield "refund_return", shop.post(f"{path}/refund", {"state": "requested", "amount": None})
    yield "cancel_return", shop.post(f"{path}/cancel", {})


def test_every_member_of_every_answer_is_named_in_the_document(shop: Shop, document: Json) -> None:
    by_name = {endpoint.name: endpoint for endpoint in ENDPOINTS}
    seen: set[tuple[str, int]] = set()
    wrong: list[str] = []
    for name, answer in requests(shop):
        assert 200 <= answer.status_code < 300, f"{name}: {answer.text}"
        seen.add((name, answer.status_code))
        if answer.data:
            wrong += [f"{name} {answer.status_code}: {one}" for one in complaints(document, by_name[name], answer)]
    assert wrong == []
    assert seen == {(endpoint.name, status) for endpoint in ENDPOINTS for status in endpoint.answers}


def test_a_member_that_the_document_does_not_name_is_found(shop: Shop, document: Json) -> None:
    """The twin: the same look at an answer with one member more, and at one with another type."""
    by_name = {endpoint.name: endpoint for endpoint in ENDPOINTS}
    stocked(shop)
    answer = shop.get("/items/TEE")
    shown = answer.json
    for change in ({"surprise": 1}, {"gtins": 7}):
        answer.set_data(json.dumps({**shown, **change}))
        assert len(complaints(document, by_name["get_item"], answer)) == 1
