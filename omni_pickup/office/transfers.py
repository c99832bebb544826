"""Transfers from the office: send, count in, call off, and write off by name."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from omni_pickup import clock
from omni_pickup.errors import Invalid, NotFound
from omni_pickup.models import transaction
from omni_pickup.models.stores import Store
from omni_pickup.models.transfers import Transfer
from omni_pickup.office.guards import current_store
from omni_pickup.office.outcomes import done_here, whole_number
from omni_pickup.pages import show, show_refused
from omni_pickup.queries.picking.boards import to_do_counts
from omni_pickup.queries.picking.task_lists import items_of_transfers
from omni_pickup.queries.stock.transfers import get_transfer, open_transfers
from omni_pickup.queries.stores.stores import stores_by_id
from omni_pickup.services.transfers.transfer_arrivals import receive_transfer, turn_back_transfer, write_off_transfer
from omni_pickup.services.transfers.transfers import cancel_transfer, ship_transfer
from omni_pickup.visitors import current_actor


def add_routes(blueprint: Blueprint) -> None:
    """Put this module's pages in the office."""
    blueprint.get("/<store_code>/transfers")(show_transfers)
    blueprint.post("/<store_code>/transfers/<transfer>/ship")(ship)
    blueprint.post("/<store_code>/transfers/<transfer>/receive")(receive)
    blueprint.post("/<store_code>/transfers/<transfer>/write-off")(write_off)
    blueprint.post("/<store_code>/transfers/<transfer>/turn-back")(turn_back)
    blueprint.post("/<store_code>/transfers/<transfer>/cancel")(call_off)


def show_transfers() -> Response:
    """What this store has to send, has sent, or waits for."""
    return show("office/transfers.html", **_context(current_store()))


def ship(transfer: str) -> Response:
    """The goods have left; only the sending store says so."""
    try:
        with transaction("ship_transfer"):
            found = _transfer(transfer, "source_store_id")
            ship_transfer(found, _pieces(found), by=current_actor())
    except Invalid as error:
        return _refused(error, transfer)
    return done_here(_("Sent."), "office.show_transfers")


def receive(transfer: str) -> Response:
    """Goods have come; only the store that gets them counts them in."""
    try:
        with transaction("receive_transfer"):
            found = _transfer(transfer, "destination_store_id")
            damaged, surplus = (_pieces(found, name) for name in ("damaged", "surplus"))
            receive_transfer(found, _pieces(found), damaged=damaged, surplus=surplus, by=current_actor())
    except Invalid as error:
        return _refused(error, transfer)
    return done_here(_("Counted in."), "office.show_transfers")


def write_off(transfer: str) -> Response:
    """Goods that never came: the person who is signed in gives them up by name."""
    try:
        with transaction("write_off_transfer"):
            found = _transfer(transfer, "source_store_id", "destination_store_id")
            write_off_transfer(found, _pieces(found), reason=_reason(), by=current_actor())
    except Invalid as error:
        return _refused(error, transfer)
    return done_here(_("Written off."), "office.show_transfers")


def turn_back(transfer: str) -> Response:
    """Goods that were said to be sent are still here, or here again; only the sending store says so."""
    try:
        with transaction("turn_back_transfer"):
            found = _transfer(transfer, "source_store_id")
            turn_back_transfer(found, _pieces(found), reason=_reason(), by=current_actor())
    except Invalid as error:
        return _refused(error, transfer)
    return done_here(_("The pieces are on hand here again."), "office.show_transfers")


def call_off(transfer: str) -> Response:
    """Take a request back before anything was sent; either store may."""
    with transaction("cancel_transfer"):
        found = _transfer(transfer, "source_store_id", "destination_store_id")
        cancel_transfer(found, reason="called off by a manager", by=current_actor())
    return done_here(_("The request is taken back."), "office.show_transfers")


def _transfer(public_id: str, *ends: str) -> Transfer:
    """A transfer with this store at one of the `ends`. Raises NotFound."""
    transfer = get_transfer(public_id)
    if current_store().id not in {getattr(transfer, end) for end in ends}:
        raise NotFound("There is no such transfer here.")
    return transfer


def _pieces(transfer: Transfer, name: str = "line") -> dict[int, int]:
    return {line.id: whole_number(f"{name}_{line.id}", missing=0) for line in transfer.lines}


def _reason() -> str:
    reason = request.form.get("reason", "").strip()[:200]
    if not reason:
        raise Invalid.at("/reason", "Say why.")
    return reason


def _refused(error: Invalid, transfer: str) -> Response:
    context = _context(current_store())
    return show_refused("office/transfers.html", error, wrong_transfer=transfer, **context)


def _context(store: Store) -> dict[str, Any]:
    transfers = open_transfers(store)
    ends = {end for one in transfers for end in (one.source_store_id, one.destination_store_id)}
    return {
        "store": store,
        "kind": "transfers",
        "to_do": to_do_counts(store, clock.now()),
        "transfers": transfers,
        "stores": stores_by_id(ends),
        "goods": items_of_transfers(transfers),
        "left_to_send": attrgetter("requested"),
        "left_to_come": attrgetter("in_transit"),
    }
