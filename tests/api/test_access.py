"""Who may do what, for every route of the table: a route without a row here cannot exist."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from flask_openapi3 import OpenAPI

from omni_pickup.api.endpoints import ENDPOINTS, PREFIX, Endpoint
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.clients import SCOPES, ApiKey
from omni_pickup.models.events import Event
from omni_pickup.models.stock import StockMovement
from omni_pickup.models.stores import Store
from omni_pickup.queries.stores.stores import get_store
from omni_pickup.services.stores.clients import revoke_key
from tests.api.conftest import MakeShop, Shop
from tests.api.shops import item_body, order_body, placed, return_body, stocked, store_body

#: What each route is sent; `{order}` and `{return}` stand for ids made before.
BODIES: dict[str, Any] = {
    "put_store": store_body(name="Another"),
    "pause_store": {"until": None, "reason": "fire"},
    "put_item": item_body(name="Another"),
    "put_items": {"items": [{"sku": "TEE", **item_body(name="Another")}]},
    "set_level": {"on_hand": 99},
    "set_levels": {"levels": [{"sku": "TEE", "on_hand": 99}]},
    "adjust_stock": {"adjustments": [{"sku": "TEE", "delta": -1, "reason": "sale", "reference": "POS-1"}]},
    "query_availability": {"sku": ["TEE"], "store": ["WAW-01"]},
    "place_hold": {"store": "WAW-01", "lines": [{"sku": "TEE", "quantity": 1}]},
    "create_order": order_body("2002"),
    "change_order": {"note": "ring twice"},
    "cancel_order": {"reason": "no"},
    "cancel_line": {"quantity": 1, "reason": "no"},
    "refund_order": {"state": "requested"},
    "announce_return": return_body("R-2002", store="WAW-01"),
    "cancel_return": {"reason": "no"},
    "refund_return": {"state": "requested"},
}
PUBLIC = {"api.openapi", "api.docs"}
STORE_ROUTES = [one for one in ENDPOINTS if "<code>" in one.rule]
OWNED_ROUTES = [
    one for one in ENDPOINTS if "_id>" in one.rule and "<line_id>" not in one.rule or "<order_id>" in one.rule
]


def ids(endpoints: Iterable[Endpoint]) -> list[str]:
    return [one.name for one in endpoints]


class Scene:
    """One shop with a store, an order, a return and a hold, and what would change if a denied action were done."""

    def __init__(self, shop: Shop) -> None:
        stocked(shop)
        self.order = placed(shop)["id"]
        self.return_ = shop.post("/returns", return_body(store="WAW-01")).json["id"]
        self.hold = shop.post("/holds", BODIES["place_hold"]).json["id"]

    def send(self, shop: Shop, one: Endpoint, **headers: str | None) -> Any:
        path = one.rule.replace("<code>", "WAW-01").replace("<sku>", "TEE").replace("<line_id>", "1")
        path = path.replace("<order_id>", self.order).replace("<return_id>", self.return_)
        path = path.replace("<hold_id>", self.hold)
        query = "?sku=TEE&store=WAW-01" if path == "/availability" else ""
        return shop.call(one.method, path + query, BODIES.get(one.name), **headers)

    @staticmethod
    def footprint() -> tuple[int, ...]:
        db.session.rollback()
        counts = (db.select(db.func.count()).select_from(table) for table in (Event, StockMovement, Store))
        return tuple(db.session.scalar(one) or 0 for one in counts)


@pytest.fixture
def scene(shop: Shop) -> Scene:
    return Scene(shop)


class TestTheTable:
    def test_every_route_of_the_api_is_in_it_or_public(self, app: OpenAPI) -> None:
        listed = {(one.method, PREFIX + one.rule) for one in ENDPOINTS}
        for rule in app.url_map.iter_rules():
            if rule.rule.startswith("/api/") and rule.endpoint not in PUBLIC:
                for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                    assert (method, rule.rule) in listed

    def test_every_endpoint_has_a_known_scope_and_reads_only_with_a_reading_one(self) -> None:
        for one in ENDPOINTS:
            assert one.scope in SCOPES
            assert one.scope.endswith(":read") == one.reads_only

    def test_names_are_unique_and_every_one_with_a_body_is_tried_below(self) -> None:
        assert len({one.name for one in ENDPOINTS}) == len(ENDPOINTS)
        assert {one.name for one in ENDPOINTS if one.model("body") is not None} == set(BODIES)

    def test_every_post_takes_an_idempotency_key_and_the_contract_names_those_that_require_it(self) -> None:
        required = {one.name for one in ENDPOINTS if one.idempotency == "required"}
        assert required == {"create_order", "place_hold", "announce_return", "adjust_stock", "cancel_line"}
        assert {one.idempotency == "none" for one in ENDPOINTS if one.method == "POST"} == {False}


class TestKeys:
    @pytest.mark.parametrize("one", ENDPOINTS, ids=ids(ENDPOINTS))
    def test_nobody_gets_401_before_anything_else_is_looked_at(self, scene: Scene, nobody: Shop, one: Endpoint) -> None:
        before = scene.footprint()
        answer = scene.send(nobody, one)
        assert (answer.status_code, answer.json["code"]) == (401, "unauthenticated")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert scene.footprint() == before

    @pytest.mark.parametrize(
        "header",
        ["", "Bearer", "Bearer ", "Basic abc", "Bearer wrong", "Bearer a b", "Bearer ü", "bearer " + "x" * 9000],
    )
    def test_other_headers_are_nobody(self, nobody: Shop, header: str) -> None:
        answer = nobody.get("/stores", Authorization=header)
        assert answer.status_code == 401
        assert answer.content_type == "application/problem+json"

    def test_the_scheme_may_be_written_in_any_case(self, nobody: Shop, shop: Shop) -> None:
        assert nobody.get("/stores", Authorization=f"bEARER {shop.key}").status_code == 200

    def test_a_revoked_key_and_a_client_that_was_switched_off_are_nobody(self, make_shop: MakeShop) -> None:
        shop = make_shop()
        with transaction():
            key = db.session.scalars(db.select(ApiKey)).one()
            revoke_key(key, by=SYSTEM)
        assert shop.get("/stores").status_code == 401
        other = make_shop("other")
        with transaction():
            key = db.session.scalars(db.select(ApiKey).where(ApiKey.revoked_at.is_(None))).one()
            key.client.active = False
        assert other.get("/stores").status_code == 401

    def test_two_keys_of_a_client_live_at_once(self, make_shop: MakeShop) -> None:
        old, new = make_shop(), make_shop()
        stocked(old)
        order = placed(old)
        assert new.get(f"/orders/{order['id']}").json == order

    def test_a_key_is_kept_as_its_digest(self, shop: Shop) -> None:
        row = db.session.scalars(db.select(ApiKey)).one()
        assert shop.key is not None
        assert shop.key not in str([getattr(row, column.name) for column in ApiKey.__table__.columns])


class TestScopes:
    @pytest.mark.parametrize("one", ENDPOINTS, ids=ids(ENDPOINTS))
    def test_a_missing_scope_is_403_and_changes_nothing(self, scene: Scene, make_shop: MakeShop, one: Endpoint) -> None:
        noun = one.scope.partition(":")[0]
        enough = {one.scope, f"{noun}:write"}
        lacking = make_shop("shop", scopes=[scope for scope in SCOPES if scope not in enough])
        before = scene.footprint()
        answer = scene.send(lacking, one)
        assert (answer.status_code, answer.json["code"]) == (403, "missing_scope")
        assert answer.json["scope"] == one.scope
        assert scene.footprint() == before

    @pytest.mark.parametrize("one", ENDPOINTS, ids=ids(ENDPOINTS))
    def test_the_one_scope_is_enough(self, scene: Scene, make_shop: MakeShop, one: Endpoint) -> None:
        answer = scene.send(make_shop("shop", scopes=[one.scope]), one)
        assert answer.status_code in one.answers, answer.text

    def test_who_may_write_may_read(self, scene: Scene, make_shop: MakeShop) -> None:
        assert make_shop("shop", scopes=["orders:write"]).get(f"/orders/{scene.order}").status_code == 200

    def test_who_may_read_may_not_write(self, scene: Scene, make_shop: MakeShop) -> None:
        reader = make_shop("shop", scopes=["orders:read"])
        assert reader.post(f"/orders/{scene.order}/cancel", {}).status_code == 403


class TestStoreBinding:
    @pytest.fixture
    def bound(self, scene: Scene, shop: Shop, make_shop: MakeShop) -> Shop:
        """A key of the same client that sees another store only."""
        shop.put("/stores/KRK-01", store_body(name="Kraków"))
        return make_shop("shop", stores=[get_store("KRK-01")])

    @pytest.mark.parametrize("one", STORE_ROUTES, ids=ids(STORE_ROUTES))
    def test_a_store_outside_the_binding_is_404(self, scene: Scene, bound: Shop, one: Endpoint) -> None:
        before = scene.footprint()
        answer = scene.send(bound, one)
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")
        assert scene.footprint() == before

    @pytest.mark.parametrize("one", OWNED_ROUTES, ids=ids(OWNED_ROUTES))
    def test_what_belongs_to_such_a_store_is_404(self, scene: Scene, bound: Shop, one: Endpoint) -> None:
        before = scene.footprint()
        assert scene.send(bound, one).status_code == 404
        assert scene.footprint() == before

    @pytest.mark.parametrize("name", ["create_order", "place_hold", "announce_return"])
    def test_naming_such_a_store_in_a_body_is_422_as_for_an_unknown_one(
        self, scene: Scene, bound: Shop, name: str
    ) -> None:
        one = next(one for one in ENDPOINTS if one.name == name)
        before = scene.footprint()
        answer = scene.send(bound, one)
        assert answer.status_code == 422
        assert answer.json["errors"] == [{"pointer": "/store", "message": "There is no such store."}]
        unknown = bound.post(one.rule, {**BODIES[name], "store": "NOWHERE"})
        assert unknown.json["errors"] == answer.json["errors"]
        assert scene.footprint() == before

    def test_naming_such_a_store_in_a_query_is_422(self, bound: Shop) -> None:
        for path in ("/orders?store=WAW-01", "/returns?store=WAW-01", "/events?store=WAW-01"):
            assert bound.get(path).status_code == 422

    def test_no_such_store_is_offered_as_an_alternative(self, scene: Scene, shop: Shop, make_shop: MakeShop) -> None:
        shop.put("/stores/KRK-01", store_body())
        shop.put("/stores/KRK-01/stock/TEE", {"on_hand": 1000})
        bound = make_shop("shop", stores=[get_store("WAW-01")])
        hold = {"store": "WAW-01", "lines": [{"sku": "TEE", "quantity": 500}]}
        order = order_body("4004", lines=[{"line_id": "1", "sku": "TEE", "quantity": 500}])
        for path, body in (("/holds", hold), ("/orders", order)):
            assert [one["store"] for one in shop.post(path, body).json["alternatives"]] == ["KRK-01"]
            assert bound.post(path, body).json["alternatives"] == []

    def test_such_a_store_cannot_be_made_either(self, bound: Shop) -> None:
        assert bound.put("/stores/NEW-01", store_body()).status_code == 404

    def test_lists_show_what_the_binding_covers(self, bound: Shop) -> None:
        assert [store["code"] for store in bound.get("/stores").json["stores"]] == ["KRK-01"]
        assert bound.get("/orders").json["orders"] == []
        assert bound.get("/returns").json["returns"] == []

    def test_a_remembered_answer_is_not_told_to_a_key_without_the_store(
        self, scene: Scene, shop: Shop, bound: Shop
    ) -> None:
        body = order_body("3003")
        assert shop.post("/orders", body, Idempotency_Key="same").status_code == 201
        assert bound.post("/orders", body, Idempotency_Key="same").status_code == 422


class TestOtherClients:
    @pytest.mark.parametrize("one", OWNED_ROUTES, ids=ids(OWNED_ROUTES))
    def test_anothers_order_return_or_hold_is_404_and_untouched(
        self, scene: Scene, make_shop: MakeShop, one: Endpoint
    ) -> None:
        other = make_shop("other shop")
        before = scene.footprint()
        answer = scene.send(other, one)
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")
        assert scene.footprint() == before

    def test_external_ids_and_idempotency_keys_are_per_client(self, scene: Scene, make_shop: MakeShop) -> None:
        other = make_shop("other shop")
        assert other.post("/orders", order_body("1001"), Idempotency_Key="k").status_code == 201
        assert other.get("/orders").json["orders"][0]["id"] != scene.order

    def test_anothers_hold_cannot_be_used(self, scene: Scene, make_shop: MakeShop) -> None:
        answer = make_shop("other shop").post("/orders", order_body("9", hold_id=scene.hold))
        assert answer.status_code == 422
        assert answer.json["errors"][0]["pointer"] == "/hold_id"
