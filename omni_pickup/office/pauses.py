"""Stop taking new pickups for a while, and take them again."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from omni_pickup import clock
from omni_pickup.errors import Invalid
from omni_pickup.models import transaction
from omni_pickup.models.stores import Store
from omni_pickup.office.guards import current_store
from omni_pickup.office.store_today import today
from omni_pickup.pages import go_to, show_refused
from omni_pickup.queries.promises.opening_hours import hours_of
from omni_pickup.rules.problems import RuleProblem
from omni_pickup.rules.weekly_hours import minutes_of
from omni_pickup.services.stores.stores import pause_store, resume_store
from omni_pickup.visitors import current_actor


def add_routes(blueprint: Blueprint) -> None:
    """Put this module's pages in the office."""
    blueprint.post("/<store_code>/pause")(pause)
    blueprint.post("/<store_code>/resume")(resume)


def pause() -> Response:
    """New orders and holds are refused until then; what was promised goes on."""
    store, form = current_store(), request.form
    try:
        until = _end_of(form.get("until", ""), store)
        with transaction("pause_store"):
            pause_store(store, until=until, reason=form.get("reason", "").strip()[:200] or None, by=current_actor())
    except Invalid as error:
        return show_refused("office/store.html", error, **today(current_store()))
    return go_to(url_for("office.show_store", store_code=current_store().code))


def resume() -> Response:
    """Take new orders again."""
    with transaction("resume_store"):
        resume_store(current_store(), by=current_actor())
    return go_to(url_for("office.show_store", store_code=current_store().code))


def _end_of(choice: str, store: Store) -> datetime | None:
    """An hour, a time of today, the end of the store's own day, or open-ended. Raises Invalid."""
    now, hours = clock.now(), hours_of(store)
    today = hours.local_day(now)
    if choice == "hour":
        return now + timedelta(hours=1)
    if choice == "time":
        return hours.instant(today, _minutes(request.form.get("time", "")))
    if choice == "today":
        return hours.instant(today + timedelta(days=1), 0)
    if choice == "resumed":
        return None
    raise Invalid.at("/until", "Choose for how long.")


def _minutes(text: str) -> int:
    try:
        return minutes_of(text.strip().rjust(5, "0"))
    except RuleProblem as problem:
        raise Invalid.at("/time", problem.message) from problem
