"""Goods sent from one store to another: requested, shipped, received, and what never arrived.

Requested pieces are reserved at the source. Shipped pieces leave the source's on hand and are kept as `in_transit`
on the *source's* level, which answers for them until they arrive or a person writes them off by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from omni_pickup import clock, keys
from omni_pickup.errors import Forbidden, InsufficientStock, Invalid, WrongState
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.models.stores import Store
from omni_pickup.models.transfers import Transfer, TransferLine
from omni_pickup.queries.orders import get_order_by_key
from omni_pickup.queries.transfers import in_transit, transfer_shape, transfers_of_order
from omni_pickup.rules.lifecycle import TRANSFER_MOVES, may_move
from omni_pickup.services import events, transfer_orders, transfer_tasks
from omni_pickup.services.order_states import settle_order
from omni_pickup.services.stock_moves import Cause, move_stock, reserve_pieces


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
    _record(transfer, "transfer.requested", by=by, at=at)
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
    given = _checked(transfer, quantities, lambda line: line.requested)
    _move(transfer, "shipped")
    for line in _in_lock_order(transfer):
        line.shipped = given.get(line.id, 0)
        cause = _cause("transfer_shipped", transfer, line, by=by, at=at)
        move_stock(
            transfer.source_store_id,
            line.item_id,
            cause=cause,
            on_hand=-line.shipped,
            reserved=-line.requested,
            in_transit=line.shipped,
        )
    transfer.shipped_at = at or clock.now()
    transfer_tasks.close_ship_task(transfer, by=by)
    transfer_tasks.open_receive_task(transfer, by=by)
    _record(transfer, "transfer.shipped", by=by, at=at)
    _tell_order(transfer, {line.id: line.requested - line.shipped for line in transfer.lines}, by=by)
    return transfer


def receive_transfer(
    transfer: Transfer, quantities: Mapping[int, int], *, by: Actor, at: datetime | None = None
) -> Transfer:
    """The pieces, by transfer line id, have arrived; the rest stays in transit until it comes or is written off.

    Pieces that an order line still waits for are reserved and its line opens again; all others are free stock.
    Raises Invalid for more than is in transit and WrongState when nothing was shipped.
    """
    if transfer.state not in ("shipped", "received"):
        raise WrongState(f"This transfer is {transfer.state}.", state=transfer.state)
    arrived = _checked(transfer, quantities, in_transit)
    _move(transfer, "received")
    order = None if transfer.order_id is None else get_order_by_key(transfer.order_id)
    reopened = {
        line.id: transfer_orders.reopen_line(order, line.order_line_id, pieces=arrived.get(line.id, 0), by=by)
        for line in transfer.lines
    }
    for line in transfer.lines:
        line.received += arrived.get(line.id, 0)
    for store_id, line in _both_sides(transfer):
        if pieces := arrived.get(line.id, 0):
            here = store_id == transfer.destination_store_id
            deltas = {"on_hand": pieces, "reserved": reopened[line.id]} if here else {"in_transit": -pieces}
            cause = _cause("transfer_received", transfer, line, by=by, at=at)
            move_stock(store_id, line.item_id, cause=cause, **deltas)
    transfer.received_at = transfer.received_at or at or clock.now()
    _close_when_empty(transfer)
    transfer_tasks.count_received(transfer, pieces=sum(arrived.values()), by=by)
    _record(transfer, "transfer.received", by=by, at=at)
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
    lost = _checked(transfer, quantities, in_transit)
    for line in _in_lock_order(transfer):
        pieces = lost.get(line.id, 0)
        if pieces:
            line.written_off += pieces
            cause = _cause("transfer_written_off", transfer, line, by=by, at=at, reason=reason)
            move_stock(transfer.source_store_id, line.item_id, cause=cause, in_transit=-pieces)
    _close_when_empty(transfer)
    if transfer.closed_at is not None:
        _move(transfer, "written_off")
    transfer_tasks.forget_pieces(transfer, pieces=sum(lost.values()), by=by)
    _record(transfer, "transfer.written_off", by=by, at=at)
    _tell_order(transfer, lost, by=by)
    return transfer


def cancel_transfer(transfer: Transfer, *, reason: str, by: Actor, at: datetime | None = None) -> Transfer:
    """Take back a request before anything was shipped; a cancelled one stays as it is. Raises WrongState."""
    if transfer.state == "cancelled":
        return transfer
    _call_off(transfer, reason=reason, by=by, at=at)
    _tell_order(transfer, {line.id: line.requested for line in transfer.lines}, by=by)
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
            pieces = line.requested if requested else in_transit(line)
            if line.order_line_id in waiting and pieces:
                given_up.append((waiting[line.order_line_id], pieces))
                line.order_line_id = None
        if requested:
            _call_off(transfer, reason=reason, by=by, at=at)
    db.session.flush()
    return given_up


def _call_off(transfer: Transfer, *, reason: str, by: Actor, at: datetime | None) -> None:
    _move(transfer, "cancelled")
    for line in _in_lock_order(transfer):
        cause = _cause("transfer_cancelled", transfer, line, by=by, at=at, reason=reason)
        move_stock(transfer.source_store_id, line.item_id, cause=cause, reserved=-line.requested)
    transfer.closed_at = at or clock.now()
    transfer_tasks.drop_ship_task(transfer, by=by)
    _record(transfer, "transfer.cancelled", by=by, at=at)


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


def _checked(
    transfer: Transfer, quantities: Mapping[int, int], allowed: Callable[[TransferLine], int]
) -> dict[int, int]:
    """The pieces by line id, each within what its line allows, at least one in all."""
    lines = {line.id: line for line in transfer.lines}
    for line_id, pieces in quantities.items():
        if line_id not in lines:
            raise Invalid.at("/lines", "This transfer has no such line.")
        if not 0 <= pieces <= allowed(lines[line_id]):
            raise Invalid.at("/lines", f"Between 0 and {allowed(lines[line_id])} pieces of this line are possible.")
    if not any(quantities.values()):
        raise Invalid.at("/lines", "At least one piece is needed.")
    return dict(quantities)


def _move(transfer: Transfer, state: str) -> None:
    if not may_move(TRANSFER_MOVES, transfer.state, state):
        raise WrongState(f"A transfer that is {transfer.state} cannot become {state}.", state=transfer.state)
    transfer.state = state


def _close_when_empty(transfer: Transfer) -> None:
    if not any(in_transit(line) for line in transfer.lines):
        transfer.closed_at = clock.now()


def _in_lock_order(transfer: Transfer) -> list[TransferLine]:
    return sorted(transfer.lines, key=lambda line: line.item_id)


def _both_sides(transfer: Transfer) -> list[tuple[int, TransferLine]]:
    """Each line at its source and at its destination, in the order in which stock rows are locked."""
    stores = (transfer.source_store_id, transfer.destination_store_id)
    return sorted(
        ((store_id, line) for store_id in stores for line in transfer.lines), key=lambda one: (one[0], one[1].item_id)
    )


def _cause(
    kind: str, transfer: Transfer, line: TransferLine, *, by: Actor, at: datetime | None, reason: str | None = None
) -> Cause:
    return Cause(
        kind,
        by,
        reason=reason or transfer.reason,
        order_id=transfer.order_id,
        order_line_id=line.order_line_id,
        transfer_id=transfer.id,
        occurred_at=at,
    )


def _tell_order(transfer: Transfer, missing: Mapping[int, int], *, by: Actor) -> None:
    """The order that waited for these pieces, by transfer line id, will not get them from this transfer."""
    if transfer.order_id is None:
        return
    order = get_order_by_key(transfer.order_id)
    for line in transfer.lines:
        transfer_orders.ask_again(order, line.order_line_id, pieces=missing.get(line.id, 0), by=by)
    settle_order(order, by=by)


def _record(transfer: Transfer, type_: str, *, by: Actor, at: datetime | None) -> None:
    db.session.flush()
    order = None if transfer.order_id is None else db.session.get(Order, transfer.order_id)
    events.record(
        type_,
        by=by,
        data={"transfer": transfer_shape(transfer)},
        store_id=transfer.source_store_id,
        order_id=transfer.order_id,
        owner_client_id=None if order is None else order.client_id,
        occurred_at=at,
    )
