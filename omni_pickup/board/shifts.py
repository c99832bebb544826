"""The end of a shift: one list of what is open, and a colleague who goes on with it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from werkzeug.wrappers import Response

from omni_pickup import clock
from omni_pickup.board.guards import current_store
from omni_pickup.errors import Unauthenticated
from omni_pickup.pages import show
from omni_pickup.queries.picking.shift_lists import shift_list
from omni_pickup.queries.promises.opening_hours import hours_of
from omni_pickup.queries.stores.staff import staff_of_store
from omni_pickup.visitors import current_visitor


def add_routes(blueprint: Blueprint) -> None:
    """Put this module's pages on the board."""
    blueprint.get("/shift")(show_shift)


def show_shift() -> Response:
    """What is open in the store, what of it is mine, and the way out."""
    return show("board/shift.html", **_context())


def _context() -> dict[str, Any]:
    store, now, visitor = current_store(), clock.now(), current_visitor()
    if visitor is None:
        raise Unauthenticated
    hours = hours_of(store)
    closes = hours.closing_of(hours.local_day(now))
    return {
        "store": store,
        "now": now,
        "closes": closes,
        "open": shift_list(store, visitor.staff_id, before=closes or now),
        "colleagues": [person for person in staff_of_store(store) if person.id != visitor.staff_id],
    }
