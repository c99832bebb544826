"""Messages that come twice, a thousand times, in any order, or while somebody holds the pen (R6)."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from flask_openapi3 import OpenAPI
from werkzeug.test import TestResponse

from omni_pickup.models import transaction, writer_queue
from omni_pickup.queries.stock.books import list_differences
from tests.api.conftest import Shop
from tests.api.shops import order_body, placed, stocked

MONEY = {"amount": "39.80", "currency": "PLN"}
#: Another try may be answered otherwise; anything else is final.
TRY_AGAIN = {404}


@dataclass
class Channel:
    """A shop's program that tells what happened to one order, and tells again what it could not."""

    shop: Shop
    name: str

    @property
    def path(self) -> str:
        """Found as a program finds it that only knows its own name for the order."""
        found = self.shop.get(f"/orders?external_id={self.name}").json["orders"]
        return f"/orders/{found[0]['id']}" if found else "/orders/ord_unknown"

    def create(self) -> TestResponse:
        return self.shop.post("/orders", order_body(self.name), Idempotency_Key=f"create-{self.name}")

    def update(self) -> TestResponse:
        return self.shop.patch(self.path, {"note": "Ring twice"})

    def cancel(self) -> TestResponse:
        return self.shop.post(f"{self.path}/cancel", {"reason": "changed"}, Idempotency_Key=f"cancel-{self.name}")

    def refund(self) -> TestResponse:
        body = {"state": "confirmed", "amount": MONEY, "reference": "R-1"}
        return self.shop.post(f"{self.path}/refund", body, Idempotency_Key=f"refund-{self.name}")

    def tell(self, words: list[str]) -> Counter[str]:
        """Tell them in this order; what is not known yet comes again behind the others."""
        seen: Counter[str] = Counter()
        waiting = list(words)
        for _ in range(3):
            late = []
            for word in waiting:
                answer = getattr(self, word)()
                seen[f"{word} {answer.status_code}"] += 1
                late += [word] if answer.status_code in TRY_AGAIN else []
            waiting = late
        assert waiting == []
        return seen


WORDS = ("create", "update", "cancel", "refund")


@pytest.mark.parametrize("order", list(itertools.permutations(WORDS)), ids="-".join)
def test_every_order_of_what_is_told_ends_in_one_state(shop: Shop, order: tuple[str, ...]) -> None:
    stocked(shop)
    channel = Channel(shop, "1001")
    seen = channel.tell([*order, *order])
    assert {answer.partition(" ")[2] for answer in seen} <= {"200", "201", "404", "409"}
    after = shop.get(channel.path).json
    assert (after["state"], after["refund"], after["lines"][0]["cancelled"]) == ("cancelled", "confirmed", 2)
    assert shop.get("/stores/WAW-01/stock?sku=TEE").json["levels"][0]["reserved"] == 0
    assert list_differences() == []


def test_a_refund_that_was_only_part_of_what_is_due_leaves_the_rest_due(shop: Shop) -> None:
    stocked(shop)
    path = f"/orders/{placed(shop)['id']}"
    part = {"state": "confirmed", "amount": {"amount": "10.00", "currency": "PLN"}, "reference": "R-1"}
    assert shop.post(f"{path}/refund", part).json["refund"] == "confirmed"
    assert shop.post(f"{path}/cancel", {}).json["refund"] == "due"


@pytest.mark.parametrize("copies", [200, pytest.param(1_000, marks=pytest.mark.long)])
def test_a_thousand_copies_of_one_order_are_one_order(shop: Shop, copies: int) -> None:
    """Half of them under one key, as a retrying client sends them, half under keys of their own."""
    stocked(shop)
    body = order_body()
    answers = [
        shop.post("/orders", body, Idempotency_Key="same" if number % 2 else f"own-{number}")
        for number in range(copies)
    ]
    assert {answer.json["id"] for answer in answers} == {answers[0].json["id"]}
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: copies - 1}
    assert len(shop.get("/orders").json["orders"]) == 1
    assert shop.get("/stores/WAW-01/stock").json["levels"][0]["reserved"] == 2
    assert [event["type"] for event in shop.get("/events?type=order.*").json["events"]] == ["order.received"]


@contextmanager
def pen_held(app: OpenAPI, seconds: float) -> Iterator[None]:
    """Somebody else writes for so long, as a slow import would."""
    has_it = threading.Event()

    def hold() -> None:
        with app.app_context(), transaction("slow"):
            has_it.set()
            time.sleep(seconds)

    thread = threading.Thread(target=hold)
    thread.start()
    assert has_it.wait(5)
    try:
        yield
    finally:
        thread.join()


def timed(act: Callable[[], TestResponse]) -> tuple[float, TestResponse]:
    began = time.monotonic()
    answer = act()
    return time.monotonic() - began, answer


def test_reads_are_served_at_once_and_writes_wait_while_somebody_holds_the_pen(app: OpenAPI, shop: Shop) -> None:
    stocked(shop)
    order = placed(shop)["id"]
    with pen_held(app, 3.0):
        for path in (f"/orders/{order}", "/availability?sku=TEE&store=WAW-01", "/events", "/stores/WAW-01/stock"):
            took, answer = timed(lambda path=path: shop.get(path))  # type: ignore[misc]
            assert (answer.status_code, took < 1.0) == (200, True), path
        took, answer = timed(lambda: shop.post("/orders", order_body("1002")))
    assert (answer.status_code, took < 5.0) == (201, True)


def test_a_write_that_waits_too_long_is_told_to_come_again_and_then_succeeds(
    app: OpenAPI, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    stocked(shop)
    monkeypatch.setattr(writer_queue, "WAIT_SECONDS", 0.5)
    with pen_held(app, 1.5):
        took, answer = timed(lambda: shop.post("/orders", order_body(), Idempotency_Key="k"))
        assert (answer.status_code, answer.json["code"], answer.headers["Retry-After"]) == (503, "busy", "1")
        assert took < 1.0
    assert shop.post("/orders", order_body(), Idempotency_Key="k").status_code == 201
