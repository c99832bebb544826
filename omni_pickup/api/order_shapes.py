"""Bodies and answers of /orders."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from omni_pickup.api.fields import Body, Instant, Key, Money, MoneyShape, Quantity, Shape, Sku, StoreCode, Text
from omni_pickup.api.queries import Page

OrderState = Literal["received", "picking", "picked", "ready", "collected", "cancelled", "expired"]
Method = Literal["in_store", "curbside"]
LineId = Annotated[str, Field(min_length=1, max_length=100, examples=["1"])]


class Person(Body):
    """`email` is checked for its syntax only; a number without a prefix belongs to the store's country."""

    name: Annotated[str, Field(min_length=1, max_length=200, examples=["Ada Nowak"])]
    email: Annotated[str, Field(max_length=320, examples=["ada@example.com"])] | None = None
    phone: Annotated[str, Field(max_length=40, examples=["+48221234567"])] | None = None


class Customer(Person):
    language: Annotated[str, Field(max_length=16, examples=["pl"])] | None = None


class Gift(Body):
    message: Text | None = None


class Payment(Body):
    state: Literal["paid", "due", "void"] = "paid"
    due: Money | None = None


class OrderLineBody(Body):
    """`unit_price` is what was paid for a piece, tax in, discount off; `paid_total` wins where that cannot say it."""

    line_id: LineId
    sku: Sku
    quantity: Quantity
    unit_price: Money | None = None
    paid_total: Money | None = None
    backup_sku: Sku | None = None


class OrderBody(Body):
    external_id: Annotated[Key, Field(examples=["1001"])]
    store: StoreCode
    pickup_method: Method = "in_store"
    hold_id: Annotated[str, Field(max_length=40)] | None = None
    placed_at: Instant | None = None
    customer: Customer
    collector: Person | None = None
    requested_from: Instant | None = None
    allow: Literal["all_or_nothing", "partial"] = "all_or_nothing"
    note: Text | None = None
    gift: Gift | None = None
    payment: Payment | None = None
    lines: Annotated[list[OrderLineBody], Field(min_length=1, max_length=500)]


def _hide_default(schema: dict[str, Any]) -> None:
    """What is not named stays as it is, so the default that the model needs is none of the contract's."""
    schema.pop("default", None)


class OrderPatch(Body):
    """What is not named stays as it is; null empties it."""

    collector: Person | None = Field(default=None, json_schema_extra=_hide_default)
    pickup_method: Method = Field(default="in_store", json_schema_extra=_hide_default)
    note: Text | None = Field(default=None, json_schema_extra=_hide_default)
    payment: Payment = Field(default=Payment(), json_schema_extra=_hide_default)


class LineCancel(Body):
    quantity: Quantity
    reason: Annotated[str, Field(max_length=200)] | None = None


class OrderQuery(Page):
    store: StoreCode | None = None
    state: OrderState | None = None
    external_id: Key | None = None
    updated_after: Instant | None = None


class OrderLineShape(Shape):
    line_id: str
    sku: str
    substitute_of: str | None
    ordered: int
    open: int
    reserved: int
    picked: int
    short: int
    substituted: int
    cancelled: int
    to_put_back: int
    collected: int
    returned: int


class PaymentShape(Shape):
    state: str
    due: MoneyShape | None


class TimestampsShape(Shape):
    placed: str | None
    received: str
    picking_started: str | None
    picked: str | None
    ready: str | None
    notified: str | None
    on_my_way: str | None
    arrived: str | None
    collected: str | None
    cancelled: str | None
    expired: str | None


class OrderShape(Shape):
    id: str
    number: str
    external_id: str | None
    parent_id: str | None
    store: str
    state: OrderState
    pickup_method: str
    promised_at: str
    expected_at: str | None
    hold_until: str | None
    pickup_code: str | None
    status_url: str
    payment: PaymentShape
    refund: str
    lines: list[OrderLineShape]
    timestamps: TimestampsShape


class OrdersShape(Shape):
    orders: list[OrderShape]
    next: str | None
