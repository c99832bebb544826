"""Pieces that the customer prefers to fetch at another store: an order of its own there, with a parent."""

from __future__ import annotations

from datetime import datetime

from omni_pickup import clock, keys
from omni_pickup.errors import InsufficientStock, NoPromise
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.orders import Order, OrderContact, OrderLine
from omni_pickup.models.stores import Store
from omni_pickup.rules.sentences import sentence
from omni_pickup.services.customers.order_links import token_of
from omni_pickup.services.order_states import paid_for, record_order
from omni_pickup.services.orders.order_rows import insert_pickup_code
from omni_pickup.services.picking.pick_tasks import queue_pieces
from omni_pickup.services.promises.promises import make_promise
from omni_pickup.services.stock.stock_moves import Cause, reserve_pieces

_CONTACT = (
    "name",
    "email",
    "phone",
    "language",
    "surname_key",
    "phone_end",
    "note",
    "gift_message",
    "collector_name",
    "collector_email",
    "collector_phone",
)


def move_pieces(
    order: Order, line: OrderLine, pieces: int, store: Store, *, by: Actor, at: datetime | None = None
) -> Order:
    """Reserve short pieces of the line at `store` and make the child order that fetches them there.

    The child has no `external_id`: the channel knows the parent. Raises InsufficientStock, NoPromise.
    """
    now = clock.now()
    promised_at = make_promise(store, now=now, pieces=pieces, handlings=line.item.handling)
    if promised_at is None:
        raise NoPromise()
    child = _child_row(order, line, pieces, store, promised_at, now)
    db.session.add(child)
    db.session.flush()
    cause = Cause("reserve", by, order_id=child.id, occurred_at=at)
    if reserve_pieces(store.id, {line.item_id: pieces}, cause=cause)[line.item_id] < pieces:
        raise InsufficientStock(sentence("%(store)s does not have it any more.", store=store.name), store=store.code)
    child.contact = OrderContact(**{name: getattr(order.contact, name) for name in _CONTACT})
    child.lines.append(_child_line(line, pieces))
    db.session.flush()
    queue_pieces(child, child.lines[0], pieces)
    insert_pickup_code(child)
    if order.contact.collector_name:
        insert_pickup_code(child, "collector")
    line.substituted += pieces
    record_order(child, "order.received", by=by, occurred_at=at)
    told = {"line_id": line.line_id, "pieces": pieces, "order": child.public_id, "store": store.code}
    record_order(order, "order.moved", by=by, occurred_at=at, extra={"moved": told})
    return child


def _child_row(order: Order, line: OrderLine, pieces: int, store: Store, promised_at: datetime, now: datetime) -> Order:
    public_id = keys.new_id("ord")
    owed = _move_due(order, line, pieces)
    return Order(
        public_id=public_id,
        client_id=order.client_id,
        parent_id=order.id,
        store=store,
        state="received",
        pickup_method=order.pickup_method if store.curbside else "in_store",
        fingerprint="",
        currency=order.currency,
        payment_state=order.payment_state,
        payment_due_minor=owed,
        gift=order.gift,
        promised_at=promised_at,
        first_promised_at=promised_at,
        placed_at=order.placed_at,
        received_at=now,
        updated_at=now,
        link_digest=keys.digest(token_of("order-link", public_id, 1)),
    )


def _child_line(line: OrderLine, pieces: int) -> OrderLine:
    return OrderLine(
        line_id=line.line_id,
        position=1,
        item=line.item,
        ordered=pieces,
        open=pieces,
        unit_price_minor=line.unit_price_minor,
        paid_total_minor=None if line.paid_total_minor is None else paid_for(line, pieces),
    )


def _move_due(order: Order, line: OrderLine, pieces: int) -> int | None:
    """What is still to be paid goes with the goods."""
    if order.payment_state != "due" or order.payment_due_minor is None:
        return None
    owed = min(order.payment_due_minor, paid_for(line, pieces))
    order.payment_due_minor -= owed
    return owed
