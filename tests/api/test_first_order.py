"""The first order in five minutes: every call that the documentation shows, in the order of the page."""

from __future__ import annotations

import json

from omni_pickup.api.doc_examples import EXAMPLES
from tests.api.conftest import Shop


def send(shop: Shop, name: str, order_id: str = "") -> dict[str, object]:
    """Send an example exactly as it is printed."""
    line, body = EXAMPLES[name].split("\n\n")
    method, path = line.split()
    answer = shop.call(method, path.removeprefix("/api/v1").replace("{order_id}", order_id), raw=body.encode())
    assert answer.status_code in (200, 201), answer.text
    found: dict[str, object] = answer.json
    return found


def test_the_examples_of_the_page_lead_to_an_order_and_a_return(shop: Shop) -> None:
    send(shop, "put_store")
    send(shop, "put_item")
    assert send(shop, "set_level")["available"] == 9
    order = send(shop, "create_order")
    assert order["state"] == "received"
    assert order["pickup_code"]
    assert str(order["status_url"]).startswith("https://pickup.example/p/")
    cancelled = send(shop, "cancel_line", str(order["id"]))
    assert cancelled["lines"][0]["cancelled"] == 1  # type: ignore[index]
    assert send(shop, "announce_return")["state"] == "announced"
    assert shop.get(f"/orders/{order['id']}").status_code == 200


def test_no_example_is_left_out() -> None:
    tried = {"put_store", "put_item", "set_level", "create_order", "cancel_line", "announce_return"}
    assert tried == set(EXAMPLES)
    assert all(json.loads(example.split("\n\n")[1]) for example in EXAMPLES.values())
