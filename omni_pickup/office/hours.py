"""Opening hours of today and the next days: from-to, closed, or as usual."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from omni_pickup import clock
from omni_pickup.errors import Invalid
from omni_pickup.models import transaction
from omni_pickup.models.stores import Store
from omni_pickup.office.guards import current_store
from omni_pickup.office.outcomes import done_here
from omni_pickup.pages import show, show_refused
from omni_pickup.queries.promises.opening_hours import open_days
from omni_pickup.queries.promises.promises import promise_for
from omni_pickup.services.stores.day_hours import Span, set_day_hours
from omni_pickup.visitors import current_actor

#: Two weeks fit on one page and are as far as a manager plans by hand.
_DAYS = 14


def add_routes(blueprint: Blueprint) -> None:
    """Put this module's pages in the office."""
    blueprint.get("/<store_code>/hours")(show_hours)
    blueprint.post("/<store_code>/hours")(change_hours)


def show_hours() -> Response:
    """The next two weeks, and the form for one day of them."""
    return show("office/hours.html", typed={}, **_context(current_store(), request.args.get("day", "")))


def change_hours() -> Response:
    """Set one day."""
    store, form = current_store(), request.form
    try:
        with transaction("set_day_hours"):
            set_day_hours(store, _day(form.get("day", "")), _hours(), by=current_actor())
    except Invalid as error:
        context = _context(current_store(), form.get("day", ""))
        return show_refused("office/hours.html", error, **context)
    return done_here(_("The opening hours are changed. New promises follow them at once."), "office.show_hours")


def _context(store: Store, chosen: str) -> dict[str, Any]:
    now = clock.now()
    days = open_days(store, now, _DAYS)
    return {
        "store": store,
        "now": now,
        "days": days,
        "chosen": next((one for one in days if one.day.isoformat() == chosen), days[0]),
        "promise": promise_for(store, now=now),
    }


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid.at("/day", "Choose a day.") from None


def _hours() -> list[Span] | None:
    """What the form says: None for as usual, nothing for closed. Raises Invalid."""
    how = request.form.get("how", "")
    if how == "usual":
        return None
    if how == "closed":
        return []
    if how != "open":
        raise Invalid.at("/how", "Choose whether the store is open.")
    return [(_time("from"), _time("to"))]


def _time(name: str) -> str:
    """People type 9:00 as well."""
    return request.form.get(name, "").strip().rjust(5, "0")
