"""/stores: what the owner says about a store, and the switch that stops new pickups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, model_validator

from omni_pickup.api.endpoints import Answer, Call, endpoint
from omni_pickup.api.fields import ANSWER, Body, Instant, Line, Shape, StoreCode
from omni_pickup.api.queries import Page, make_cursor, page_of, read_cursor
from omni_pickup.models.stores import Store
from omni_pickup.queries.stores.stores import list_stores as stores_after
from omni_pickup.queries.stores.stores import store_shape, store_shapes
from omni_pickup.services.stores import stores

Span = Annotated[list[Annotated[str, Field(max_length=5)]], Field(min_length=2, max_length=2)]
Day = Annotated[list[Span], Field(max_length=48)]


class Address(Body):
    street: Line | None = None
    city: Line | None = None
    postal_code: Annotated[str, Field(max_length=40)] | None = None
    country: Annotated[str, Field(max_length=2)] | None = None


class Hours(Body):
    """From `00:00` to `24:00`; a missing day is closed; a night is two intervals."""

    mon: Day = []
    tue: Day = []
    wed: Day = []
    thu: Day = []
    fri: Day = []
    sat: Day = []
    sun: Day = []


class HoursException(Body):
    date: Annotated[str, Field(max_length=10, examples=["2026-12-25"])]
    hours: Day


class Holidays(Body):
    country: Annotated[str, Field(max_length=2)]
    subdivision: Annotated[str, Field(max_length=10)] | None = None


class Pickup(Body):
    in_store: bool = True
    curbside: bool = False
    prep_minutes: int = 60
    hold_days: int = 3
    pickers: int = 1
    slot_minutes: int | None = None
    slot_capacity: int | None = None
    bays: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=200)] = []
    cut_off: Annotated[str, Field(max_length=5)] | None = None
    hold_days_by_zone: Annotated[dict[str, int], Field(max_length=10)] = {}
    pace_per_hour: int = 60
    slot_unit: Annotated[str, Field(max_length=8)] = "orders"
    prep_minutes_by_handling: Annotated[dict[str, int], Field(max_length=10)] = {}


class Handoff(Body):
    """From which order value on a handoff asks for more; a missing amount means never."""

    require_qr: bool | None = None
    photo_id_for_collector: bool | None = None
    photo_id_from: Annotated[str, Field(max_length=20)] | None = None
    signature_from: Annotated[str, Field(max_length=20)] | None = None
    manager_without_code_from: Annotated[str, Field(max_length=20)] | None = None


class StagingPlace(Body):
    code: StoreCode
    zone: Annotated[str, Field(max_length=16)] = "ambient"
    kind: Annotated[str, Field(max_length=16)] = "shelf"


class StoreBody(Body):
    """A store as its owner describes it. `code` and `paused` of a GET may be sent back and are ignored."""

    name: Annotated[str, Field(min_length=1, max_length=500, examples=["Warszawa Centrum"])]
    timezone: Annotated[str, Field(max_length=64, examples=["Europe/Warsaw"])]
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    phone: Annotated[str, Field(max_length=40)] | None = None
    address: Address | None = None
    hours: Hours | None = None
    exceptions: Annotated[list[HoursException], Field(max_length=1000)] = []
    holidays: Holidays | None = None
    pickup: Pickup | None = None
    handoff: Handoff | None = None
    staging_locations: Annotated[list[StagingPlace], Field(max_length=2000)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _ignore_read_only(cls, document: Any) -> Any:
        return without(document, "code", "paused")


def without(document: Any, *read_only: str) -> Any:
    """The document less what only a GET tells, so that a client may put back what it got."""
    if not isinstance(document, Mapping):
        return document
    return {name: value for name, value in document.items() if name not in read_only}


class Pause(Body):
    until: Instant | None = None
    reason: Annotated[str, Field(max_length=200)] | None = None


class AddressShape(Address):
    model_config = ANSWER


class HoursShape(Hours):
    model_config = ANSWER


class HoursExceptionShape(HoursException):
    model_config = ANSWER


class HolidaysShape(Holidays):
    model_config = ANSWER


class PickupShape(Pickup):
    model_config = ANSWER


class HandoffShape(Handoff):
    model_config = ANSWER


class StagingPlaceShape(StagingPlace):
    model_config = ANSWER


class PauseShape(Shape):
    """`until` is null while nobody has said an end."""

    until: str | None
    reason: str | None


class StoreShape(Shape):
    code: str
    name: str
    timezone: str
    latitude: float | None
    longitude: float | None
    phone: str | None
    address: AddressShape
    hours: HoursShape
    exceptions: list[HoursExceptionShape]
    holidays: HolidaysShape | None
    pickup: PickupShape
    handoff: HandoffShape
    staging_locations: list[StagingPlaceShape]
    paused: PauseShape | None


class StoresShape(Shape):
    stores: list[StoreShape]
    next: str | None


def present_store(call: Call) -> Mapping[str, Any] | None:
    """The store as a GET shows it."""
    return None if call.store is None else store_shape(call.store)


def _store(call: Call) -> Store:
    assert call.store is not None
    return call.store


@endpoint(
    "PUT",
    "/stores/<code>",
    scope="stores:write",
    answers={200: StoreShape, 201: StoreShape},
    makes=True,
    present=present_store,
)
def put_store(call: Call, body: StoreBody) -> Answer:
    """Make or replace a store."""
    store, created = stores.put_store(call.path["code"], body.given(), by=call.caller.actor)
    return Answer(store_shape(store), 201 if created else 200)


@endpoint("GET", "/stores", scope="stores:read", answers={200: StoresShape})
def list_stores(call: Call, query: Page) -> Answer:
    """List the stores by code."""
    after = read_cursor(query.cursor, str)[0] if query.cursor else None
    rows = stores_after(after, query.limit + 1, call.caller.store_ids)
    page, next_ = page_of(rows, query.limit, lambda store: make_cursor(store.code))
    return Answer({"stores": store_shapes(page), "next": next_})


@endpoint("GET", "/stores/<code>", scope="stores:read", answers={200: StoreShape})
def get_store(call: Call) -> Answer:
    """Show a store."""
    return Answer(store_shape(_store(call)))


@endpoint("POST", "/stores/<code>/pause", scope="stores:write", answers={200: StoreShape})
def pause_store(call: Call, body: Pause) -> Answer:
    """Take no new pickups, until a time or until resumed."""
    store = stores.pause_store(_store(call), until=body.until, reason=body.reason, by=call.caller.actor)
    return Answer(store_shape(store))


@endpoint("DELETE", "/stores/<code>/pause", scope="stores:write", answers={200: StoreShape})
def resume_store(call: Call) -> Answer:
    """Take new pickups again."""
    return Answer(store_shape(stores.resume_store(_store(call), by=call.caller.actor)))
