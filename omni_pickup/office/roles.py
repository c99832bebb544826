"""What a person may do, and where: an admin changes the role, the stores, and the password that the office asks for."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from omni_pickup.errors import Conflict, Invalid
from omni_pickup.models import transaction
from omni_pickup.models.staff import ROLES, Staff
from omni_pickup.office.guards import current_store, require_role
from omni_pickup.office.outcomes import done_here
from omni_pickup.office.staff import person_here
from omni_pickup.pages import show, show_refused
from omni_pickup.queries.stores.stores import list_stores
from omni_pickup.services.staff.staff import change_role, set_password
from omni_pickup.visitors import current_actor


def add_routes(blueprint: Blueprint) -> None:
    """Put this module's pages in the office."""
    blueprint.get("/<store_code>/staff/<person>/role")(show_role)
    blueprint.post("/<store_code>/staff/<person>/role")(set_role)


def show_role(person: str) -> Response:
    """The person's role and stores as they are."""
    require_role("admin")
    staff = person_here(person)
    return show("office/role.html", **_context(staff, staff.role, [store.code for store in staff.stores]))


def set_role(person: str) -> Response:
    """Apply both to the very next request of that person."""
    require_role("admin")
    form, staff = request.form, person_here(person)
    codes = form.getlist("stores")
    try:
        with transaction("change_role"):
            _change(person_here(person), form.get("role", ""), codes, form.get("password", ""))
    except (Invalid, Conflict) as error:
        context = _context(person_here(person), form.get("role", ""), codes)
        return show_refused("office/role.html", error, **context)
    return done_here(_("%(name)s has the new role at once.", name=staff.name), "office.show_store")


def _change(staff: Staff, role: str, codes: list[str], password: str) -> None:
    stores = [store for store in list_stores(limit=1000) if store.code in codes]
    change_role(staff, role, stores=stores, by=current_actor())
    if password:
        set_password(staff, password, by=current_actor())


def _context(staff: Staff, role: str, codes: list[str]) -> dict[str, Any]:
    return {
        "store": current_store(),
        "person": staff,
        "roles": ROLES,
        "chosen_role": role,
        "stores_all": list_stores(limit=1000),
        "chosen": codes,
    }
