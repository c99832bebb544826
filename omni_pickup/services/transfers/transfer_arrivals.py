"""The other end of a transfer: what arrived and how, and what comes back or is given up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter

from omni_pickup import clock
from omni_pickup.errors import Forbidden, Invalid, WrongState
from omni_pickup.models.actors import Actor
from omni_pickup.models.transfers import Transfer, TransferLine
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.rules.sentences import sentence
from omni_pickup.services.meanings import MOST_PIECES
from omni_pickup.services.order_states import settle_order
from omni_pickup.services.stock.stock_deficits import recheck_deficit
from omni_pickup.services.stock.stock_moves import move_stock
from omni_pickup.services.transfers import transfer_orders, transfer_tasks
from omni_pickup.services.transfers.transfer_steps import (
    both_sides,
    cause_of,
    checked_pieces,
    close_when_empty,
    in_lock_order,
    move_transfer,
    record_transfer,
    tell_order,
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Pieces by transfer line id: `arrived` of what is in transit, `damaged` ones among them, `surplus` besides.

    A surplus is more than the sender said; it is told apart, because a number that is too high is mostly a second
    tap on a page that is out of date.
    """

    arrived: Mapping[int, int]
    damaged: Mapping[int, int] = field(default_factory=dict)
    surplus: Mapping[int, int] = field(default_factory=dict)

    def sound(self, line: TransferLine) -> int:
        """Pieces of the line that were sent, came and can be sold."""
        return self.arrived.get(line.id, 0) - self.damaged.get(line.id, 0)


def receive_transfer(
    transfer: Transfer,
    quantities: Mapping[int, int],
    *,
    damaged: Mapping[int, int] | None = None,
    surplus: Mapping[int, int] | None = None,
    by: Actor,
    at: datetime | None = None,
) -> Transfer:
    """The pieces, by transfer line id, have arrived; the rest stays in transit until it comes or is written off.

    Pieces that an order line still waits for are reserved and its line opens again; all others are free stock.
    `damaged` ones among them go to quarantine, and whoever waited for them is asked again. `surplus` pieces, more
    than the sender said, are on hand here, and the sender counts what it has left. Raises Invalid for more than
    is in transit and WrongState when nothing was shipped or nothing is on its way any more.
    """
    if transfer.state not in ("shipped", "received") or transfer.closed_at is not None:
        raise WrongState(sentence("This transfer is %(state)s.", state=transfer.state), state=transfer.state)
    arrival = Arrival(checked_pieces(transfer, quantities, attrgetter("in_transit")), damaged or {}, surplus or {})
    _check(transfer, arrival)
    move_transfer(transfer, "received")
    order = None if transfer.order_id is None else get_order_by_key(transfer.order_id)
    reopened = {
        line.id: transfer_orders.reopen_line(order, line.order_line_id, pieces=arrival.sound(line), by=by)
        for line in transfer.lines
    }
    for line in transfer.lines:
        line.received += arrival.arrived.get(line.id, 0)
        line.damaged += arrival.damaged.get(line.id, 0)
        line.surplus += arrival.surplus.get(line.id, 0)
    _move_arrived(transfer, arrival, reopened, by=by, at=at)
    transfer.received_at = transfer.received_at or at or clock.now()
    close_when_empty(transfer)
    transfer_tasks.count_received(transfer, pieces=sum(arrival.arrived.values()), by=by)
    transfer_tasks.ask_for_counts(transfer, [line for line in transfer.lines if arrival.surplus.get(line.id)], by=by)
    record_transfer(transfer, "transfer.received", by=by, at=at)
    if order is not None:
        tell_order(transfer, arrival.damaged, by=by)
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
    lost = _on_its_way(transfer, quantities)
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


def turn_back_transfer(
    transfer: Transfer, quantities: Mapping[int, int], *, reason: str, by: Actor, at: datetime | None = None
) -> Transfer:
    """Pieces that were sent are back at the source: never loaded, not accepted, or sent by mistake.

    They are on hand there again, and an order that waited for them is asked again. Raises Invalid for more than is
    in transit and WrongState when nothing is on its way.
    """
    back = _on_its_way(transfer, quantities)
    for line in in_lock_order(transfer):
        pieces = back.get(line.id, 0)
        if pieces:
            line.turned_back += pieces
            cause = cause_of("transfer_turned_back", transfer, line, by=by, at=at, reason=reason)
            move_stock(transfer.source_store_id, line.item_id, cause=cause, in_transit=-pieces, on_hand=pieces)
            recheck_deficit(transfer.source_store_id, line.item_id, by=by)
    close_when_empty(transfer)
    if transfer.closed_at is not None and transfer.state == "shipped":
        move_transfer(transfer, "turned_back")
    transfer_tasks.forget_pieces(transfer, pieces=sum(back.values()), by=by)
    record_transfer(transfer, "transfer.turned_back", by=by, at=at)
    tell_order(transfer, back, by=by)
    return transfer


def _on_its_way(transfer: Transfer, quantities: Mapping[int, int]) -> dict[int, int]:
    if transfer.state not in ("shipped", "received"):
        raise WrongState(sentence("This transfer is %(state)s.", state=transfer.state), state=transfer.state)
    return checked_pieces(transfer, quantities, attrgetter("in_transit"))


def _check(transfer: Transfer, arrival: Arrival) -> None:
    """Only a line of this transfer can be damaged or too much, and no more can be damaged than arrived."""
    lines = {line.id for line in transfer.lines}
    if not lines >= {*arrival.damaged, *arrival.surplus}:
        raise Invalid.at("/lines", "This transfer has no such line.")
    if any(not 0 <= pieces <= arrival.arrived.get(line_id, 0) for line_id, pieces in arrival.damaged.items()):
        raise Invalid.at("/lines", "Only pieces that arrived can be damaged.")
    if any(not 0 <= pieces <= MOST_PIECES for pieces in arrival.surplus.values()):
        raise Invalid.at("/lines", sentence("Between 0 and %(most)s pieces can have come besides.", most=MOST_PIECES))


def _move_arrived(
    transfer: Transfer, arrival: Arrival, reopened: Mapping[int, int], *, by: Actor, at: datetime | None
) -> None:
    for store_id, line in both_sides(transfer):
        arrived, more = arrival.arrived.get(line.id, 0), arrival.surplus.get(line.id, 0)
        if not arrived and not more:
            continue
        cause = cause_of("transfer_received", transfer, line, by=by, at=at)
        if store_id == transfer.destination_store_id:
            deltas = {
                "on_hand": arrival.sound(line) + more,
                "quarantine": arrival.damaged.get(line.id, 0),
                "reserved": reopened[line.id],
            }
            move_stock(store_id, line.item_id, cause=cause, **deltas)
            recheck_deficit(store_id, line.item_id, by=by)
        elif arrived:
            move_stock(store_id, line.item_id, cause=cause, in_transit=-arrived)
