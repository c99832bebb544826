"""What is sold: one item, or a thousand of which some are wrong."""

from __future__ import annotations

from typing import Any

import pytest

from omni_pickup.errors import Invalid, NotFound
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.events import Event
from omni_pickup.models.items import Item
from omni_pickup.queries.stock.items import get_item, item_by_gtin, item_shape
from omni_pickup.services.stock.items import put_item, put_items, set_stop_sale
from tests.builders import dump_tables

pytestmark = pytest.mark.usefixtures("app")

GTIN = "5901234123457"


def values(**changes: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "name": "T-shirt",
        "gtins": [GTIN],
        "price": {"amount": "19.90", "currency": "PLN"},
        "attributes": {"size": "M"},
        "handling": ["fragile"],
    }
    return {**usual, **changes}


def put(sku: str = "TSHIRT", **changes: Any) -> tuple[Item, bool]:
    with transaction():
        return put_item(sku, values(**changes), by=SYSTEM)


def event_types() -> list[str]:
    return list(db.session.scalars(db.select(Event.type).order_by(Event.id)))


def test_an_item_is_created_and_then_replaced() -> None:
    assert put()[1] is True
    item, created = put(name="Shirt", price=None, attributes={})
    assert created is False
    assert (item.name, item.price_minor, item.attributes) == ("Shirt", None, {})
    assert event_types() == ["item.created", "item.changed"]


def test_its_shape_may_be_put_back_and_changes_nothing() -> None:
    item, _ = put(min_age=18, return_days=30, temperature="chilled", image_url="https://shop.example/a.jpg")
    shape = item_shape(item)
    with transaction():
        again, created = put_item("TSHIRT", shape, by=SYSTEM)
    assert (created, item_shape(again)) == (False, shape)
    assert event_types() == ["item.created"]


def test_a_catalogue_feed_that_does_not_name_the_recall_does_not_lift_it() -> None:
    item, _ = put()
    with transaction():
        set_stop_sale(get_item("TSHIRT"), True, reason="Glass in the cotton", by=SYSTEM)
    put(name="T-shirt, new name")
    assert get_item("TSHIRT").stop_sale is True
    put(stop_sale=False)
    assert get_item("TSHIRT").stop_sale is False
    assert event_types()[1] == "item.sale_stopped"


def test_throwing_the_recall_switch_twice_is_one_change() -> None:
    put()
    for _ in range(2):
        with transaction():
            set_stop_sale(get_item("TSHIRT"), True, by=SYSTEM)
    assert event_types().count("item.sale_stopped") == 1


def test_an_item_is_found_by_any_length_of_its_number() -> None:
    put(gtins=["012345678905", GTIN])
    assert [item and item.sku for item in (item_by_gtin("00012345678905"), item_by_gtin(GTIN))] == ["TSHIRT"] * 2
    assert item_by_gtin("no number") is None
    assert item_by_gtin("4006381333931") is None


def test_numbers_keep_their_order_and_may_be_replaced() -> None:
    put(gtins=["012345678905", GTIN])
    item, _ = put(gtins=[GTIN, "012345678905"])
    assert item_shape(item)["gtins"] == [GTIN, "012345678905"]
    item, _ = put(gtins=[])
    assert item_shape(item)["gtins"] == []
    assert item_by_gtin(GTIN) is None


def test_a_number_belongs_to_one_item_only() -> None:
    put()
    with pytest.raises(Invalid) as caught, transaction():
        put_item("OTHER", values(gtins=["0" + GTIN]), by=SYSTEM)
    assert caught.value.details["errors"] == [
        {"pointer": "/gtins/0", "message": f"GTIN 0{GTIN} belongs to item TSHIRT."}
    ]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"gtins": ["5901234123456"]}, "/gtins/0"),
        ({"gtins": [GTIN, GTIN]}, "/gtins/1"),
        ({"price": {"amount": "19.9", "currency": "PLN"}}, "/price/amount"),
        ({"price": {"amount": "19.90", "currency": "ZZZ"}}, "/price/currency"),
        ({"image_url": "javascript:alert(1)"}, "/image_url"),
        ({"image_url": "https://[broken"}, "/image_url"),
        ({"image_url": "https://shop.example:99999/a.jpg"}, "/image_url"),
        ({"image_url": "https://shop.example:0/a.jpg"}, "/image_url"),
        ({"department": "d" * 201}, "/department"),
        ({"attributes": {str(number): "x" for number in range(101)}}, "/attributes"),
        ({"temperature": "hot"}, "/temperature"),
        ({"handling": ["fragile", "explosive"]}, "/handling/1"),
        ({"handling": ["bulky", "bulky"]}, "/handling/1"),
        ({"min_age": 121}, "/min_age"),
        ({"return_days": -1}, "/return_days"),
    ],
)
def test_a_wrong_value_is_pointed_at_and_nothing_is_written(changes: dict[str, Any], pointer: str) -> None:
    before = dump_tables()
    with pytest.raises(Invalid) as caught, transaction():
        put_item("TSHIRT", values(**changes), by=SYSTEM)
    assert [error["pointer"] for error in caught.value.details["errors"]] == [pointer]
    assert dump_tables() == before


@pytest.mark.parametrize("sku", ["", " A", "A ", "A\tB", "x" * 101])
def test_a_sku_is_printable_and_has_no_spaces_at_its_ends(sku: str) -> None:
    with pytest.raises(Invalid) as caught, transaction():
        put_item(sku, values(), by=SYSTEM)
    assert caught.value.details["errors"][0]["pointer"] == "/sku"


def test_in_a_bulk_one_wrong_item_stops_no_other_and_leaves_nothing_of_itself() -> None:
    put("OLD", gtins=[])
    with transaction():
        results = put_items(
            [
                {"sku": "OLD", **values(gtins=[], name="Older")},
                {"sku": "NEW", **values()},
                {"sku": "THIEF", **values()},
                {"sku": "BAD", **values(gtins=[], temperature="hot")},
                {"sku": "NEW", **values(name="Twice")},
            ],
            by=SYSTEM,
        )
    assert [result["status"] for result in results] == ["updated", "created", "error", "error", "error"]
    assert [result["errors"][0]["pointer"] for result in results[2:]] == [
        "/items/2/gtins/0",
        "/items/3/temperature",
        "/items/4/sku",
    ]
    assert get_item("NEW").name == "T-shirt"
    for sku in ("THIEF", "BAD"):
        with pytest.raises(NotFound):
            get_item(sku)


def test_a_bulk_has_at_most_a_thousand_items() -> None:
    with pytest.raises(Invalid) as caught, transaction():
        put_items([{"sku": str(number), **values(gtins=[])} for number in range(1001)], by=SYSTEM)
    assert caught.value.details["errors"][0]["pointer"] == "/items"
