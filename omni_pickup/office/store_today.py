"""Store today: what a manager looks after in one store, on one page."""

from __future__ import annotations

from flask import Blueprint, url_for
from werkzeug.wrappers import Response

from omni_pickup import clock
from omni_pickup.errors import NotFound
from omni_pickup.models import transaction
from omni_pickup.office.guards import current_store, require_role
from omni_pickup.pages import go_to, show
from omni_pickup.queries.devices import devices_of_store
from omni_pickup.queries.floor_counts import floor_counts
from omni_pickup.queries.staff import is_locked, sessions_of_store, staff_of_store
from omni_pickup.queries.stores import list_stores
from omni_pickup.services.staff_sessions import revoke_session
from omni_pickup.visitors import current_actor, settings


def add_routes(blueprint: Blueprint) -> None:
    """Put this module's pages in the office."""
    blueprint.get("/")(show_stores)
    blueprint.get("/<store_code>/")(show_store)
    blueprint.post("/<store_code>/sessions/<int:session_id>/end")(end_session)


def show_stores() -> Response:
    """The person's stores; with one store only, that one."""
    visitor = require_role("manager")
    stores = list_stores(limit=1000, store_ids=None if visitor.role == "admin" else visitor.store_ids)
    if len(stores) == 1:
        return go_to(url_for("office.show_store", store_code=stores[0].code))
    return show("office/stores.html", stores=stores)


def show_store() -> Response:
    """Staff, tablets, sessions and the pause switch of one store."""
    store = current_store()
    minutes = settings().lock_minutes
    sessions = sessions_of_store(store)
    return show(
        "office/store.html",
        store=store,
        counts=floor_counts(store),
        paused=store.is_paused(clock.now()),
        people=staff_of_store(store),
        devices=devices_of_store(store),
        sessions=[(session, is_locked(session, lock_minutes=minutes)) for session in sessions],
        now=clock.now(),
    )


def end_session(session_id: int) -> Response:
    """Sign somebody out; the next request of that browser is refused."""
    store = current_store()
    session = next((one for one in sessions_of_store(store) if one.id == session_id), None)
    if session is None:
        raise NotFound("There is no such session here.")
    with transaction("end_session"):
        revoke_session(session, by=current_actor())
    return go_to(url_for("office.show_store", store_code=current_store().code))
