"""/availability: how many pieces can be promised where, and by when."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from omni_pickup import clock
from omni_pickup.api.endpoints import Answer, Call, endpoint
from omni_pickup.api.fields import MOST_PIECES, Body, Quantity, Shape, Sku, StoreCode
from omni_pickup.api.queries import Query, Whole
from omni_pickup.queries.stock.availability import MOST_SKUS, MOST_STORES, Position, availability

_PLACE = re.compile(r"(-?[0-9]{1,3}(?:\.[0-9]{1,10})?),(-?[0-9]{1,3}(?:\.[0-9]{1,10})?)", re.ASCII)
_DISTANCE = re.compile(r"[0-9]{1,5}(?:\.[0-9]{1,5})?", re.ASCII)
#: Nothing on earth is farther away.
FARTHEST_KM = 20_100


def _position(value: object) -> Position:
    match = _PLACE.fullmatch(value) if isinstance(value, str) else None
    if match is None or abs(float(match[1])) > 90 or abs(float(match[2])) > 180:
        raise ValueError("This is a latitude and a longitude like 52.2,21.0.")
    return float(match[1]), float(match[2])


def _distance(value: object) -> object:
    """Query parameters are texts; a body's number stays one."""
    if isinstance(value, str) and _DISTANCE.fullmatch(value):
        return float(value)
    return value


Near = Annotated[
    tuple[float, float],
    BeforeValidator(_position),
    WithJsonSchema({"type": "string", "pattern": f"^{_PLACE.pattern}$", "examples": ["52.2,21.0"]}),
]
Skus = Annotated[list[Sku], Field(min_length=1, max_length=MOST_SKUS)]
Stores = Annotated[list[StoreCode], Field(min_length=1, max_length=MOST_STORES)]
Radius = Annotated[float, Field(gt=0, le=FARTHEST_KM, description="Kilometres around `near`.")]


class AvailabilityQuery(Query):
    sku: Skus
    store: Stores | None = None
    quantity: Annotated[Whole, Field(ge=1, le=MOST_PIECES)] = 1
    near: Near | None = None
    radius_km: Annotated[Radius, BeforeValidator(_distance)] | None = None


class AvailabilityBody(Body):
    """The parameters of the GET as a body; `skus` and `stores` are understood as well."""

    sku: Skus
    store: Stores | None = None
    quantity: Quantity = 1
    near: Near | None = None
    radius_km: Radius | None = None

    @model_validator(mode="before")
    @classmethod
    def _plural_names(cls, document: Any) -> Any:
        names = {"skus": "sku", "stores": "store"}
        if not isinstance(document, dict) or any(names[one] in document for one in names.keys() & document.keys()):
            return document
        return {names.get(name, name): value for name, value in document.items()}


class StoreAvailability(Shape):
    store: str
    available: int
    ready_by: str | None
    distance_km: float | None


class ItemAvailability(Shape):
    sku: str
    stores: list[StoreAvailability]


class AvailabilityShape(Shape):
    items: list[ItemAvailability]


@endpoint("GET", "/availability", scope="stock:read", answers={200: AvailabilityShape})
def get_availability(call: Call, query: AvailabilityQuery) -> Answer:
    """Ask what can be promised where, and by when."""
    return _answer(call, query.sku, query.store, query.quantity, query.near, query.radius_km)


@endpoint("POST", "/availability/query", scope="stock:read", answers={200: AvailabilityShape}, reads_only=True)
def query_availability(call: Call, body: AvailabilityBody) -> Answer:
    """Ask the same with a body, for up to 100 SKUs at up to 100 stores."""
    return _answer(call, body.sku, body.store, body.quantity, body.near, body.radius_km)


def _answer(
    call: Call,
    skus: Sequence[str],
    stores: Sequence[str] | None,
    quantity: int,
    near: Position | None,
    radius_km: float | None,
) -> Answer:
    found = availability(
        skus,
        stores,
        near=near,
        radius_km=radius_km,
        quantity=quantity,
        now=clock.now(),
        within=call.caller.store_ids,
    )
    return Answer(found)
