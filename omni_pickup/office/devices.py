"""Tablets of a store: make an enrolment link, take one out of service."""

from __future__ import annotations

import io
from typing import Any

import segno
from flask import Blueprint, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from omni_pickup.errors import Invalid, NotFound
from omni_pickup.models import transaction
from omni_pickup.office.guards import current_store
from omni_pickup.pages import go_to, show, show_refused
from omni_pickup.queries.stores.devices import device_of_store
from omni_pickup.services.staff.devices import create_enrolment, enrolment_code, revoke_device
from omni_pickup.visitors import current_actor


def add_routes(blueprint: Blueprint) -> None:
    """Put this module's pages in the office."""
    blueprint.get("/<store_code>/devices/new")(show_new_device)
    blueprint.post("/<store_code>/devices/new")(make_enrolment)
    blueprint.post("/<store_code>/devices/<device>/revoke")(revoke)


def show_new_device() -> Response:
    """The name of a new tablet."""
    return show("office/new_device.html", store=current_store(), typed={})


def make_enrolment() -> Response:
    """The link, shown once, as a QR code for the tablet's camera and as a code to type."""
    store, name = current_store(), request.form.get("name", "")
    try:
        with transaction("create_enrolment"):
            token = create_enrolment(store, name=name, by=current_actor())
    except Invalid as error:
        return show_refused("office/new_device.html", error, store=store)
    return show("office/enrolment.html", store=store, name=name.strip(), **_ways(token))


def revoke(device: str) -> Response:
    """Shut a tablet out, at once."""
    found = device_of_store(current_store(), device)
    if found is None:
        raise NotFound("There is no such tablet here.")
    with transaction("revoke_device"):
        revoke_device(found, by=current_actor())
    return go_to(url_for("office.show_store", store_code=current_store().code))


def _ways(token: str) -> dict[str, Any]:
    """The link with its picture, and the code with the address where it is typed."""
    link = url_for("board.show_enrolment", token=token, _external=True)
    board = url_for("board.show_board", _external=True)
    return {"link": link, "picture": _qr(link), "board": board, "code": enrolment_code(token)}


def _qr(link: str) -> Markup:
    """An inline SVG without style attributes, which the page's policy would refuse."""
    picture = io.BytesIO()
    segno.make(link, error="m", micro=False).save(
        picture, kind="svg", xmldecl=False, svgns=False, omitsize=True, border=4, svgclass="qr", lineclass=None
    )
    return Markup(picture.getvalue().decode())  # noqa: S704 - segno writes numbers and fixed names only.
