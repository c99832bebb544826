"""/holds: pieces kept for a shopper's cart."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from omni_pickup.api.endpoints import Answer, Call, endpoint
from omni_pickup.api.fields import Body, Quantity, Shape, Sku, StoreCode
from omni_pickup.errors import NotFound
from omni_pickup.queries.stock.holds import get_hold, hold_shape
from omni_pickup.services.stock import holds


class HoldLineBody(Body):
    sku: Sku
    quantity: Quantity


class HoldBody(Body):
    store: StoreCode
    lines: Annotated[list[HoldLineBody], Field(min_length=1, max_length=500)]
    ttl_seconds: Annotated[int, Field(ge=1, le=86_400, examples=[600])] = 600


class HoldShape(Shape):
    id: str
    state: str
    expires_at: str


@endpoint("POST", "/holds", scope="orders:write", answers={201: HoldShape}, idempotency="required")
def place_hold(call: Call, body: HoldBody) -> Answer:
    """Keep pieces for a cart; name the hold in the order."""
    assert call.named_store is not None
    lines = [line.given() for line in body.lines]
    hold = holds.place_hold(
        call.caller.client_id,
        call.named_store,
        lines,
        body.ttl_seconds,
        by=call.caller.actor,
        within=call.caller.store_ids,
    )
    return Answer(hold_shape(hold), 201)


@endpoint("DELETE", "/holds/<hold_id>", scope="orders:write", answers={204: None}, conflicts=True)
def release_hold(call: Call) -> Answer:
    """Let go of a hold; one that is over stays as it is."""
    hold = get_hold(call.path["hold_id"], call.caller.client_id)
    if not call.caller.sees(hold.store_id):
        raise NotFound("There is no such hold.")
    holds.release_hold(hold, by=call.caller.actor)
    return Answer(None, 204)
