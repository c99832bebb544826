"""Somebody is here and nobody goes: every open screen of the store says so, one of them aloud."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from flask import Blueprint, jsonify
from werkzeug.wrappers import Response

from omni_pickup import clock
from omni_pickup.board.addresses import handoff_address, order_address
from omni_pickup.board.guards import current_tablet
from omni_pickup.board.shared_views import shared_view
from omni_pickup.models import db
from omni_pickup.models.stores import Store
from omni_pickup.queries.picking.boards import floor_version
from omni_pickup.queries.picking.waiting_people import untaken, waiting_people
from omni_pickup.queries.stores.devices import sounding_device


@dataclass(frozen=True, slots=True)
class Alarm:
    """Who waits for somebody to go, longest first, and the tablet that rings for the store; None means all of them.

    `tag` is another one when any of that is; it names nobody.
    """

    waiting: list[dict[str, str | None]]
    sounding: int | None
    tag: str


def add_routes(blueprint: Blueprint) -> None:
    """Put the alarm on the board."""
    blueprint.get("/alarm")(show_alarm)


def show_alarm() -> Response:
    """Who waits, and whether this tablet is the one that rings."""
    tablet = current_tablet()
    alarm = alarm_of(tablet.store_id)
    return jsonify(waiting=alarm.waiting, rings=alarm.sounding in (None, tablet.id), tag=alarm.tag)


def alarm_of(store_id: int) -> Alarm:
    """Read once after each change and in each minute for all tablets of the store."""
    key = (store_id, floor_version(store_id), clock.now().strftime("%d%H%M"))
    return shared_view("alarm", key, lambda: _read_alarm(db.session.get_one(Store, store_id)))


def _read_alarm(store: Store) -> Alarm:
    waiting: list[dict[str, str | None]] = [
        {
            "order": one.number,
            "name": one.name,
            "bay": one.bay,
            "since": one.at.isoformat(),
            "address": handoff_address(one.order_id) if one.state == "ready" else order_address(one.number),
        }
        for one in untaken(waiting_people(store))
    ]
    sounding = sounding_device(store, clock.now())
    known = json.dumps([waiting, sounding])
    return Alarm(waiting, sounding, hashlib.sha256(known.encode()).hexdigest()[:16])
