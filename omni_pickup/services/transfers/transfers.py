"""Goods sent from one store to another: requested, shipped, taken back; `transfer_arrivals` has the other end.

Requested pieces are reserved at the source. Shipped pieces leave the source's on hand and are kept as `in_transit`
on the *source's* level, which answers for them until they arrive or a person writes them off by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from omni_pickup import clock, keys
from omni_pickup.errors import InsufficientStock, Invalid
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.models.stores import Store
from omni_pickup.models.transfers import Transfer, TransferLine
from omni_pickup.queries.stock.transfers import transfers_of_order
from omni_pickup.services.stock.stock_deficits import recheck_deficit
from omni_pickup.services.stock.stock_moves import Cause, move_stock, reserve_pieces
from omni_pickup.services.transfers import transfer_tasks
from omni_pickup.services.transfers.transfer_steps import (
    cause_of,
    checked_pieces,
    in_lock_order,
    move_transfer,
    record_transfer,
    tell_order,
)


@dataclass(frozen=True, slots=True)
class Wish:
    """Pieces of one item to be sent; `order_line_id` is the line that waits for them."""

    item_id: int
    pieces: int
    order_line_id: int | None = None


def request_transfer(
    source: Store,
    destination: Store,
    lines: Sequence[Wish],
    *,
    order: Order | None = None,
    reason: str,
    by: Actor,
    at: datetime | None = None,
) -> Transfer:
    """Reserve the pieces at the source and ask its staff to send them.

    Raises Invalid for an empty or impossible wish and InsufficientStock, with `lines`, when the source cannot
    promise all of it.
    """
    if source.id == destination.id:
        raise Invalid.at("/destination", "Goods are sent to another store.")
    if not lines or any(wish.pieces < 1 for wish in lines):
        raise Invalid.at("/lines", "A transfer needs at least one piece of each line.")
    transfer = Transfer(
        public_id=keys.new_id("trf"),
        source_store_id=source.id,
        destination_store_id=destination.id,
        order_id=None if order is None else order.id,
        reason=reason,
        requested_at=at or clock.now(),
        lines=[
            TransferLine(item_id=wish.item_id, order_line_id=wish.order_line_id, requested=wish.pieces)
            for wish in lines
        ],
    )
    db.session.add(transfer)
    db.session.flush()
    _reserve_at_source(transfer, by=by, at=at)
    transfer_tasks.open_ship_task(transfer, by=by)
    record_transfer(transfer, "transfer.requested", by=by, at=at)
    return transfer


def ship_transfer(
    transfer: Transfer, quantities: Mapping[int, int], *, by: Actor, at: datetime | None = None
) -> Transfer:
    """The pieces, by transfer line id, have left the source store.

    What was requested and is not shipped is let go of, and an order that waited for it is asked again. A second
    tap answers quietly. Raises Invalid for more than was requested or nothing at all, WrongState when the request
    was cancelled.
    """
    if transfer.state in ("shipped", "received"):
        return transfer
    given = checked_pieces(transfer, quantities, lambda line: line.requested)
    move_transfer(transfer, "shipped")
    for line in in_lock_order(transfer):
        line.shipped = given.get(line.id, 0)
        cause = cause_of("transfer_shipped", transfer, line, by=by, at=at)
        move_stock(
            transfer.source_store_id,
            line.item_id,
            cause=cause,
            on_hand=-line.shipped,
            reserved=-line.requested,
            in_transit=line.shipped,
        )
        recheck_deficit(transfer.source_store_id, line.item_id, by=by)
    transfer.shipped_at = at or clock.now()
    transfer_tasks.close_ship_task(transfer, by=by)
    transfer_tasks.open_receive_task(transfer, by=by)
    record_transfer(transfer, "transfer.shipped", by=by, at=at)
    tell_order(transfer, {line.id: line.requested - line.shipped for line in transfer.lines}, by=by)
    return transfer


def cancel_transfer(transfer: Transfer, *, reason: str, by: Actor, at: datetime | None = None) -> Transfer:
    """Take back a request before anything was shipped; a cancelled one stays as it is. Raises WrongState."""
    if transfer.state == "cancelled":
        return transfer
    _call_off(transfer, reason=reason, by=by, at=at)
    tell_order(transfer, {line.id: line.requested for line in transfer.lines}, by=by)
    return transfer


def drop_order_transfers(
    order: Order, *, reason: str, by: Actor, at: datetime | None = None
) -> list[tuple[OrderLine, int]]:
    """The order no longer wants what it waits for; returns its lines and the pieces that they waited for.

    Requests are taken back; goods on their way arrive as free stock.
    """
    waiting = {line.id: line for line in order.lines}
    given_up: list[tuple[OrderLine, int]] = []
    for transfer in transfers_of_order(order.id):
        requested = transfer.state == "requested"
        for line in transfer.lines:
            pieces = line.requested if requested else line.in_transit
            if line.order_line_id in waiting and pieces:
                given_up.append((waiting[line.order_line_id], pieces))
                line.order_line_id = None
        if requested:
            _call_off(transfer, reason=reason, by=by, at=at)
    db.session.flush()
    return given_up


def _call_off(transfer: Transfer, *, reason: str, by: Actor, at: datetime | None) -> None:
    move_transfer(transfer, "cancelled")
    for line in in_lock_order(transfer):
        cause = cause_of("transfer_cancelled", transfer, line, by=by, at=at, reason=reason)
        move_stock(transfer.source_store_id, line.item_id, cause=cause, reserved=-line.requested)
        recheck_deficit(transfer.source_store_id, line.item_id, by=by)
    transfer.closed_at = at or clock.now()
    transfer_tasks.drop_ship_task(transfer, by=by)
    record_transfer(transfer, "transfer.cancelled", by=by, at=at)


def _reserve_at_source(transfer: Transfer, *, by: Actor, at: datetime | None) -> None:
    wanted: dict[int, int] = {}
    for line in transfer.lines:
        wanted[line.item_id] = wanted.get(line.item_id, 0) + line.requested
    cause = Cause(
        "transfer_requested", by, order_id=transfer.order_id, transfer_id=transfer.id, occurred_at=at or clock.now()
    )
    given = reserve_pieces(transfer.source_store_id, wanted, cause=cause)
    lacking = [
        {"sku": db.session.get_one(Item, item_id).sku, "requested": pieces}
        for item_id, pieces in wanted.items()
        if given[item_id] < pieces
    ]
    if lacking:
        raise InsufficientStock("The sending store does not have enough.", lines=lacking)
