"""/returns: what a customer will bring back, announced by the channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from omni_pickup.api.endpoints import PREFIX, Answer, Call, endpoint
from omni_pickup.api.fields import Body, Instant, Key, Money, MoneyShape, Quantity, Reason, Shape, Sku, StoreCode, Text
from omni_pickup.api.paths import store_named
from omni_pickup.api.queries import Page, make_place, page_of, read_place
from omni_pickup.models.returns import Return
from omni_pickup.queries.returns.returns import list_returns as returns_behind
from omni_pickup.queries.returns.returns import return_shape, return_shapes
from omni_pickup.services.customers.order_links import return_url
from omni_pickup.services.returns import return_refunds, returns


class Customer(Body):
    """`email` is checked for its syntax only."""

    name: Annotated[str, Field(max_length=200, examples=["Ada Nowak"])] | None = None
    email: Annotated[str, Field(max_length=320, examples=["ada@example.com"])] | None = None
    phone: Annotated[str, Field(max_length=40, examples=["+48221234567"])] | None = None
    language: Annotated[str, Field(max_length=16, examples=["pl"])] | None = None
    note: Text | None = None


class OrderReference(Body):
    """The order's own id or the channel's; an order that is unknown here was bought elsewhere."""

    external_id: Annotated[Key, Field(examples=["1001"])] | None = None
    id: Annotated[str, Field(max_length=40)] | None = None


class ReturnLineBody(Body):
    line_id: Annotated[str, Field(min_length=1, max_length=100, examples=["1"])] | None = None
    sku: Sku
    quantity: Quantity
    reason: Annotated[str, Field(max_length=64, examples=["too_small"])] | None = None


class ReturnBody(Body):
    external_id: Annotated[Key, Field(examples=["R-77"])] | None = None
    order: OrderReference | None = None
    store: StoreCode | None = None
    customer: Customer | None = None
    lines: Annotated[list[ReturnLineBody], Field(min_length=1, max_length=500)]


class Refund(Body):
    """What the channel did with the money."""

    state: Literal["requested", "confirmed", "failed"]
    amount: Money | None = None
    reference: Annotated[str, Field(max_length=200)] | None = None


class ReturnQuery(Page):
    store: StoreCode | None = None
    state: Literal["announced", "received", "inspected", "closed", "rejected", "cancelled", "expired"] | None = None
    external_id: Key | None = None
    updated_after: Instant | None = None


class ReturnLineShape(Shape):
    line_id: str
    sku: str
    said: int
    counted: int | None
    accepted: int
    returnable: bool
    rule: str | None
    reason: str | None
    condition: str | None
    disposition: str | None


class OrderReferenceShape(Shape):
    """Both are null where nobody said what the goods were bought with."""

    id: str | None
    external_id: str | None


class ReturnTimestampsShape(Shape):
    announced: str
    received: str | None
    inspected: str | None
    closed: str | None
    rejected: str | None
    cancelled: str | None
    expired: str | None


class ReturnShape(Shape):
    id: str
    rma_number: str
    external_id: str | None
    order: OrderReferenceShape
    store: str | None
    state: str
    expires_at: str
    status_url: str
    lines: list[ReturnLineShape]
    refund: str
    refund_total: MoneyShape | None
    timestamps: ReturnTimestampsShape


class ReturnsShape(Shape):
    returns: list[ReturnShape]
    next: str | None


def present_return(call: Call) -> Mapping[str, Any]:
    """The return as a GET shows it: with the link, which events never hold."""
    assert call.return_order is not None
    return _shape(call.return_order)


def _shape(ret: Return) -> dict[str, Any]:
    return _told(ret, return_shape(ret))


def _told(ret: Return, shape: Mapping[str, Any]) -> dict[str, Any]:
    return {**shape, "status_url": return_url(ret)}


@endpoint(
    "POST",
    "/returns",
    scope="returns:write",
    answers={200: ReturnShape, 201: ReturnShape},
    idempotency="required",
)
def announce_return(call: Call, body: ReturnBody) -> Answer:
    """Announce a return; the same `external_id` again answers with the existing one."""
    ret, created = returns.announce_return(
        body.given(), client_id=call.caller.client_id, source="channel", by=call.caller.actor
    )
    return Answer(_shape(ret), 201 if created else 200, {"Location": f"{PREFIX}/returns/{ret.public_id}"})


@endpoint("GET", "/returns", scope="returns:read", answers={200: ReturnsShape})
def list_returns(call: Call, query: ReturnQuery) -> Answer:
    """List the channel's returns, oldest first; with `updated_after` in the order of their last change."""
    since, after = read_place(query.cursor, query.updated_after)
    rows = returns_behind(
        client_id=call.caller.client_id,
        store_ids=[store_named(call.caller, query.store, "/store").id] if query.store else None,
        bound_to=call.caller.store_ids,
        state=query.state,
        external_id=query.external_id,
        updated_after=since,
        after=after,
        limit=query.limit + 1,
    )
    page, next_ = page_of(rows, query.limit, lambda ret: make_place(ret, query.updated_after))
    told = [_told(ret, shape) for ret, shape in zip(page, return_shapes(page), strict=True)]
    return Answer({"returns": told, "next": next_})


@endpoint("GET", "/returns/<return_id>", scope="returns:read", answers={200: ReturnShape})
def get_return(call: Call) -> Answer:
    """Show a return."""
    return Answer(present_return(call))


@endpoint("POST", "/returns/<return_id>/cancel", scope="returns:write", answers={200: ReturnShape})
def cancel_return(call: Call, body: Reason) -> Answer:
    """Give up an announced return; a cancelled one stays as it is."""
    assert call.return_order is not None
    return Answer(_shape(returns.cancel_return(call.return_order, reason=body.reason, by=call.caller.actor)))


@endpoint("POST", "/returns/<return_id>/refund", scope="returns:write", answers={200: ReturnShape})
def refund_return(call: Call, body: Refund) -> Answer:
    """Report what became of the refund."""
    assert call.return_order is not None
    ret = return_refunds.report_return_refund(
        call.return_order,
        state=body.state,
        amount=body.amount.given() if body.amount else None,
        reference=body.reference,
        by=call.caller.actor,
    )
    return Answer(_shape(ret))
