"""A walk through the shop: one stop at a time, drawn for the tablet in one page with all of its stops."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response

from omni_pickup import clock
from omni_pickup.board.fragments import show_live
from omni_pickup.board.guards import current_store
from omni_pickup.board.wrong_scans import attribute_name, difference
from omni_pickup.errors import WrongItem
from omni_pickup.pages import show
from omni_pickup.queries.picking.walks import Walk, read_walk, short_pick_reasons
from omni_pickup.queries.picking.waves import get_pick_task, get_wave
from omni_pickup.services.picking.picks import check_scan
from omni_pickup.visitors import current_visitor

_LONGEST = 500


def add_routes(blueprint: Blueprint) -> None:
    """Put this module's pages on the board."""
    blueprint.get("/waves/<wave_id>")(show_walk)
    blueprint.get("/waves/<wave_id>/stops/<task_id>/scan")(compare_scan)


def show_walk(wave_id: str) -> Response:
    """The page, or what changed on it for htmx."""
    return show_live("board/wave.html", "board/_wave.html", lambda: _context(wave_id))


def compare_scan(wave_id: str, task_id: str) -> Response:
    """What differs between the scanned thing and the wanted one; 204 when it is the right one. Changes nothing."""
    store = current_store()
    get_wave(wave_id, store.id)
    item = get_pick_task(task_id, store.id).order_line.item
    text = request.args.get("text", "")[:_LONGEST]
    try:
        check_scan(item, text)
    except WrongItem as error:
        return show("board/_wrong_scan.html", **difference(item, error.details["found"], text))
    return Response(status=204)


def _context(wave_id: str) -> dict[str, Any]:
    store, now, visitor = current_store(), clock.now(), current_visitor()
    walk = read_walk(get_wave(wave_id, store.id))
    first = next(iter(walk.open_stops), None)
    return {
        "store": store,
        "now": now,
        "walk": walk,
        "wave": walk.wave,
        "first": first,
        "view": _view(walk, mine=visitor is not None and walk.wave.picker_id == visitor.staff_id),
        "reasons": short_pick_reasons(),
        "minutes": None if walk.first_promise is None else int((walk.first_promise - now).total_seconds() // 60),
        "time_left": _time_left(walk, now),
        "attribute_name": attribute_name,
    }


def _view(walk: Walk, *, mine: bool) -> str:
    if walk.wave.state == "finished":
        return "end"
    if not mine:
        return "other"
    if not walk.open_stops:
        return "end"
    return "paused" if walk.wave.state == "paused" else "stops"


def _time_left(walk: Walk, now: datetime) -> int:
    """How much of the time from the walk's beginning to its first promise is left, in parts of 100."""
    if walk.first_promise is None:
        return 0
    whole = (walk.first_promise - walk.wave.released_at).total_seconds()
    left = (walk.first_promise - now).total_seconds()
    return 0 if whole <= 0 else max(0, min(100, round(100 * left / whole)))
