"""The locked tablet: tap your name, type your PIN. It shows no customer's name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from omni_pickup import clock
from omni_pickup.board.guards import need_device
from omni_pickup.board.sign_ins import sign_in_with_pin
from omni_pickup.errors import Throttled, Unauthenticated
from omni_pickup.models import transaction
from omni_pickup.models.staff import Device, Staff
from omni_pickup.page_languages import LANGUAGE, chosen_language
from omni_pickup.pages import begin_anew, go_to, show, show_refused
from omni_pickup.queries.picking.floor_counts import floor_counts
from omni_pickup.queries.stores.staff import staff_with_pin
from omni_pickup.services.staff.staff_sessions import lock_session
from omni_pickup.visitors import (
    SESSION,
    current_device,
    current_session,
    drop_cookie,
    public,
    safe_next,
    set_cookie,
    settings,
)


def add_routes(blueprint: Blueprint) -> None:
    """Put this module's pages on the board."""
    blueprint.get("/lock")(show_lock)
    blueprint.post("/lock")(unlock)
    blueprint.post("/lock-now")(lock)


@public
def show_lock() -> Response:
    """Names and keypad, or what to do when this browser is no tablet of ours."""
    device = current_device()
    if device is None:
        return show("board/not_enrolled.html", status=401)
    return show("board/lock.html", **_context(device))


@public
def unlock() -> Response:
    """Take a PIN."""
    device, form = need_device(), request.form
    try:
        person, pin, hours = form.get("person", ""), form.get("pin", ""), settings().session_hours
        chosen = chosen_language()
        token = sign_in_with_pin(device, person, pin, present=current_session(), hours=hours, language=chosen)
    except (Unauthenticated, Throttled) as error:
        return show_refused("board/lock.html", error, **_context(device))
    begin_anew()
    response = go_to(safe_next(form.get("next"), url_for("board.show_board")))
    set_cookie(response, SESSION, token)
    drop_cookie(response, LANGUAGE)
    return response


def lock() -> Response:
    """Lock this tablet now; the work stays."""
    session = current_session()
    if session is not None:
        with transaction("lock_session"):
            lock_session(session)
    return go_to(url_for("board.show_lock"))


def _context(device: Device) -> dict[str, Any]:
    people = staff_with_pin(device.store)
    present = current_session()
    kept = present.staff if present is not None and present.kind == "pin" else None
    chosen = request.form.get("person") or (kept.public_id if kept else None)
    if chosen is None and len(people) == 1:
        chosen = people[0].public_id
    now = clock.now()
    counts = floor_counts(device.store)
    return {
        "store": device.store,
        "people": [(staff.public_id, short) for staff, short in zip(people, short_names(people), strict=True)],
        "kept": short_names([kept])[0] if kept else None,
        "chosen": chosen,
        "next": request.values.get("next", ""),
        "counts": counts,
        "waited": int((now - counts.here_since).total_seconds()) if counts.here_since else 0,
        "local": now.astimezone(ZoneInfo(device.store.timezone)),
    }


def short_names(people: Sequence[Staff]) -> list[str]:
    """First names; whoever shares one shows the whole name."""
    names = [staff.name.split() for staff in people]
    first = Counter(name[0] for name in names)
    return [name[0] if first[name[0]] == 1 else " ".join(name) for name in names]
