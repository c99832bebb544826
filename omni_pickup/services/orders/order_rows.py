"""Writing a new order. Core statements, because this is the hottest path: one statement for each table."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import insert, inspect
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_dict, set_committed_value
from sqlalchemy.orm.util import identity_key
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from omni_pickup import keys
from omni_pickup.models.base import Model, db, insert_if_absent, table_of
from omni_pickup.models.orders import Order, OrderContact, OrderLine, PickupCode
from omni_pickup.models.picking import PickTask
from omni_pickup.rules.codes import new_pickup_code
from omni_pickup.rules.short_picks import UNAVAILABLE
from omni_pickup.services.customers.order_links import token_of
from omni_pickup.services.orders.order_values import LineRequest, OrderRequest
from omni_pickup.services.picking.questions import new_question

_LINES = table_of(OrderLine)
# Built once, because putting a statement together costs more than running it.
_NEW_LINES = insert(_LINES).returning(_LINES.c.id, _LINES.c.position)
_NEW_CONTACT = insert(table_of(OrderContact))
_NEW_TASKS = insert(table_of(PickTask))

Row = TypeVar("Row", Order, OrderLine, PickupCode)


def insert_order(request: OrderRequest, *, client_id: int, promised_at: datetime, now: datetime) -> Order | None:
    """Write the order's own row; None when its `external_id` was taken meanwhile."""
    public_id = keys.new_id("ord")
    values = _complete(
        Order,
        {
            **request.columns,
            "public_id": public_id,
            "client_id": client_id,
            "store_id": request.store.id,
            "state": "received",
            "placed_at": request.columns["placed_at"] or now,
            "received_at": now,
            "promised_at": promised_at,
            "first_promised_at": promised_at,
            "link_digest": keys.digest(token_of("order-link", public_id, 1)),
            "updated_at": now,
        },
    )
    order_id = insert_if_absent(Order, values, keys=("client_id", "external_id"))
    if order_id is None:
        return None
    return _known(Order, values | {"id": order_id}, store=request.store, codes=[])


def insert_lines(order: Order, requests: Sequence[LineRequest], given: Mapping[int, int]) -> None:
    """Write the lines with what could be reserved for each item, first lines first; the rest of each is short."""
    left = dict(given)
    rows = [_line_row(order, position, request, left) for position, request in enumerate(requests, 1)]
    returned = db.session.connection().execute(_NEW_LINES, rows)
    ids = {position: line_id for line_id, position in returned}
    lines = [
        _known(OrderLine, row | {"id": ids[row["position"]]}, item=request.item, order=order)
        for row, request in zip(rows, requests, strict=True)
    ]
    set_committed_value(order, "lines", lines)


def insert_contact(order: Order, contact: Mapping[str, Any]) -> None:
    """Write the personal data, apart from the order."""
    db.session.connection().execute(_NEW_CONTACT, _complete(OrderContact, {**contact, "order_id": order.id}))


def insert_pickup_code(order: Order, holder: str = "customer") -> str:
    """Draw a code that no other open order of the store has; returns it."""
    while True:
        code = new_pickup_code(secrets.choice)
        row = {"order_id": order.id, "store_id": order.store_id, "holder": holder, "code": code, "active": True}
        code_id = insert_if_absent(PickupCode, row)
        if code_id is not None:
            if "codes" not in inspect(order).unloaded:
                set_committed_value(order, "codes", [*order.codes, _known(PickupCode, row | {"id": code_id})])
            return code


def insert_pick_tasks(order: Order) -> None:
    """Put every open piece into the queue, one task for each line."""
    rows = [
        {
            "public_id": keys.new_id("pck"),
            "store_id": order.store_id,
            "order_id": order.id,
            "order_line_id": line.id,
            "quantity": line.open,
        }
        for line in order.lines
        if line.open
    ]
    db.session.connection().execute(_NEW_TASKS, rows)


def ask_about_short_lines(order: Order, *, now: datetime) -> None:
    """What a partial reservation left out is never dropped in silence: the customer chooses."""
    db.session.add_all(
        new_question(order, line, pieces=line.short, reason=UNAVAILABLE, now=now) for line in order.lines if line.short
    )
    db.session.flush()


def _line_row(order: Order, position: int, request: LineRequest, left: dict[int, int]) -> dict[str, Any]:
    reserved = min(request.quantity, left[request.item.id])
    left[request.item.id] -= reserved
    return _complete(
        OrderLine,
        {
            "order_id": order.id,
            "line_id": request.line_id,
            "position": position,
            "item_id": request.item.id,
            "backup_item_id": None if request.backup is None else request.backup.id,
            "ordered": request.quantity,
            "open": reserved,
            "short": request.quantity - reserved,
            "unit_price_minor": request.unit_price_minor,
            "paid_total_minor": request.paid_total_minor,
        },
    )


def _complete(model: type[Model], values: dict[str, Any]) -> dict[str, Any]:
    """All columns with their plain defaults, so that the row need not be read back."""
    return _plain_row(model) | values


@cache
def _plain_row(model: type[Model]) -> dict[str, Any]:
    return {
        column.name: column.default.arg if isinstance(column.default, ScalarElementColumnDefault) else None
        for column in table_of(model).columns
        if column.name != "id"
    }


def _known(model: type[Row], values: Mapping[str, Any], **related: Any) -> Row:
    """Hand a row that was just written to the session as if it had been read."""
    row = model()
    # Past the attributes, which would keep a history of each one.
    instance_dict(row).update(values)
    make_transient_to_detached(row)
    session: Session = db.session()
    stale = session.identity_map.get(identity_key(instance=row))
    if stale is not None:
        # An order that was rolled back in this session had the same number, which is free again.
        session.expunge(stale)
    session.add(row)
    for name, value in related.items():
        set_committed_value(row, name, value)
    return row
