"""/items: what is sold, one by one or a thousand at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, model_validator

from omni_pickup.api.endpoints import Answer, Call, endpoint
from omni_pickup.api.fields import Body, Line, Money, MoneyShape, Shape, Sku
from omni_pickup.api.stores import without
from omni_pickup.errors import NotFound
from omni_pickup.queries.stock import items as item_queries
from omni_pickup.queries.stock.items import item_shape
from omni_pickup.services.stock import items


class ItemFields(Body):
    name: Annotated[str, Field(min_length=1, max_length=500, examples=["T-shirt M red"])]
    gtins: Annotated[list[Annotated[str, Field(max_length=40, examples=["5901234123457"])]], Field(max_length=50)] = []
    price: Money | None = None
    image_url: Annotated[str, Field(max_length=2000)] | None = None
    department: Annotated[str, Field(max_length=200)] | None = None
    attributes: Annotated[dict[Line, Line], Field(max_length=100)] = {}
    temperature: Annotated[str, Field(max_length=16, examples=["ambient"])] = "ambient"
    handling: Annotated[list[Annotated[str, Field(max_length=16)]], Field(max_length=10)] = []
    min_age: Annotated[int, Field(ge=0, le=120)] | None = None
    returnable: bool = True
    return_days: Annotated[int, Field(ge=0, le=36_500)] | None = None
    stop_sale: bool = False


class ItemBody(ItemFields):
    """An item. The `sku` of a GET may be sent back and is ignored: the path names it."""

    @model_validator(mode="before")
    @classmethod
    def _ignore_read_only(cls, document: Any) -> Any:
        return without(document, "sku")


class BulkItem(ItemFields):
    sku: Sku


class BulkItems(Body):
    items: Annotated[list[BulkItem], Field(min_length=1, max_length=1000)]


class ItemShape(Shape):
    sku: str
    name: str
    gtins: list[str]
    price: MoneyShape | None
    image_url: str | None
    department: str | None
    attributes: dict[str, Any]
    temperature: str
    handling: list[str]
    min_age: int | None
    returnable: bool
    return_days: int | None
    stop_sale: bool


class ItemResult(Shape):
    sku: str
    status: Annotated[str, Field(description="`created`, `updated` or `error`.")]
    errors: list[dict[str, str]]


class ItemResults(Shape):
    items: list[ItemResult]


def present_item(call: Call) -> Mapping[str, Any] | None:
    """The item as a GET shows it."""
    try:
        return item_shape(item_queries.get_item(call.path["sku"]))
    except NotFound:
        return None


@endpoint("PUT", "/items/<sku>", scope="catalog:write", answers={200: ItemShape, 201: ItemShape}, present=present_item)
def put_item(call: Call, body: ItemBody) -> Answer:
    """Make or replace an item."""
    item, created = items.put_item(call.path["sku"], body.given(), by=call.caller.actor)
    return Answer(item_shape(item), 201 if created else 200)


@endpoint("GET", "/items/<sku>", scope="catalog:read", answers={200: ItemShape})
def get_item(call: Call) -> Answer:
    """Show an item."""
    return Answer(item_shape(item_queries.get_item(call.path["sku"])))


@endpoint("POST", "/items", scope="catalog:write", answers={200: ItemResults})
def put_items(call: Call, body: BulkItems) -> Answer:
    """Make or replace up to 1,000 items; each has its own result."""
    return Answer({"items": items.put_items([item.given() for item in body.items], by=call.caller.actor)})
