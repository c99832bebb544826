"""Goods on their way between two stores: finding them, and the shape in which history sees them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select

from omni_pickup.errors import NotFound
from omni_pickup.models.base import db, is_writing
from omni_pickup.models.floors import enter_floors_of
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order
from omni_pickup.models.stores import Store
from omni_pickup.models.transfers import Transfer, TransferLine
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.queries.shapes import instant_shape


def get_transfer(public_id: str) -> Transfer:
    """The transfer with its lines; inside a transaction its row is locked. Raises NotFound."""
    statement = select(Transfer).where(Transfer.public_id == public_id)
    if is_writing():
        enter_floors_of(statement.with_only_columns(Transfer.source_store_id, Transfer.destination_store_id))
        # The order's row is locked first, as whoever changes an order and then its transfers does.
        order_id = db.session.scalar(statement.with_only_columns(Transfer.order_id))
        if order_id is not None:
            get_order_by_key(order_id)
        statement = statement.with_for_update(of=Transfer, key_share=True).execution_options(populate_existing=True)
    transfer = db.session.scalars(statement).one_or_none()
    if transfer is None:
        raise NotFound("There is no such transfer here.")
    return transfer


def transfers_of_order(order_id: int) -> Sequence[Transfer]:
    """Every transfer that was asked for this order, oldest first."""
    return db.session.scalars(select(Transfer).where(Transfer.order_id == order_id).order_by(Transfer.id)).all()


def open_transfers(store: Store) -> Sequence[Transfer]:
    """What this store has to send, has sent or waits for, the oldest first."""
    return db.session.scalars(
        select(Transfer)
        .where(
            or_(Transfer.source_store_id == store.id, Transfer.destination_store_id == store.id),
            Transfer.state.in_(("requested", "shipped", "received")),
            Transfer.closed_at.is_(None),
        )
        .order_by(Transfer.id)
    ).all()


def transfer_shape(transfer: Transfer) -> dict[str, Any]:
    """The public shape, in pieces, with times in the source store's offset."""
    source = db.session.get_one(Store, transfer.source_store_id)
    destination = db.session.get_one(Store, transfer.destination_store_id)
    return {
        "id": transfer.public_id,
        "state": transfer.state,
        "source": source.code,
        "destination": destination.code,
        "order": _order_public_id(transfer.order_id),
        "reason": transfer.reason,
        "lines": [_line_shape(line) for line in transfer.lines],
        "timestamps": {
            name: instant_shape(getattr(transfer, f"{name}_at"), source.timezone)
            for name in ("requested", "shipped", "received", "closed")
        },
    }


def _line_shape(line: TransferLine) -> dict[str, Any]:
    return {
        "sku": db.session.get_one(Item, line.item_id).sku,
        "requested": line.requested,
        "shipped": line.shipped,
        "received": line.received,
        "damaged": line.damaged,
        "surplus": line.surplus,
        "turned_back": line.turned_back,
        "written_off": line.written_off,
        "in_transit": line.in_transit,
    }


def _order_public_id(order_id: int | None) -> str | None:
    return None if order_id is None else db.session.scalar(select(Order.public_id).where(Order.id == order_id))
