"""Screens that keep themselves up to date: a page, its fragment for htmx, or nothing when nothing changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, cast

from flask import g, make_response, render_template, request
from flask_babel import get_locale
from werkzeug.wrappers import Response

from omni_pickup import clock
from omni_pickup.board.guards import current_tablet
from omni_pickup.builds import build_id
from omni_pickup.pages import show
from omni_pickup.queries.picking.boards import floor_version
from omni_pickup.visitors import current_visitor


def show_live(page: str, fragment: str, context: Callable[[], dict[str, Any]]) -> Response:
    """A page and its fragment from templates with the same context."""
    return answer_live(lambda: show(page, **context()), lambda: render_template(fragment, **context()))


def answer_live(page: Callable[[], Response], fragment: Callable[[], str]) -> Response:
    """The page; for htmx the fragment with its ETag, or 304 before anything is read or drawn.

    What a screen shows changes with an event of its store, with the minute, the reader and the build.
    """
    if request.headers.get("HX-Request") != "true":
        return page()
    tag = _tag()
    response: Response = Response(status=304) if tag in request.if_none_match else make_response(fragment())
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.add("HX-Request")
    return response


def store_key() -> tuple[str, ...]:
    """Another one whenever something of the store may look different to all of its tablets; read once a request."""
    if "store_key" not in g:
        tablet = current_tablet()
        minute = clock.now().strftime("%d%H%M")
        g.store_key = (build_id(), tablet.store_code, floor_version(tablet.store_id), minute, str(get_locale()))
    return cast("tuple[str, ...]", g.store_key)


def _tag() -> str:
    visitor = current_visitor()
    parts = (*store_key(), request.full_path, visitor.public_id if visitor else "")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]
