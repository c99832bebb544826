"""What every step of a transfer needs: its checks, its one mover, the order of locks, its event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from omni_pickup import clock
from omni_pickup.errors import Invalid, WrongState
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order
from omni_pickup.models.stores import Store
from omni_pickup.models.transfers import Transfer, TransferLine
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.queries.stock.transfers import transfer_shape
from omni_pickup.rules.lifecycle import TRANSFER_MOVES, may_move
from omni_pickup.rules.sentences import sentence
from omni_pickup.services import events
from omni_pickup.services.order_states import settle_order
from omni_pickup.services.stock.stock_levels import record_levels
from omni_pickup.services.stock.stock_moves import Cause
from omni_pickup.services.transfers import transfer_orders


def checked_pieces(
    transfer: Transfer, quantities: Mapping[int, int], allowed: Callable[[TransferLine], int]
) -> dict[int, int]:
    """The pieces by line id, each within what its line allows, at least one in all. Raises Invalid."""
    lines = {line.id: line for line in transfer.lines}
    for line_id, pieces in quantities.items():
        if line_id not in lines:
            raise Invalid.at("/lines", "This transfer has no such line.")
        if not 0 <= pieces <= allowed(lines[line_id]):
            raise Invalid.at(
                "/lines",
                sentence("Between 0 and %(most)s pieces of this line are possible.", most=allowed(lines[line_id])),
            )
    if not any(quantities.values()):
        raise Invalid.at("/lines", "At least one piece is needed.")
    return dict(quantities)


def move_transfer(transfer: Transfer, state: str) -> None:
    """One step of the lifecycle. Raises WrongState."""
    if not may_move(TRANSFER_MOVES, transfer.state, state):
        raise WrongState(
            sentence("A transfer that is %(state)s cannot become %(after)s.", state=transfer.state, after=state),
            state=transfer.state,
        )
    transfer.state = state


def close_when_empty(transfer: Transfer) -> None:
    """A transfer of which nothing is on its way any more is over."""
    if not any(line.in_transit for line in transfer.lines):
        transfer.closed_at = clock.now()


def in_lock_order(transfer: Transfer) -> list[TransferLine]:
    """Its lines in the order in which one store's stock rows are locked."""
    return sorted(transfer.lines, key=lambda line: line.item_id)


def both_sides(transfer: Transfer) -> list[tuple[int, TransferLine]]:
    """Each line at its source and at its destination, in the order in which stock rows are locked."""
    stores = (transfer.source_store_id, transfer.destination_store_id)
    return sorted(
        ((store_id, line) for store_id in stores for line in transfer.lines), key=lambda one: (one[0], one[1].item_id)
    )


def cause_of(
    kind: str, transfer: Transfer, line: TransferLine, *, by: Actor, at: datetime | None, reason: str | None = None
) -> Cause:
    """What a movement of this line was for."""
    return Cause(
        kind,
        by,
        reason=reason or transfer.reason,
        order_id=transfer.order_id,
        order_line_id=line.order_line_id,
        transfer_id=transfer.id,
        occurred_at=at,
    )


def tell_order(transfer: Transfer, missing: Mapping[int, int], *, by: Actor) -> None:
    """The order that waited for these pieces, by transfer line id, will not get them from this transfer."""
    if transfer.order_id is None:
        return
    order = get_order_by_key(transfer.order_id)
    for line in transfer.lines:
        transfer_orders.ask_again(order, line.order_line_id, pieces=missing.get(line.id, 0), by=by)
    settle_order(order, by=by)


def record_transfer(transfer: Transfer, type_: str, *, by: Actor, at: datetime | None) -> None:
    """Record an event with the transfer's shape, and the levels that it changed; an arrival is the destination's, all
    else the source's.
    """
    db.session.flush()
    store_id = transfer.destination_store_id if type_ == "transfer.received" else transfer.source_store_id
    order = None if transfer.order_id is None else db.session.get(Order, transfer.order_id)
    events.record(
        type_,
        by=by,
        data=transfer_shape(transfer),
        store_id=store_id,
        order_id=transfer.order_id,
        owner_client_id=None if order is None else order.client_id,
        occurred_at=at,
    )
    items = [db.session.get_one(Item, item_id) for item_id in sorted({line.item_id for line in transfer.lines})]
    record_levels(db.session.get_one(Store, store_id), items, by=by)
