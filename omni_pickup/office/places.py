"""The places where bags wait: make one, change its zone and kind, take one out of use."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from omni_pickup.errors import Invalid
from omni_pickup.models import transaction
from omni_pickup.models.items import TEMPERATURES
from omni_pickup.models.stores import STAGING_KINDS, Store
from omni_pickup.office.guards import current_store
from omni_pickup.office.outcomes import done_here
from omni_pickup.pages import show, show_refused
from omni_pickup.queries.picking.packages import bags_by_place
from omni_pickup.queries.stores.stores import staging_locations
from omni_pickup.services.stores.stores import put_staging_location, retire_staging_location
from omni_pickup.visitors import current_actor


def add_routes(blueprint: Blueprint) -> None:
    """Put this module's pages in the office."""
    blueprint.get("/<store_code>/places")(show_places)
    blueprint.post("/<store_code>/places")(put_place)
    blueprint.post("/<store_code>/places/retire")(retire_place)


def show_places() -> Response:
    """All places in use, and the form for one of them or a new one."""
    places = _context(current_store())
    chosen = next((one for one in places["places"] if one.code == request.args.get("code")), None)
    typed = {} if chosen is None else {"code": chosen.code, "zone": chosen.zone, "kind": chosen.kind}
    return show("office/places.html", typed=typed, chosen=chosen, **places)


def put_place() -> Response:
    """Make or change one."""
    store, form = current_store(), request.form
    code, zone, kind = (form.get(name, "").strip() for name in ("code", "zone", "kind"))
    try:
        with transaction("put_staging_location"):
            put_staging_location(store, code.upper(), zone=zone, kind=kind, by=current_actor())
    except Invalid as error:
        context = _context(current_store())
        return show_refused("office/places.html", error, chosen=None, **context)
    return done_here(_("Bags can wait at %(place)s.", place=code.upper()), "office.show_places")


def retire_place() -> Response:
    """No bag is sent there any more."""
    code = request.form.get("code", "")
    with transaction("retire_staging_location"):
        retire_staging_location(current_store(), code, by=current_actor())
    return done_here(_("%(place)s is out of use.", place=code), "office.show_places")


def _context(store: Store) -> dict[str, Any]:
    return {
        "store": store,
        "places": staging_locations(store.id),
        "bags": bags_by_place(store.id),
        "zones": TEMPERATURES,
        "kinds": STAGING_KINDS,
    }
