"""/login, /logout and /setup."""

from __future__ import annotations

from zoneinfo import available_timezones

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from omni_pickup.errors import Conflict, Invalid, NotFound, Throttled, Unauthenticated
from omni_pickup.models import transaction
from omni_pickup.office.sign_ins import sign_in_with_password
from omni_pickup.page_languages import LANGUAGE, chosen_language, known_language
from omni_pickup.pages import begin_anew, go_to, show, show_refused
from omni_pickup.queries.stores.devices import token_in_force
from omni_pickup.queries.stores.staff import nobody_yet
from omni_pickup.services.staff.staff_sessions import open_session, revoke_session
from omni_pickup.services.stores.setups import set_up
from omni_pickup.visitors import (
    SESSION,
    current_actor,
    current_session,
    drop_cookie,
    public,
    safe_next,
    set_cookie,
    settings,
)

SETUP_FIELDS = ("store_code", "store_name", "timezone", "login", "name", "password", "pin")


def add_routes(blueprint: Blueprint) -> None:
    """Put this module's pages at the entrance."""
    blueprint.get("/login")(show_sign_in)
    blueprint.post("/login")(sign_in)
    blueprint.post("/logout")(sign_out)
    blueprint.get("/setup")(show_setup)
    blueprint.post("/setup")(finish_setup)


@public
def show_sign_in() -> Response:
    """Login and password."""
    return show("office/login.html", next=request.args.get("next", ""))


@public
def sign_in() -> Response:
    """Take a password. The session is always a new one, whatever cookie came along."""
    form = request.form
    try:
        staff, token = sign_in_with_password(
            form.get("login", ""),
            form.get("password", ""),
            address=request.remote_addr or "",
            present=current_session(),
            hours=settings().session_hours,
            language=chosen_language(),
        )
    except (Unauthenticated, Throttled) as error:
        return show_refused("office/login.html", error, next=form.get("next", ""))
    home = url_for("office.show_stores") if staff.has_role("manager") else url_for("board.show_board")
    return _signed_in(token, safe_next(form.get("next"), home))


@public
def sign_out() -> Response:
    """End this browser's session in the database, not only its cookie. Harmless when there is none."""
    session = current_session()
    if session is not None:
        with transaction("sign_out"):
            revoke_session(session, by=current_actor())
    begin_anew()
    response = go_to(url_for("entrance.show_sign_in"))
    drop_cookie(response, SESSION)
    return response


@public
def show_setup() -> Response:
    """The form for the first store and its admin. Looking does not use the link up."""
    token = request.args.get("token", "")
    if not nobody_yet() or token_in_force("setup", token) is None:
        return show("office/setup_ended.html", status=404)
    return show("office/setup.html", token=token, zones=sorted(available_timezones()), typed={})


@public
def finish_setup() -> Response:
    """Make both, and sign the admin in."""
    form = request.form
    token = form.get("token", "")
    try:
        with transaction("set_up"):
            given = {name: form.get(name, "") for name in SETUP_FIELDS}
            store, staff = set_up(token, language=known_language(), **given)
            _, session = open_session(staff, kind="password", hours=settings().session_hours)
    except Invalid as error:
        zones = sorted(available_timezones())
        return show_refused("office/setup.html", error, token=token, zones=zones)
    except (NotFound, Conflict):
        return show("office/setup_ended.html", status=404)
    return _signed_in(session, url_for("office.show_store", store_code=store.code))


def _signed_in(token: str, address: str) -> Response:
    begin_anew()
    response = go_to(address)
    set_cookie(response, SESSION, token)
    drop_cookie(response, LANGUAGE)
    return response
