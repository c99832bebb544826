"""A browser becomes a tablet of one store, by a link that works once, or by the code that stands for it."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from omni_pickup.errors import NotFound, Throttled
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.stores import Store
from omni_pickup.pages import begin_anew, go_to, show, show_refused
from omni_pickup.queries.stores.devices import token_in_force
from omni_pickup.services.staff.devices import enrol_device, enrol_device_by_code, revoke_device
from omni_pickup.services.staff.staff_sessions import revoke_session
from omni_pickup.services.staff.throttles import reserve_attempt
from omni_pickup.visitors import (
    DEVICE,
    DEVICE_KEPT,
    SESSION,
    current_device,
    current_session,
    drop_cookie,
    public,
    set_cookie,
)


def add_routes(blueprint: Blueprint) -> None:
    """Put this module's pages on the board."""
    blueprint.get("/enrol")(show_enrolment)
    blueprint.post("/enrol")(enrol)
    blueprint.post("/enrol-by-code")(enrol_by_code)


@public
def show_enrolment() -> Response:
    """What the link would do. Looking does not use it up, because mail programs open links by themselves."""
    token = request.args.get("token", "")
    link = token_in_force("enrol", token)
    store = db.session.get(Store, link.store_id) if link else None
    if link is None or store is None:
        return show("board/link_ended.html", status=404)
    return show("board/enrol.html", token=token, store=store, name=link.details["name"], present=current_device())


@public
def enrol() -> Response:
    """Use the link. A browser that was another tablet is that one no more, and who made the link is signed out."""
    try:
        with transaction("enrol_device"):
            _, token = enrol_device(request.form.get("token", ""))
            _leave_what_was_before()
    except NotFound:
        return show("board/link_ended.html", status=404)
    return _begin_as_tablet(token)


@public
def enrol_by_code() -> Response:
    """The same with the code that the office shows beside the link."""
    try:
        with transaction("reserve_attempt"):
            reserve_attempt("enrol", request.remote_addr or "")
        with transaction("enrol_device"):
            _, token = enrol_device_by_code(request.form.get("code", ""))
            _leave_what_was_before()
    except (NotFound, Throttled) as error:
        return show_refused("board/not_enrolled.html", error)
    return _begin_as_tablet(token)


def _begin_as_tablet(token: str) -> Response:
    begin_anew()
    response = go_to(url_for("board.show_lock"))
    set_cookie(response, DEVICE, token, kept=DEVICE_KEPT)
    drop_cookie(response, SESSION)
    return response


def _leave_what_was_before() -> None:
    before, session = current_device(), current_session()
    if session is not None:
        revoke_session(session, by=SYSTEM)
    if before is not None:
        revoke_device(before, by=SYSTEM)
