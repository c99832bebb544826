"""The start page of the tablet: how much waits."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response

from omni_pickup.board.guards import current_store
from omni_pickup.pages import show
from omni_pickup.queries.floor_counts import floor_counts


def add_routes(blueprint: Blueprint) -> None:
    """Put this module's pages on the board."""
    blueprint.get("/")(show_today)


def show_today() -> Response:
    """The page, or its counts alone for htmx."""
    store = current_store()
    template = "board/_counts.html" if request.headers.get("HX-Request") == "true" else "board/today.html"
    return show(template, store=store, counts=floor_counts(store))
