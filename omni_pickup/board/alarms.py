"""Somebody is here and nobody goes: every open screen of the store says so, one of them aloud."""

from __future__ import annotations

from flask import Blueprint, jsonify, url_for
from werkzeug.wrappers import Response

from omni_pickup import clock
from omni_pickup.board.addresses import handoff_address, order_address
from omni_pickup.board.guards import current_store, need_device
from omni_pickup.queries.picking.waiting_people import untaken, waiting_people
from omni_pickup.queries.stores.devices import sounding_device


def add_routes(blueprint: Blueprint) -> None:
    """Put the alarm on the board."""
    blueprint.get("/alarm")(show_alarm)


def show_alarm() -> Response:
    """Who waits for somebody to go, longest first, and whether this tablet is the one that rings for the store."""
    store, device = current_store(), need_device()
    waiting = [
        {
            "order": one.number,
            "name": one.name,
            "bay": one.bay,
            "since": one.at.isoformat(),
            "address": handoff_address(one.order_id) if one.state == "ready" else order_address(one.number),
        }
        for one in untaken(waiting_people(store))
    ]
    rings = sounding_device(store, clock.now()) in (None, device.id)
    return jsonify(waiting=waiting, rings=rings, board=url_for("board.show_board"))
