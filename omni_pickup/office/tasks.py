"""The task list from the office: put-backs, counts, searches and transfers, worked off without a tablet."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from omni_pickup import clock
from omni_pickup.errors import Invalid, NotFound
from omni_pickup.models import db, transaction
from omni_pickup.models.packages import Package
from omni_pickup.models.stores import Store
from omni_pickup.office.guards import current_store
from omni_pickup.office.outcomes import done_here, whole_number
from omni_pickup.pages import show, show_refused
from omni_pickup.queries.picking.boards import to_do_counts
from omni_pickup.queries.picking.floor_tasks import get_floor_task
from omni_pickup.queries.picking.task_lists import task_rows
from omni_pickup.queries.stores.stores import staging_locations
from omni_pickup.services.picking.put_backs import put_back
from omni_pickup.services.picking.staging import stage_bag
from omni_pickup.visitors import current_actor

KINDS = ("put_back", "count", "search", "transfers")


def add_routes(blueprint: Blueprint) -> None:
    """Put this module's pages in the office."""
    blueprint.get("/<store_code>/tasks/<kind>")(show_tasks)
    blueprint.post("/<store_code>/tasks/<task>/put-back")(put_pieces_back)
    blueprint.post("/<store_code>/tasks/<task>/stage")(stage_again)


def show_tasks(kind: str) -> Response:
    """One tab of the list. Raises NotFound."""
    if kind not in KINDS[:3]:
        raise NotFound("There is no such list.")
    return show("office/tasks.html", **_context(current_store(), kind))


def put_pieces_back(task: str) -> Response:
    """Pieces of a put-back went to the shelf, turned out damaged, or were not there."""
    store = current_store()
    try:
        with transaction("put_back"):
            good, bad, gone = (whole_number(name, missing=0) for name in ("sellable", "damaged", "missing"))
            found, shelf, by = get_floor_task(task, store), _text("location"), current_actor()
            put_back(found, sellable=good, damaged=bad, missing=gone, location=shelf, by=by)
    except Invalid as error:
        return _refused(error, "put_back", task)
    return done_here(_("Put back."), "office.show_tasks", kind="put_back")


def stage_again(task: str) -> Response:
    """A bag that was searched for stands at a place again."""
    store = current_store()
    with transaction("stage_bag"):
        found = get_floor_task(task, store)
        bag = db.session.get(Package, found.package_id) if found.package_id is not None else None
        if found.kind != "search" or bag is None:
            raise NotFound("Nobody searches for such a bag here.")
        stage_bag(bag, _text("location") or "", by=current_actor())
    return done_here(_("The bag stands there again."), "office.show_tasks", kind="search")


def _text(name: str) -> str | None:
    return request.form.get(name, "").strip()[:64] or None


def _refused(error: Invalid, kind: str, task: str) -> Response:
    context = _context(current_store(), kind)
    return show_refused("office/tasks.html", error, wrong_task=task, **context)


def _context(store: Store, kind: str) -> dict[str, Any]:
    return {
        "store": store,
        "kind": kind,
        "to_do": to_do_counts(store, clock.now()),
        "rows": task_rows(store, kind),
        "places": staging_locations(store.id) if kind == "search" else [],
    }
