"""The board: who waits, what has to be picked, what has to be handed over."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from werkzeug.wrappers import Response

from omni_pickup import clock
from omni_pickup.board.fragments import show_live
from omni_pickup.board.guards import current_store
from omni_pickup.queries.boards import handoff_counts, next_promise, picker_lines, to_do_counts
from omni_pickup.queries.pick_queues import pick_queue
from omni_pickup.queries.waiting_people import waiting_people
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
    people = waiting_people(store)
    queue = pick_queue(store, now)
    pickers = picker_lines(store, now)
    mine = next((line.wave for line in pickers if visitor and line.staff_id == visitor.staff_id), None)
    return {
        "store": store,
        "now": now,
        "here": [person for person in people if person.here],
        "coming": [person for person in people if not person.here],
        "queue": queue,
        "walk": queue.rows[:WALK_SIZE],
        "pickers": pickers,
        "my_wave": mine,
        "handoff": handoff_counts(store, now),
        "to_do": to_do_counts(store, now),
        "next_promise": next_promise(store, now),
    }
