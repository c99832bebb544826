"""/stores/{code}/stock: what is there, said as a figure or told as a change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, model_validator

from omni_pickup.api.endpoints import Answer, Call, endpoint
from omni_pickup.api.fields import MOST_PIECES, Body, Figure, Instant, Shape, Sku
from omni_pickup.api.queries import Page, make_cursor, read_cursor
from omni_pickup.api.stores import without
from omni_pickup.models.stores import Store
from omni_pickup.queries.stock.stock import list_levels
from omni_pickup.services.stock import stock_adjustments, stock_levels

#: What only movements change; a client may put back what it got.
_READ_ONLY = ("reserved", "quarantine", "display", "in_transit", "learned_safety", "deficit", "blocked", "available")
Place = Annotated[str, Field(max_length=64)]


class LevelFields(Body):
    """What is not named stays as it is. `counted` says that people counted; only that lifts a block."""

    on_hand: Figure | None = None
    safety_stock: Figure | None = None
    location: Place | None = None
    locations: Annotated[list[Place], Field(max_length=50)] | None = None
    counted: bool = False
    counted_at: Instant | None = None


class LevelBody(LevelFields):
    @model_validator(mode="before")
    @classmethod
    def _ignore_read_only(cls, document: Any) -> Any:
        return without(document, "sku", *_READ_ONLY)


class BulkLevel(LevelFields):
    sku: Sku


class BulkLevels(Body):
    levels: Annotated[list[BulkLevel], Field(min_length=1, max_length=1000)]


class Adjustment(Body):
    """What the till or the delivery door did, told once for each reference and SKU."""

    sku: Sku
    delta: Annotated[int, Field(ge=-MOST_PIECES, le=MOST_PIECES, description="Never 0.", examples=[-2, 12])]
    reason: Annotated[str, Field(min_length=1, max_length=200, examples=["sale"])]
    reference: Annotated[str, Field(min_length=1, max_length=200, examples=["POS-1-0042"])]
    order: Annotated[str, Field(max_length=40, description="`ord_...` when it was paid at the till.")] | None = None
    occurred_at: Annotated[Instant, Field(description="When it happened, if it is told later.")] | None = None


class Adjustments(Body):
    adjustments: Annotated[list[Adjustment], Field(min_length=1, max_length=1000)]


class LevelQuery(Page):
    sku: Annotated[list[Sku], Field(max_length=200)] = []


class LevelShape(Shape):
    sku: str
    on_hand: int
    reserved: int
    quarantine: int
    display: int
    in_transit: int
    safety_stock: int
    learned_safety: int
    deficit: int
    blocked: bool
    available: int
    location: str | None
    locations: list[str]


class LevelsShape(Shape):
    levels: list[LevelShape]


class LevelPage(LevelsShape):
    next: str | None


class AdjustmentShape(Shape):
    sku: str
    reference: str
    delta: int
    applied: int
    on_hand: int


class AdjustmentsShape(Shape):
    adjustments: list[AdjustmentShape]


def _store(call: Call) -> Store:
    assert call.store is not None
    return call.store


def present_level(call: Call) -> Mapping[str, Any] | None:
    """The level as the list shows it."""
    found = list_levels(_store(call), skus=[call.path["sku"]], limit=1)
    return found[0] if found else None


@endpoint("PUT", "/stores/<code>/stock/<sku>", scope="stock:write", answers={200: LevelShape}, present=present_level)
def set_level(call: Call, body: LevelBody) -> Answer:
    """Set the figures of one item at one store."""
    return Answer(stock_levels.set_level(_store(call), call.path["sku"], body.given(), by=call.caller.actor))


@endpoint("POST", "/stores/<code>/stock", scope="stock:write", answers={200: LevelsShape})
def set_levels(call: Call, body: BulkLevels) -> Answer:
    """Set up to 1,000 levels: all of them, or none if one is wrong."""
    levels = [level.given() for level in body.levels]
    return Answer({"levels": stock_levels.set_levels(_store(call), levels, by=call.caller.actor)})


@endpoint("GET", "/stores/<code>/stock", scope="stock:read", answers={200: LevelPage})
def list_stock(call: Call, query: LevelQuery) -> Answer:
    """List the levels of a store by SKU, or only those of some SKUs."""
    after = read_cursor(query.cursor, str)[0] if query.cursor else None
    rows = list_levels(_store(call), skus=query.sku or None, after=after, limit=query.limit + 1)
    next_ = make_cursor(rows[query.limit - 1]["sku"]) if len(rows) > query.limit else None
    return Answer({"levels": rows[: query.limit], "next": next_})


@endpoint(
    "POST",
    "/stores/<code>/stock/adjustments",
    scope="stock:write",
    answers={200: AdjustmentsShape},
    idempotency="required",
)
def adjust_stock(call: Call, body: Adjustments) -> Answer:
    """Tell what the till sold or the delivery door received: all of it, or nothing if one is wrong."""
    told = [adjustment.given() for adjustment in body.adjustments]
    made = stock_adjustments.apply_adjustments(_store(call), call.caller.client_id, told, by=call.caller.actor)
    return Answer({"adjustments": made})
