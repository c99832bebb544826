"""/orders: pickups that a channel sends, changes and follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omni_pickup.api.endpoints import PREFIX, Answer, Call, endpoint
from omni_pickup.api.fields import Reason
from omni_pickup.api.order_shapes import LineCancel, OrderBody, OrderPatch, OrderQuery, OrderShape, OrdersShape
from omni_pickup.api.paths import store_named
from omni_pickup.api.queries import make_place, page_of, read_place
from omni_pickup.api.returns import Refund
from omni_pickup.models.orders import Order
from omni_pickup.queries.orders.order_lists import list_orders as orders_behind
from omni_pickup.queries.orders.orders import order_shape, order_shapes, pickup_code
from omni_pickup.services.customers.order_links import status_url
from omni_pickup.services.orders import order_cancels, order_changes, orders

#: What a cancellation says when the channel gives no reason.
NO_REASON = "cancelled by the channel"


def shape_of(order: Order) -> dict[str, Any]:
    """The order as a channel sees it: with the code and the link, which events never hold."""
    return _told(order, order_shape(order))


def _told(order: Order, shape: Mapping[str, Any]) -> dict[str, Any]:
    return {**shape, "pickup_code": pickup_code(order), "status_url": status_url(order)}


def present_order(call: Call) -> Mapping[str, Any]:
    """The order as a GET shows it."""
    return shape_of(_order(call))


def _order(call: Call) -> Order:
    assert call.order is not None
    return call.order


@endpoint("POST", "/orders", scope="orders:write", answers={200: OrderShape, 201: OrderShape}, idempotency="required")
def create_order(call: Call, body: OrderBody) -> Answer:
    """Place an order; the same `external_id` again answers with the existing one."""
    caller, values = call.caller, body.given()
    order, created = orders.place_order(
        values, client_id=caller.client_id, by=caller.actor, store=call.named_store, within=caller.store_ids
    )
    return Answer(shape_of(order), 201 if created else 200, {"Location": f"{PREFIX}/orders/{order.public_id}"})


@endpoint("GET", "/orders", scope="orders:read", answers={200: OrdersShape})
def list_orders(call: Call, query: OrderQuery) -> Answer:
    """List the channel's orders, oldest first; with `updated_after` in the order of their last change."""
    since, after = read_place(query.cursor, query.updated_after)
    rows = orders_behind(
        client_id=call.caller.client_id,
        store_ids=[store_named(call.caller, query.store, "/store").id] if query.store else call.caller.store_ids,
        state=query.state,
        external_id=query.external_id,
        updated_after=since,
        after=after,
        limit=query.limit + 1,
    )
    page, next_ = page_of(rows, query.limit, lambda order: make_place(order, query.updated_after))
    told = [_told(order, shape) for order, shape in zip(page, order_shapes(page), strict=True)]
    return Answer({"orders": told, "next": next_})


@endpoint("GET", "/orders/<order_id>", scope="orders:read", answers={200: OrderShape})
def get_order(call: Call) -> Answer:
    """Show an order."""
    return Answer(present_order(call))


@endpoint(
    "PATCH",
    "/orders/<order_id>",
    scope="orders:write",
    answers={200: OrderShape},
    present=present_order,
    conflicts=True,
)
def change_order(call: Call, body: OrderPatch) -> Answer:
    """Change who collects, how, the note or the payment."""
    return Answer(shape_of(order_changes.change_order(_order(call), body.given(), by=call.caller.actor)))


@endpoint("POST", "/orders/<order_id>/cancel", scope="orders:write", answers={200: OrderShape})
def cancel_order(call: Call, body: Reason) -> Answer:
    """Give up everything that is still open; a cancelled order stays as it is."""
    order = order_cancels.cancel_order(_order(call), reason=body.reason or NO_REASON, by=call.caller.actor)
    return Answer(shape_of(order))


@endpoint(
    "POST",
    "/orders/<order_id>/lines/<line_id>/cancel",
    scope="orders:write",
    answers={200: OrderShape},
    idempotency="required",
)
def cancel_line(call: Call, body: LineCancel) -> Answer:
    """Give up pieces of one line."""
    order = order_cancels.cancel_pieces(
        _order(call), call.path["line_id"], body.quantity, reason=body.reason or NO_REASON, by=call.caller.actor
    )
    return Answer(shape_of(order))


@endpoint("POST", "/orders/<order_id>/refund", scope="orders:write", answers={200: OrderShape})
def refund_order(call: Call, body: Refund) -> Answer:
    """Report what became of the refund."""
    order = order_changes.report_refund(
        _order(call),
        state=body.state,
        amount=body.amount.given() if body.amount else None,
        reference=body.reference,
        by=call.caller.actor,
    )
    return Answer(shape_of(order))
