"""The Idempotency-Key of a POST, as clients see it."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from flask_openapi3 import OpenAPI

from omni_pickup.api import idempotency_keys, serving
from omni_pickup.errors import Busy
from omni_pickup.models import db, transaction, writer_queue
from omni_pickup.models.clients import Client, IdempotencyRecord
from omni_pickup.models.orders import Order
from omni_pickup.services.idempotency import RequestRunning, StoredAnswer
from tests.api.conftest import MakeShop, Shop
from tests.api.shops import order_body, placed, return_body, stocked
from tests.crashes.dying import die_at


def count(table: Any) -> int:
    db.session.rollback()
    return db.session.scalar(db.select(db.func.count()).select_from(table)) or 0


class TestReplay:
    def test_the_same_request_answers_the_same_bytes_and_says_so(self, shop: Shop) -> None:
        stocked(shop)
        first = shop.post("/orders", order_body(), Idempotency_Key="k-1")
        again = shop.post("/orders", order_body(), Idempotency_Key="k-1")
        assert (again.status_code, again.data) == (201, first.data)
        assert again.headers["Location"] == first.headers["Location"]
        assert again.headers["Idempotent-Replayed"] == "true"
        assert "Idempotent-Replayed" not in first.headers
        assert count(Order) == 1

    def test_the_bytes_stay_what_they_were_when_the_order_moved_on(self, shop: Shop) -> None:
        stocked(shop)
        first = shop.post("/orders", order_body(), Idempotency_Key="k-1")
        shop.post(f"/orders/{first.json['id']}/cancel", {})
        assert shop.post("/orders", order_body(), Idempotency_Key="k-1").data == first.data

    def test_order_of_names_and_white_space_do_not_make_another_request(self, shop: Shop) -> None:
        stocked(shop)
        shop.post("/orders", order_body(), Idempotency_Key="k-1")
        turned = json.dumps(dict(reversed(order_body().items())), indent=4).encode()
        again = shop.call("POST", "/orders", raw=turned, Idempotency_Key="k-1")
        assert again.headers["Idempotent-Replayed"] == "true"

    def test_a_quoted_key_is_the_bare_one(self, shop: Shop) -> None:
        stocked(shop)
        shop.post("/orders", order_body(), Idempotency_Key="k-1")
        assert shop.post("/orders", order_body(), Idempotency_Key='"k-1"').headers["Idempotent-Replayed"] == "true"

    def test_a_post_that_may_go_without_a_key_honours_one(self, shop: Shop) -> None:
        stocked(shop)
        order = placed(shop)
        path = f"/orders/{order['id']}/refund"
        body = {"state": "confirmed", "amount": {"amount": "1.00", "currency": "PLN"}, "reference": None}
        first = shop.post(path, body, Idempotency_Key="r")
        assert shop.post(path, body, Idempotency_Key="r").data == first.data
        assert shop.post(path, body, Idempotency_Key=None).status_code == 200

    def test_a_question_asked_by_post_replays_its_answer_too(self, shop: Shop) -> None:
        stocked(shop)
        asked = {"sku": ["TEE"], "store": ["WAW-01"]}
        first = shop.post("/availability/query", asked, Idempotency_Key="q")
        shop.put("/stores/WAW-01/stock/TEE", {"on_hand": 0})
        assert shop.post("/availability/query", asked, Idempotency_Key="q").data == first.data
        assert shop.post("/availability/query", asked, Idempotency_Key=None).data != first.data


class TestOtherRequests:
    def test_another_body_under_the_key_is_422(self, shop: Shop) -> None:
        stocked(shop)
        shop.post("/orders", order_body(), Idempotency_Key="k-1")
        answer = shop.post("/orders", order_body("1002"), Idempotency_Key="k-1")
        assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key_reused")
        assert count(Order) == 1

    def test_another_path_under_the_key_is_422(self, shop: Shop) -> None:
        stocked(shop)
        order = placed(shop)
        shop.post(f"/orders/{order['id']}/cancel", {}, Idempotency_Key="k-1")
        other = placed(shop, "1002")
        answer = shop.post(f"/orders/{other['id']}/cancel", {}, Idempotency_Key="k-1")
        assert answer.json["code"] == "idempotency_key_reused"
        assert shop.get(f"/orders/{other['id']}").json["state"] == "received"

    def test_a_key_of_client_a_means_nothing_to_client_b(self, shop: Shop, make_shop: MakeShop) -> None:
        stocked(shop)
        first = shop.post("/orders", order_body(), Idempotency_Key="k-1")
        other = make_shop("other").post("/orders", order_body(), Idempotency_Key="k-1")
        assert other.status_code == 201
        assert other.json["id"] != first.json["id"]

    def test_the_clients_next_key_replays_what_the_old_one_did(self, make_shop: MakeShop) -> None:
        old = make_shop()
        stocked(old)
        first = old.post("/orders", order_body(), Idempotency_Key="k-1")
        assert make_shop().post("/orders", order_body(), Idempotency_Key="k-1").data == first.data

    def test_a_refused_request_leaves_its_key_free(self, shop: Shop) -> None:
        stocked(shop, 1)
        assert shop.post("/orders", order_body(), Idempotency_Key="k-1").status_code == 409
        shop.put("/stores/WAW-01/stock/TEE", {"on_hand": 5})
        answer = shop.post("/orders", order_body(), Idempotency_Key="k-1")
        assert answer.status_code == 201
        assert "Idempotent-Replayed" not in answer.headers


class TestTheHeader:
    @pytest.mark.parametrize("path", ["/orders", "/holds", "/returns", "/stores/WAW-01/stock/adjustments"])
    def test_it_is_required_where_the_contract_says_so(self, shop: Shop, path: str) -> None:
        stocked(shop)
        answer = shop.post(path, {}, Idempotency_Key=None)
        assert (answer.status_code, answer.json["code"]) == (400, "idempotency_key_required")

    def test_a_line_cancel_requires_it_and_a_whole_cancel_does_not(self, shop: Shop) -> None:
        stocked(shop)
        order = placed(shop)
        path = f"/orders/{order['id']}/lines/1/cancel"
        assert shop.post(path, {"quantity": 1}, Idempotency_Key=None).json["code"] == "idempotency_key_required"
        assert shop.post(f"/orders/{order['id']}/cancel", {}, Idempotency_Key=None).status_code == 200

    @pytest.mark.parametrize("key", ["x" * 256, '"half', 'a"b"\x7f', '""', '"a\\b"', "schlüssel"])
    def test_an_unreadable_one_is_400(self, shop: Shop, key: str) -> None:
        stocked(shop)
        answer = shop.post("/orders", order_body(), Idempotency_Key=key.encode().decode("latin-1"))
        assert (answer.status_code, answer.json["code"]) == (400, "unreadable")

    def test_the_longest_one_is_taken(self, shop: Shop) -> None:
        stocked(shop)
        assert shop.post("/orders", order_body(), Idempotency_Key="x" * 255).status_code == 201

    def test_a_backslash_escapes_in_a_quoted_one(self, shop: Shop) -> None:
        stocked(shop)
        shop.post("/orders", order_body(), Idempotency_Key='a"b\\c')
        answer = shop.post("/orders", order_body(), Idempotency_Key='"a\\"b\\\\c"')
        assert answer.headers["Idempotent-Replayed"] == "true"


class TestAtOnce:
    def test_sixteen_at_once_run_once(self, app: OpenAPI, shop: Shop) -> None:
        stocked(shop, 100)
        answers = together(app, shop, 16, key="same")
        assert {status for status, _ in answers} == {201}
        assert len({body for _, body in answers}) == 1
        assert count(Order) == 1

    def test_thirty_two_keys_with_one_external_id_make_one_order(self, app: OpenAPI, shop: Shop) -> None:
        stocked(shop, 100)
        answers = together(app, shop, 32, key=None)
        assert sorted(status for status, _ in answers) == [200] * 31 + [201]
        assert count(Order) == 1

    @pytest.mark.one_database
    def test_a_twin_that_waited_in_vain_learns_that_its_key_is_running(
        self, app: OpenAPI, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stocked(shop)
        monkeypatch.setattr(writer_queue, "WAIT_SECONDS", 0.2)
        client_id = db.session.scalars(db.select(Client.id)).one()
        with transaction(), idempotency_keys.running(client_id, "same"):
            (busy,) = together(app, shop, 1, key="same")
            (other,) = together(app, shop, 1, key="another")
        assert busy[0] == 409
        assert json.loads(busy[1])["code"] == "idempotency_key_in_use"
        assert other[0] == 503
        assert count(IdempotencyRecord) == 0

    def test_the_last_one_to_leave_takes_the_mark_away(self) -> None:
        with pytest.raises(Busy), idempotency_keys.running(1, "k"):
            raise Busy
        with idempotency_keys.running(1, "k"), pytest.raises(RequestRunning), idempotency_keys.running(1, "k"):
            raise Busy
        with pytest.raises(Busy), idempotency_keys.running(1, "k"):
            raise Busy


class TestAKilledProcess:
    """It leaves the key free or answered, at once; the contract allows 60 seconds."""

    def test_one_that_died_before_the_commit_leaves_the_key_free(self, shop: Shop) -> None:
        stocked(shop)
        die_at("create_order:before_commit", lambda: shop.post("/orders", order_body(), Idempotency_Key="k"))
        assert (count(Order), count(IdempotencyRecord)) == (0, 0)
        answer = shop.post("/orders", order_body(), Idempotency_Key="k")
        assert (answer.status_code, "Idempotent-Replayed" in answer.headers) == (201, False)

    def test_one_that_died_before_its_answer_leaves_the_answer_under_the_key(self, shop: Shop) -> None:
        stocked(shop)
        die_at("create_order:after_commit", lambda: shop.post("/orders", order_body(), Idempotency_Key="k"))
        answer = shop.post("/orders", order_body(), Idempotency_Key="k")
        assert (answer.status_code, answer.headers["Idempotent-Replayed"]) == (201, "true")
        assert answer.json == shop.get(answer.headers["Location"].removeprefix("/api/v1")).json
        assert count(Order) == 1

    def test_a_mark_that_commits_before_the_work_hangs(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        """The twin: a key that is claimed in a transaction of its own is stuck when its process dies."""
        claim = serving.claim_key

        def claim_and_commit(client_id: int, key: str, *, fingerprint: str) -> StoredAnswer | None:
            earlier = claim(client_id, key, fingerprint=fingerprint)
            db.session.commit()
            return earlier

        stocked(shop)
        monkeypatch.setattr(serving, "claim_key", claim_and_commit)
        die_at("create_order:before_commit", lambda: shop.post("/orders", order_body(), Idempotency_Key="k"))
        monkeypatch.setattr(serving, "claim_key", claim)
        assert (count(Order), count(IdempotencyRecord)) == (0, 1)
        assert shop.post("/orders", order_body(), Idempotency_Key="k").status_code != 201


def together(app: OpenAPI, shop: Shop, number: int, *, key: str | None) -> list[tuple[int, bytes]]:
    """Send one order from several threads at the same moment."""
    gate = threading.Barrier(number)
    answers: list[tuple[int, bytes]] = []

    def send(own: int) -> None:
        sender = Shop(app.test_client(), shop.key)
        gate.wait()
        answer = sender.post("/orders", order_body(), Idempotency_Key=key or f"key-{own}")
        answers.append((answer.status_code, answer.data))

    threads = [threading.Thread(target=send, args=(own,)) for own in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_an_announced_return_replays_as_well(shop: Shop) -> None:
    first = shop.post("/returns", return_body(), Idempotency_Key="r-1")
    assert first.status_code == 201
    assert shop.post("/returns", return_body(), Idempotency_Key="r-1").data == first.data
