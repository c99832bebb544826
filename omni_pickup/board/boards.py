"""The board: who waits, what has to be picked, what has to be handed over."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from flask import Blueprint, current_app, render_template, request
from flask_babel import get_locale
from markupsafe import Markup
from werkzeug.wrappers import Response

from omni_pickup import clock
from omni_pickup.board.addresses import order_address
from omni_pickup.board.fragments import show_live, store_key
from omni_pickup.board.guards import current_store
from omni_pickup.board.shared_views import shared_view
from omni_pickup.models.stores import Store
from omni_pickup.queries.picking.boards import (
    PickerLine,
    handoff_counts,
    late_to_stage,
    next_promise,
    picker_lines,
    to_do_counts,
)
from omni_pickup.queries.picking.pick_queues import PickRow, pick_queue
from omni_pickup.queries.picking.waiting_people import waiting_people
from omni_pickup.visitors import current_visitor

#: Orders of one walk, and how many the button offers at most.
WALK_SIZE = 6


def add_routes(blueprint: Blueprint) -> None:
    """Put this module's pages on the board."""
    blueprint.get("/")(show_board)


def show_board() -> Response:
    """The page, or what changed on it for htmx."""
    return show_live("board/board.html", "board/_board.html", _context)


def _context() -> dict[str, Any]:
    store, now, visitor = current_store(), clock.now(), current_visitor()
    # Whoever loads the whole page anew does so because something looked wrong.
    is_fragment = request.headers.get("HX-Request") == "true"
    shared = shared_view("board", store_key(), lambda: _shared(store, now)) if is_fragment else _shared(store, now)
    pickers: list[PickerLine] = shared["pickers"]
    mine = next((line.wave for line in pickers if visitor and line.staff_id == visitor.staff_id), None)
    return {**shared, "store": store, "now": now, "my_wave": mine}


def _shared(store: Store, now: datetime) -> dict[str, Any]:
    """What everybody in the store sees, the rows drawn already; nothing of it belongs to a session."""
    people, queue = waiting_people(store), pick_queue(store, now)
    facts = {
        "here": [person for person in people if person.here],
        "coming": [person for person in people if not person.here],
        "queue": queue,
        "walk": queue.rows[:WALK_SIZE],
        "pickers": picker_lines(store, now),
        "handoff": handoff_counts(store, now),
        "to_do": to_do_counts(store, now),
        "late_to_stage": late_to_stage(store, now),
        "next_promise": next_promise(store, now),
    }
    # The template escapes what it is given; its own HTML is put into the page as it is.
    drawn = render_template("board/_pick_rows.html", store=store, draw_row=partial(_draw_row, store), **facts)
    return {**facts, "pick_rows": Markup(drawn)}  # noqa: S704


def _draw_row(store: Store, row: PickRow) -> Markup:
    """A row is drawn anew when something of it changed, such as its minutes; after most events nothing did."""
    macros: Any = current_app.jinja_env.get_template("macros/floor.html").module
    key = (row, store.timezone, str(get_locale()))
    return shared_view("row", key, lambda: Markup(macros.pick_row(row, store, order_address(row.number))))  # noqa: S704
