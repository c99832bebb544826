"""Finding orders, and the shape in which machines and history see them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, inspect, or_, select, union_all
from sqlalchemy.orm import Session

from omni_pickup import clock
from omni_pickup.errors import NotFound
from omni_pickup.models.base import db, is_writing
from omni_pickup.models.clients import Client
from omni_pickup.models.floors import enter_floors_of
from omni_pickup.models.orders import NUMBER_BASE, Order, OrderLine, PickupCode, Question
from omni_pickup.models.packages import Package
from omni_pickup.models.transfers import Transfer, TransferLine
from omni_pickup.queries.promises.estimates import delayed_until
from omni_pickup.queries.shapes import instant_shape, money_shape
from omni_pickup.rules.lifecycle import LineCounters, PackageFacts
from omni_pickup.rules.sentences import sentence


def get_order(public_id: str) -> Order:
    """The order with its lines; inside a transaction its row is locked. Raises NotFound."""
    return _one(select(Order).where(Order.public_id == public_id))


def get_order_by_key(order_id: int) -> Order:
    """The order by its primary key, locked inside a transaction. Raises NotFound."""
    return _one(select(Order).where(Order.id == order_id))


def get_order_by_number(number: str, store_id: int) -> Order:
    """The order that people know by `number` at that store. Raises NotFound."""
    if not number.isascii() or not number.isdigit() or len(number) > 15:
        raise NotFound(sentence("There is no order %(number)s here.", number=number))
    return _one(select(Order).where(Order.id == int(number) - NUMBER_BASE, Order.store_id == store_id))


def keys_of_name(text: str) -> Select[int]:
    """Primary keys of the orders whose number, public id or channel's id is exactly `text`, to be used inside IN.

    Three looks into three indexes; asked for by OR, the database would read every order.
    """
    text = text.strip()
    of_channel = select(Order.id).where(Order.client_id.in_(select(Client.id)), Order.external_id == text)
    ways = [select(Order.id).where(Order.public_id == text), of_channel]
    if text.isascii() and text.isdigit() and len(text) <= 15:
        ways.append(select(Order.id).where(Order.id == int(text) - NUMBER_BASE))
    return select(union_all(*ways).subquery().c.id)


def _one(statement: Any) -> Order:
    session: Session = db.session()
    if is_writing():
        # Whoever was first is seen: lines and version are read again under the lock.
        enter_floors_of(statement.with_only_columns(Order.store_id))
        statement = statement.with_for_update(of=Order, key_share=True).execution_options(populate_existing=True)
    order: Order | None = session.scalars(statement).unique().one_or_none()
    if order is None:
        raise NotFound("There is no such order here.")
    return order


def line_counters(line: OrderLine) -> LineCounters:
    """The counters that the lifecycle rules judge by."""
    return LineCounters(
        ordered=line.ordered,
        open=line.open,
        short=line.short,
        cancelled=line.cancelled,
        collected=line.collected,
        picked=line.picked,
        to_put_back=line.to_put_back,
        substituted=line.substituted,
        returned=line.returned,
    )


def package_facts(order_id: int) -> list[PackageFacts]:
    """The bags that are still in the store, in pieces that belong to the customer."""
    bags = db.session.scalars(
        select(Package).where(Package.order_id == order_id, Package.state.in_(("packed", "staged")))
    ).unique()
    return [
        PackageFacts(
            pieces=sum(content.quantity - content.take_out for content in bag.contents),
            staged=bag.state == "staged",
            flagged=bag.take_out > 0,
        )
        for bag in bags
    ]


def has_open_question(order_id: int) -> bool:
    """Whether the customer still has to choose, or chose to wait for goods that another store sends."""
    open_question = exists().where(Question.order_id == order_id, Question.state == "open")
    return bool(db.session.scalar(select(or_(open_question, _awaits_transfer(order_id)))))


def _awaits_transfer(order_id: int) -> ColumnElement[bool]:
    return exists().where(
        TransferLine.transfer_id == Transfer.id,
        Transfer.order_id == order_id,
        TransferLine.order_line_id.is_not(None),
        or_(Transfer.state == "requested", TransferLine.in_transit > 0),
    )


def pickup_code(order: Order, holder: str = "customer") -> str | None:
    """What the customer says at the counter; the collector has an own one."""
    if "codes" in inspect(order).unloaded:
        return db.session.scalar(
            select(PickupCode.code).where(PickupCode.order_id == order.id, PickupCode.holder == holder)
        )
    return next((known.code for known in order.codes if known.holder == holder), None)


def order_shape(order: Order) -> dict[str, Any]:
    """The public shape without codes, links, notes and personal data, as events freeze it.

    `expected_at` is the time that the customer was told in place of the promise, once there is a delay.
    """
    return order_shapes([order])[0]


def order_shapes(orders: Collection[Order]) -> list[dict[str, Any]]:
    """The shapes of some orders, the ids of their parents read at once."""
    parents = order_public_ids([order.parent_id for order in orders])
    return [_shape(order, parents.get(order.parent_id)) for order in orders]


def order_public_ids(order_ids: Collection[int | None]) -> dict[int | None, str]:
    """Public ids by primary key, in one statement; None, which stands for no order, has none."""
    wanted = {order_id for order_id in order_ids if order_id is not None}
    if not wanted:
        return {}
    rows = db.session.execute(select(Order.id, Order.public_id).where(Order.id.in_(wanted)))
    return dict(rows.all())


def _shape(order: Order, parent: str | None) -> dict[str, Any]:
    substitutes = {line.id: line.line_id for line in order.lines}
    return {
        "id": order.public_id,
        "number": order.number,
        "external_id": order.external_id,
        "parent_id": parent,
        "store": order.store.code,
        "state": order.state,
        "pickup_method": order.pickup_method,
        "promised_at": instant_shape(order.promised_at, order.store.timezone),
        "expected_at": instant_shape(delayed_until(order, clock.now()), order.store.timezone),
        "hold_until": instant_shape(order.hold_until, order.store.timezone),
        "payment": {"state": order.payment_state, "due": money_shape(order.payment_due_minor, order.currency)},
        "refund": order.refund_state,
        "lines": [line_shape(line, substitutes) for line in order.lines],
        "timestamps": {
            name: instant_shape(getattr(order, f"{name}_at"), order.store.timezone)
            for name in (
                "placed",
                "received",
                "picking_started",
                "picked",
                "ready",
                "notified",
                "on_my_way",
                "arrived",
                "collected",
                "cancelled",
                "expired",
            )
        },
    }


def line_shape(line: OrderLine, line_ids: dict[int, str]) -> dict[str, Any]:
    """One line with its counters, in pieces."""
    return {
        "line_id": line.line_id,
        "sku": line.item.sku,
        "substitute_of": line_ids.get(line.substitute_of_id) if line.substitute_of_id else None,
        "ordered": line.ordered,
        "open": line.open,
        "reserved": line.reserved,
        "picked": line.picked,
        "short": line.short,
        "substituted": line.substituted,
        "cancelled": line.cancelled,
        "to_put_back": line.to_put_back,
        "collected": line.collected,
        "returned": line.returned,
    }
