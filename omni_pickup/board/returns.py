"""The returns desk: one piece at a time, several orders in one visit, shelf, parcels."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response

from omni_pickup import clock
from omni_pickup.board.desk_finds import address_of_scan
from omni_pickup.board.desk_pages import desk_context, list_context
from omni_pickup.board.fragments import show_live
from omni_pickup.board.guards import current_store
from omni_pickup.board.visits import read_visit, returns_of, visit_of_page
from omni_pickup.pages import go_to

_LONGEST = 200


def add_routes(blueprint: Blueprint) -> None:
    """Put the returns desk on the board."""
    blueprint.get("/returns")(show_returns)
    blueprint.post("/returns/find")(find_for_desk)
    blueprint.get("/returns/<rma_number>")(show_return)


def show_returns() -> Response:
    """What waits; with `q` whose goods these may be."""
    text, visit = request.args.get("q", "")[:_LONGEST], read_visit(request.args.get("visit", ""))
    return show_live(
        "board/returns.html",
        "board/_returns.html",
        lambda: list_context(current_store(), clock.now(), text=text, visit=visit),
    )


def show_return(rma_number: str) -> Response:
    """The desk, or what changed on it for htmx. Raises NotFound."""
    store, visit = current_store(), visit_of_page(rma_number)
    returns_of(visit, store)
    return show_live(
        "board/return.html",
        "board/_return_live.html",
        lambda: desk_context(store, clock.now(), visit, **_looked_at()),
    )


def _looked_at() -> dict[str, str]:
    """Which pieces the address speaks of, by what `desk_context` calls them."""
    names = {"chosen": "line", "done": "done", "sku": "sku", "seen": "seen"}
    return {name: request.args.get(field, "") for name, field in names.items()}


def find_for_desk() -> Response:
    """Where a scan leads. It comes by POST, because a customer's QR holds the secret of the page behind it."""
    visit = read_visit(request.form.get("visit", ""))
    return go_to(address_of_scan(request.form.get("q", "")[:_LONGEST].strip(), visit, current_store()))
