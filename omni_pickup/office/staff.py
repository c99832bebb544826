"""People of a store: add one, give a new PIN, shut one out."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from omni_pickup.errors import Conflict, Forbidden, Invalid, NotFound
from omni_pickup.models import transaction
from omni_pickup.models.staff import Staff
from omni_pickup.models.stores import Store
from omni_pickup.office.guards import current_store
from omni_pickup.pages import go_to, show, show_refused
from omni_pickup.queries.stores.staff import person_of_store
from omni_pickup.services.staff.staff import create_staff, deactivate_staff, set_pin
from omni_pickup.visitors import current_actor


def add_routes(blueprint: Blueprint) -> None:
    """Put this module's pages in the office."""
    blueprint.get("/<store_code>/staff/new")(show_new_person)
    blueprint.post("/<store_code>/staff/new")(add_person)
    blueprint.get("/<store_code>/staff/<person>/pin")(show_new_pin)
    blueprint.post("/<store_code>/staff/<person>/pin")(reset_pin)
    blueprint.post("/<store_code>/staff/<person>/deactivate")(deactivate)


def show_new_person() -> Response:
    """Name, login and first PIN of a new associate."""
    return show("office/new_person.html", store=current_store(), typed={})


def add_person() -> Response:
    """A new associate of this store."""
    store = current_store()
    try:
        with transaction("create_staff"):
            _create_associate(store)
    except (Invalid, Conflict) as error:
        return show_refused("office/new_person.html", error, store=store)
    return go_to(url_for("office.show_store", store_code=current_store().code))


def show_new_pin(person: str) -> Response:
    """The form for a new PIN."""
    return show("office/new_pin.html", store=current_store(), person=person_here(person))


def reset_pin(person: str) -> Response:
    """A new PIN; whoever is signed in with the old one is signed out."""
    staff = person_here(person)
    try:
        with transaction("set_pin"):
            set_pin(staff, request.form.get("pin", ""), by=current_actor())
    except (Invalid, Forbidden) as error:
        return show_refused("office/new_pin.html", error, store=current_store(), person=staff)
    return go_to(url_for("office.show_store", store_code=current_store().code))


def deactivate(person: str) -> Response:
    """Shut this person out, at once and everywhere."""
    with transaction("deactivate_staff"):
        deactivate_staff(person_here(person), by=current_actor())
    return go_to(url_for("office.show_store", store_code=current_store().code))


def _create_associate(store: Store) -> None:
    form = request.form
    create_staff(
        form.get("login", ""),
        name=form.get("name", ""),
        role="associate",
        stores=[store],
        pin=form.get("pin", ""),
        language=form.get("language") or None,
        by=current_actor(),
    )


def person_here(public_id: str) -> Staff:
    """An active person of the store in the address. Raises NotFound."""
    staff = person_of_store(current_store(), public_id)
    if staff is None:
        raise NotFound("There is no such person here.")
    return staff
