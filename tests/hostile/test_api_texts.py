"""Every hostile text in every text field of the API: kept as it was sent, or refused with its place (R10)."""

from __future__ import annotations

from typing import Any

import pytest

from omni_pickup.queries.stock.books import list_differences
from tests.api.conftest import Shop, client, make_shop, shop
from tests.api.shops import stocked, store_body
from tests.hostile.fields import FIELDS, Field
from tests.hostile.texts import FEW, HOSTILE

#: Fixtures of the API's tests.
__all__ = ["client", "make_shop", "shop"]


@pytest.fixture
def ready(shop: Shop) -> Shop:
    stocked(shop, 1_000)
    assert shop.put("/stores/OTHER", store_body()).status_code == 201
    return shop


def shown(document: Any, field: Field) -> object:
    """What the answer shows of the field."""
    for name in field.shown:
        document = document[name]
    return document


def fault(name: str, what: str, shop: Shop, field: Field, text: str) -> str | None:
    """What is wrong with the answer to this text in this field; None if nothing is."""
    answer = field.send(shop, text)
    if answer.status_code in (400, 404, 409, 422):
        problem = answer.json
        pointed = answer.status_code != 422 or bool(problem.get("errors"))
        return None if problem["code"] and problem["detail"] and pointed else f"{name}, {what}: {answer.text}"
    if answer.status_code not in (200, 201):
        return f"{name}, {what}: {answer.status_code} {answer.text[:200]}"
    if field.shown and shown(answer.json, field) != text:
        return f"{name}, {what}: {text!r} became {shown(answer.json, field)!r}"
    return None


@pytest.mark.parametrize("texts", [FEW, pytest.param(tuple(HOSTILE), marks=pytest.mark.long)], ids=["few", "all"])
def test_a_hostile_text_is_kept_as_it_was_or_refused_and_breaks_nothing_that_machines_read(
    ready: Shop, texts: tuple[str, ...]
) -> None:
    found = [fault(name, what, ready, field, HOSTILE[what]) for name, field in FIELDS.items() for what in texts]
    assert [one for one in found if one is not None] == []
    assert list_differences() == []
    for path in ("/orders?limit=200", "/returns?limit=200", "/stores", "/items/HOSTILE", "/stores/WAW-01/stock"):
        assert ready.get(path).status_code == 200
    after, rows = "", 0
    while True:
        page = ready.get(f"/events?limit=200{after}").json
        if not page["events"]:
            break
        rows += len(page["events"])
        after = f"&after={page['next']}"
    assert rows > 100


def test_a_text_that_was_changed_on_its_way_and_one_that_broke_something_are_found(ready: Shop) -> None:
    """The twin: the same look at a shop that trims what it gets, and at one that falls over."""
    trimming = Field(lambda shop, text: shop.put("/items/HOSTILE", {"name": text.strip()}), ("name",))
    assert fault("name", "spaces", ready, trimming, " x ") == "name, spaces: ' x ' became 'x'"
    lost = Field(lambda shop, text: shop.call("PATCH", "/items/HOSTILE"))
    assert str(fault("name", "any", ready, lost, "x")).startswith("name, any: 405")
