"""Every text field of the API: how to send a text into it, and where it is shown again."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse

from tests.api.conftest import Shop
from tests.api.shops import item_body, order_body, return_body, store_body

_numbers = itertools.count(1)
Send = Callable[[Shop, str], TestResponse]
MONEY = {"amount": "1.00", "currency": "PLN"}


@dataclass(frozen=True, slots=True)
class Field:
    """`shown` are the names on the way to the text in the answer; none where answers do not show it."""

    send: Send
    shown: tuple[str | int, ...] = ()


def _store(change: Callable[[str], dict[str, Any]]) -> Send:
    return lambda shop, text: shop.put("/stores/HOSTILE", store_body(**change(text)))


def _item(change: Callable[[str], dict[str, Any]]) -> Send:
    return lambda shop, text: shop.put("/items/HOSTILE", item_body(**change(text)))


def _order(change: Callable[[str], dict[str, Any]]) -> Send:
    def send(shop: Shop, text: str) -> TestResponse:
        lines = [{"line_id": "1", "sku": "TEE", "quantity": 1}]
        return shop.post(
            "/orders", order_body(**{"external_id": f"H-{next(_numbers)}", "lines": lines, **change(text)})
        )

    return send


def _return(change: Callable[[str], dict[str, Any]]) -> Send:
    def send(shop: Shop, text: str) -> TestResponse:
        usual: dict[str, Any] = {"external_id": f"R-{next(_numbers)}"}
        return shop.post("/returns", return_body(**{**usual, **change(text)}))

    return send


def _customer(**more: str) -> dict[str, Any]:
    return {"customer": {"name": "Ada Nowak", "email": "ada@example.com", **more}}


def _address(name: str) -> Field:
    return Field(_store(lambda text: {"address": {name: text}}), ("address", name))


def _of_order(path: str, change: Callable[[str], dict[str, Any]]) -> Send:
    """A change of an order that is there."""

    def send(shop: Shop, text: str) -> TestResponse:
        order = shop.post("/orders", order_body(f"H-{next(_numbers)}")).json["id"]
        return shop.post(f"/orders/{order}{path}", change(text))

    return send


def _note(shop: Shop, text: str) -> TestResponse:
    order = shop.post("/orders", order_body(f"H-{next(_numbers)}")).json["id"]
    return shop.patch(f"/orders/{order}", {"note": text})


def _adjust(change: Callable[[str], dict[str, Any]]) -> Send:
    def send(shop: Shop, text: str) -> TestResponse:
        row = {"sku": "TEE", "delta": 1, "reason": "found", "reference": f"ref-{next(_numbers)}", **change(text)}
        return shop.post("/stores/WAW-01/stock/adjustments", {"adjustments": [row]})

    return send


FIELDS: dict[str, Field] = {
    "store name": Field(_store(lambda text: {"name": text}), ("name",)),
    "store phone": Field(_store(lambda text: {"phone": text})),
    "store street": _address("street"),
    "store city": _address("city"),
    "store postal code": _address("postal_code"),
    "store bay": Field(_store(lambda text: {"pickup": {"bays": [text]}}), ("pickup", "bays", 0)),
    "store place": Field(
        _store(lambda text: {"staging_locations": [{"code": text}]}), ("staging_locations", 0, "code")
    ),
    "store time zone": Field(_store(lambda text: {"timezone": text}), ("timezone",)),
    "pause reason": Field(lambda shop, text: shop.post("/stores/OTHER/pause", {"reason": text}), ("paused", "reason")),
    "item name": Field(_item(lambda text: {"name": text}), ("name",)),
    "item department": Field(_item(lambda text: {"department": text}), ("department",)),
    "item attribute": Field(_item(lambda text: {"attributes": {"size": text}}), ("attributes", "size")),
    "item attribute's name": Field(_item(lambda text: {"attributes": {text: "M"}})),
    "item picture": Field(_item(lambda text: {"image_url": text}), ("image_url",)),
    "item gtin": Field(_item(lambda text: {"gtins": [text]}), ("gtins", 0)),
    "bulk sku": Field(lambda shop, text: shop.post("/items", {"items": [{"sku": text, "name": "x"}]})),
    "level place": Field(lambda shop, text: shop.put("/stores/WAW-01/stock/TEE", {"location": text}), ("location",)),
    "level other place": Field(
        lambda shop, text: shop.put("/stores/WAW-01/stock/TEE", {"locations": [text]}), ("locations", 0)
    ),
    "adjustment reason": Field(_adjust(lambda text: {"reason": text})),
    "adjustment reference": Field(_adjust(lambda text: {"reference": text}), ("adjustments", 0, "reference")),
    "adjustment order": Field(_adjust(lambda text: {"order": text})),
    "order external id": Field(_order(lambda text: {"external_id": text}), ("external_id",)),
    "order line id": Field(
        _order(lambda text: {"lines": [{"line_id": text, "sku": "TEE", "quantity": 1}]}), ("lines", 0, "line_id")
    ),
    "order sku": Field(_order(lambda text: {"lines": [{"line_id": "1", "sku": text, "quantity": 1}]})),
    "order hold": Field(_order(lambda text: {"hold_id": text})),
    "order note": Field(_order(lambda text: {"note": text})),
    "gift message": Field(_order(lambda text: {"gift": {"message": text}})),
    "customer name": Field(_order(lambda text: _customer(name=text))),
    "customer e-mail": Field(_order(lambda text: _customer(email=text))),
    "customer phone": Field(_order(lambda text: _customer(phone=text))),
    "customer language": Field(_order(lambda text: _customer(language=text))),
    "collector name": Field(_order(lambda text: {"collector": {"name": text}})),
    "changed note": Field(_note),
    "cancel reason": Field(_of_order("/cancel", lambda text: {"reason": text})),
    "line cancel reason": Field(_of_order("/lines/1/cancel", lambda text: {"quantity": 1, "reason": text})),
    "refund reference": Field(
        _of_order("/refund", lambda text: {"state": "confirmed", "amount": MONEY, "reference": text})
    ),
    "return external id": Field(_return(lambda text: {"external_id": text}), ("external_id",)),
    "return order": Field(_return(lambda text: {"order": {"external_id": text}}), ("order", "external_id")),
    "return customer": Field(_return(lambda text: {"customer": {"name": text}})),
    "return note": Field(_return(lambda text: {"customer": {"name": "Ada", "note": text}})),
    "return sku": Field(_return(lambda text: {"lines": [{"sku": text, "quantity": 1, "reason": "other"}]})),
    "return reason": Field(_return(lambda text: {"lines": [{"sku": "TEE", "quantity": 1, "reason": text}]})),
}
