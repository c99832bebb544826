"""The other end of a transfer: what arrived, and what a person gives up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from omni_pickup import clock
from omni_pickup.errors import Forbidden, WrongState
from omni_pickup.models.actors import Actor
from omni_pickup.models.transfers import Transfer
from omni_pickup.queries.orders import get_order_by_key
from omni_pickup.queries.transfers import in_transit
from omni_pickup.services import transfer_orders, transfer_tasks
from omni_pickup.services.order_states import settle_order
from omni_pickup.services.stock_moves import move_stock
from omni_pickup.services.transfer_steps import (
    both_sides,
    cause_of,
    checked_pieces,
    close_when_empty,
    in_lock_order,
    move_transfer,
    record_transfer,
    tell_order,
)


def receive_transfer(
    transfer: Transfer, quantities: Mapping[int, int], *, by: Actor, at: datetime | None = None
) -> Transfer:
    """The pieces, by transfer line id, have arrived; the rest stays in transit until it comes or is written off.

    Pieces that an order line still waits for are reserved and its line opens again; all others are free stock.
    Raises Invalid for more than is in transit and WrongState when nothing was shipped.
    """
    if transfer.state not in ("shipped", "received"):
        raise WrongState(f"This transfer is {transfer.state}.", state=transfer.state)
    arrived = checked_pieces(transfer, quantities, in_transit)
    move_transfer(transfer, "received")
    order = None if transfer.order_id is None else get_order_by_key(transfer.order_id)
    reopened = {
        line.id: transfer_orders.reopen_line(order, line.order_line_id, pieces=arrived.get(line.id, 0), by=by)
        for line in transfer.lines
    }
    for line in transfer.lines:
        line.received += arrived.get(line.id, 0)
    for store_id, line in both_sides(transfer):
        if pieces := arrived.get(line.id, 0):
            here = store_id == transfer.destination_store_id
            deltas = {"on_hand": pieces, "reserved": reopened[line.id]} if here else {"in_transit": -pieces}
            cause = cause_of("transfer_received", transfer, line, by=by, at=at)
            move_stock(store_id, line.item_id, cause=cause, **deltas)
    transfer.received_at = transfer.received_at or at or clock.now()
    close_when_empty(transfer)
    transfer_tasks.count_received(transfer, pieces=sum(arrived.values()), by=by)
    record_transfer(transfer, "transfer.received", by=by, at=at)
    if order is not None:
        settle_order(order, by=by, occurred_at=at)
    return transfer


def write_off_transfer(
    transfer: Transfer, quantities: Mapping[int, int], *, reason: str, by: Actor, at: datetime | None = None
) -> Transfer:
    """A person gives up pieces that never arrived; the order that waited for them is asked again.

    Raises Forbidden when nobody signs for it by name, Invalid for more than is in transit.
    """
    if by.staff_id is None:
        raise Forbidden("A person has to write goods off by name.")
    if transfer.state not in ("shipped", "received"):
        raise WrongState(f"This transfer is {transfer.state}.", state=transfer.state)
    lost = checked_pieces(transfer, quantities, in_transit)
    for line in in_lock_order(transfer):
        pieces = lost.get(line.id, 0)
        if pieces:
            line.written_off += pieces
            cause = cause_of("transfer_written_off", transfer, line, by=by, at=at, reason=reason)
            move_stock(transfer.source_store_id, line.item_id, cause=cause, in_transit=-pieces)
    close_when_empty(transfer)
    if transfer.closed_at is not None:
        move_transfer(transfer, "written_off")
    transfer_tasks.forget_pieces(transfer, pieces=sum(lost.values()), by=by)
    record_transfer(transfer, "transfer.written_off", by=by, at=at)
    tell_order(transfer, lost, by=by)
    return transfer
