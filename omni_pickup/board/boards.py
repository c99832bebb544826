"""The board: who waits, what has to be picked, what has to be handed over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Blueprint, current_app, render_template, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from omni_pickup import clock
from omni_pickup.board.addresses import order_address, wave_address
from omni_pickup.board.fragments import answer_live, store_key
from omni_pickup.board.guards import current_store
from omni_pickup.board.shared_views import shared_view
from omni_pickup.errors import Unauthenticated
from omni_pickup.models.stores import Store
from omni_pickup.pages import show
from omni_pickup.queries.picking.boards import (
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
#: What stands in a shared board for what is the reader's own.
GAPS = {gap: Markup(f"<!--own {gap}-->") for gap in ("name", "avatar", "button", "token")}  # noqa: S704 - our own words.


def add_routes(blueprint: Blueprint) -> None:
    """Put this module's pages on the board."""
    blueprint.get("/")(show_board)


def show_board() -> Response:
    """The page, or what changed on it for htmx."""
    return answer_live(_page, lambda: _filled(shared_view("board", store_key(), lambda: _draw(_facts()))))


def _page() -> Response:
    """Whoever loads the whole page anew does so because something looked wrong, so nothing of it is shared."""
    facts = _facts()
    # The template has escaped what it was given.
    return show("board/board.html", board=Markup(_filled(_draw(facts))), **facts)  # noqa: S704


@dataclass(frozen=True, slots=True)
class DrawnBoard:
    """A board as everybody in the store sees it, with gaps for what is the reader's own.

    `button` is for those who have no walk; `walks` are the open ones, by who walks them.
    """

    text: str
    button: str
    walks: Mapping[int, str]


def _facts() -> dict[str, Any]:
    store, now = current_store(), clock.now()
    people, queue = waiting_people(store), pick_queue(store, now)
    return {
        "store": store,
        "now": now,
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


def _draw(facts: Mapping[str, Any]) -> DrawnBoard:
    text = render_template("board/_board.html", draw_row=partial(_draw_row, facts["store"]), own=GAPS, **facts)
    button = render_template("board/_pick_button.html", **facts)
    # Forms carry a token of the session; within one request it is always the same.
    text, button = (drawn.replace(generate_csrf(), GAPS["token"]) for drawn in (text, button))
    return DrawnBoard(text, button, {line.staff_id: line.wave for line in facts["pickers"] if line.wave})


def _filled(board: DrawnBoard) -> str:
    """The board of whoever asks. What people wrote was escaped and cannot look like a gap."""
    visitor = current_visitor()
    if visitor is None:
        raise Unauthenticated
    name, wave = visitor.name, board.walks.get(visitor.staff_id)
    own = shared_view("own", (name, wave, str(get_locale())), lambda: _draw_own(name, wave))
    text = board.text
    for gap, part in {"button": board.button, **own, "token": generate_csrf()}.items():
        text = text.replace(GAPS[gap], part)
    return text


def _draw_own(name: str, wave: str | None) -> dict[str, str]:
    """What stands in the gaps; whoever has a walk goes on with it instead of beginning another one."""
    parts: Any = current_app.jinja_env.get_template("macros/parts.html").module
    own = {"name": escape(name.split()[0]), "avatar": parts.avatar(name, link=url_for("board.show_shift"))}
    if wave is not None:
        look = {"kind": "primary", "size": "large", "name": "shopping-basket"}
        own["button"] = parts.link_button(_("Go on picking"), wave_address(wave), **look)
    return {gap: str(part) for gap, part in own.items()}


def _draw_row(store: Store, row: PickRow) -> Markup:
    """A row is drawn anew when something of it changed, such as its minutes; after most events nothing did."""
    macros: Any = current_app.jinja_env.get_template("macros/floor.html").module
    key = (row, store.timezone, str(get_locale()))
    return shared_view("row", key, lambda: Markup(macros.pick_row(row, store, order_address(row.number))))  # noqa: S704
