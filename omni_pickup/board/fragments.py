"""Screens that keep themselves up to date: a page, its fragment for htmx, or nothing when nothing changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, cast

from flask import g, request
from flask_babel import get_locale
from werkzeug.wrappers import Response

from omni_pickup import clock
from omni_pickup.board.guards import current_store
from omni_pickup.builds import build_id
from omni_pickup.pages import show
from omni_pickup.queries.picking.boards import floor_version
from omni_pickup.visitors import current_visitor


def show_live(page: str, fragment: str, context: Callable[[], dict[str, Any]]) -> Response:
    """The page; for htmx the fragment with its ETag, or 304 before anything is read or drawn.

    What a screen shows changes with an event of its store, with the minute, the reader and the build.
    """
    if request.headers.get("HX-Request") != "true":
        return show(page, **context())
    tag = _tag()
    if tag in request.if_none_match:
        response: Response = Response(status=304)
    else:
        response = show(fragment, **context())
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.add("HX-Request")
    return response


def store_key() -> tuple[str, ...]:
    """Another one whenever something of the store may look different to all of its tablets; read once a request."""
    if "store_key" not in g:
        store = current_store()
        minute = clock.now().strftime("%d%H%M")
        g.store_key = (build_id(), store.code, floor_version(store), minute, str(get_locale()))
    return cast("tuple[str, ...]", g.store_key)


def _tag() -> str:
    visitor = current_visitor()
    parts = (*store_key(), request.full_path, visitor.public_id if visitor else "")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]
