"""Store today: what a manager looks after in one store, on one page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from omni_pickup import clock
from omni_pickup.errors import NotFound
from omni_pickup.models import transaction
from omni_pickup.models.stores import Store
from omni_pickup.office.guards import current_store, require_role
from omni_pickup.pages import go_to, show
from omni_pickup.queries.picking.boards import to_do_counts
from omni_pickup.queries.picking.floor_counts import floor_counts
from omni_pickup.queries.promises.opening_hours import open_days
from omni_pickup.queries.promises.promises import promise_for
from omni_pickup.queries.stores.attention import attention
from omni_pickup.queries.stores.devices import devices_of_store
from omni_pickup.queries.stores.sign_ins import is_locked
from omni_pickup.queries.stores.staff import sessions_of_store, staff_of_store
from omni_pickup.queries.stores.stores import list_stores
from omni_pickup.services.staff.staff_sessions import revoke_session
from omni_pickup.visitors import background, current_actor, settings


def add_routes(blueprint: Blueprint) -> None:
    """Put this module's pages in the office."""
    blueprint.get("/")(show_stores)
    blueprint.get("/<store_code>/")(show_store)
    blueprint.get("/<store_code>/attention")(show_attention)
    blueprint.post("/<store_code>/sessions/<int:session_id>/end")(end_session)


def show_stores() -> Response:
    """The person's stores; with one store only, that one."""
    visitor = require_role("manager")
    stores = list_stores(limit=1000, store_ids=None if visitor.role == "admin" else visitor.store_ids)
    if len(stores) == 1:
        return go_to(url_for("office.show_store", store_code=stores[0].code))
    return show("office/stores.html", stores=stores)


def show_store() -> Response:
    """What needs a manager, the pause switch, today's hours, tasks, staff, tablets and sessions of one store."""
    return show("office/store.html", **today(current_store()))


@background
def show_attention() -> Response:
    """What needs a manager, for a page that asks again by itself."""
    return show("office/_attention.html", **_needs(current_store()))


def end_session(session_id: int) -> Response:
    """Sign somebody out; the next request of that browser is refused."""
    store = current_store()
    session = next((one for one in sessions_of_store(store) if one.id == session_id), None)
    if session is None:
        raise NotFound("There is no such session here.")
    with transaction("end_session"):
        revoke_session(session, by=current_actor())
    return go_to(url_for("office.show_store", store_code=current_store().code))


def today(store: Store) -> dict[str, Any]:
    """Everything that the page shows."""
    now, minutes = clock.now(), settings().lock_minutes
    sessions = sessions_of_store(store)
    return {
        **_needs(store),
        "counts": floor_counts(store),
        "to_do": to_do_counts(store, now),
        "day": open_days(store, now, 1)[0],
        "promise": promise_for(store, now=now),
        "paused": store.is_paused(now),
        "people": staff_of_store(store),
        "devices": devices_of_store(store),
        "sessions": [(session, is_locked(session, lock_minutes=minutes)) for session in sessions],
    }


def _needs(store: Store) -> dict[str, Any]:
    now = clock.now()
    return {"store": store, "now": now, "needs": attention(store, now), "all_rows": request.args.get("all") == "1"}
