"""API keys for admins: create one for a client, with scopes and stores; shown once; revoke."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from omni_pickup.errors import Invalid, NotFound
from omni_pickup.models import transaction
from omni_pickup.models.clients import SCOPES
from omni_pickup.models.stores import Store
from omni_pickup.office.guards import require_role
from omni_pickup.office.outcomes import done
from omni_pickup.pages import show, show_refused
from omni_pickup.queries.stores.clients import all_keys, key_by_id
from omni_pickup.queries.stores.stores import list_stores
from omni_pickup.services.stores.clients import create_key, revoke_key
from omni_pickup.visitors import current_actor


def add_routes(blueprint: Blueprint) -> None:
    """Put this module's pages in the office; no page of a store is called so, whatever the store's code."""
    blueprint.get("/admin/keys")(show_keys)
    blueprint.post("/admin/keys")(make_key)
    blueprint.post("/admin/keys/<int:key_id>/revoke")(revoke_api_key)


def show_keys() -> Response:
    """Every key with what it may do; of the key itself only how it begins."""
    require_role("admin")
    return show("office/keys.html", typed={}, **_context())


def make_key() -> Response:
    """A new key, in this answer and nowhere else."""
    require_role("admin")
    form = request.form
    try:
        with transaction("create_key"):
            stores = _stores(form.getlist("stores"))
            key, plain = create_key(
                form.get("name", ""), scopes=form.getlist("scopes"), stores=stores, by=current_actor()
            )
            name = key.client.name
    except Invalid as error:
        return show_refused("office/keys.html", error, **_context())
    answer = show("office/new_key.html", plain=plain, name=name)
    answer.cache_control.no_store = True
    return answer


def revoke_api_key(key_id: int) -> Response:
    """This key opens nothing any more."""
    require_role("admin")
    with transaction("revoke_key"):
        key = key_by_id(key_id)
        if key is None:
            raise NotFound("There is no such key.")
        revoke_key(key, by=current_actor())
        hint = key.hint
    return done(_("The key %(hint)s… opens nothing any more.", hint=hint), "office.show_keys")


def _stores(codes: list[str]) -> list[Store]:
    """Stores by code; none means all. Raises Invalid for one that is not there, or a narrow key would be a wide one."""
    wanted = set(codes)
    found = [store for store in list_stores(limit=1000) if store.code in wanted]
    if len(found) != len(wanted):
        raise Invalid.at("/stores", "One of these stores is not there any more.")
    return found


def _context() -> dict[str, Any]:
    return {
        "keys": all_keys(),
        "scopes": SCOPES,
        "stores_all": list_stores(limit=1000),
        "chosen": {name: request.form.getlist(name) for name in ("scopes", "stores")},
    }
