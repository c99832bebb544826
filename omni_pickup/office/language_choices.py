"""Choosing the language of the staff's screens: signed in for oneself, else for whoever signs in next."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from omni_pickup.languages import LANGUAGES
from omni_pickup.models import transaction
from omni_pickup.page_languages import LANGUAGE
from omni_pickup.pages import go_to
from omni_pickup.services.staff.staff import set_language
from omni_pickup.visitors import (
    current_actor,
    current_session,
    current_visitor,
    drop_cookie,
    public,
    safe_next,
    set_cookie,
)


def add_routes(blueprint: Blueprint) -> None:
    """Put the choice at the entrance, because board and office, sign-in and lock offer it."""
    blueprint.post("/language")(choose_language)


@public
def choose_language() -> Response:
    """Speak another language from the next page on. What we do not speak changes nothing."""
    response = go_to(safe_next(request.form.get("next"), url_for("entrance.show_sign_in")))
    wanted, visitor, session = request.form.get("language", ""), current_visitor(), current_session()
    if wanted not in LANGUAGES:
        return response
    if visitor is None or visitor.locked or session is None:
        set_cookie(response, LANGUAGE, wanted)
        return response
    with transaction("set_language"):
        set_language(session.staff, wanted, by=current_actor())
    drop_cookie(response, LANGUAGE)
    return response
