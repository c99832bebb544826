"""How well promises are kept, what they are counted from, and the figures that a manager sets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from omni_pickup import clock
from omni_pickup.errors import Invalid
from omni_pickup.models import transaction
from omni_pickup.models.items import HANDLINGS
from omni_pickup.models.stores import Store
from omni_pickup.office.guards import current_store
from omni_pickup.office.outcomes import done_here, whole_number
from omni_pickup.office.promise_plots import plot_promises
from omni_pickup.pages import show, show_refused
from omni_pickup.queries.promises.paces import pace_row
from omni_pickup.queries.promises.promise_reports import promise_report
from omni_pickup.queries.promises.promises import floors_of, promise_for
from omni_pickup.queries.promises.slots import coming_slots
from omni_pickup.rules.paces import Pace
from omni_pickup.services.promises.promise_terms import set_promise_terms
from omni_pickup.visitors import current_actor

#: Slots that are listed: half a working day of half hours.
_MOST_SLOTS = 12
#: Hours that are named as slow, and from which factor on.
_MOST_HOURS, _SLOW = 6, 1.1
_A_MONDAY = date(2026, 1, 5)


def add_routes(blueprint: Blueprint) -> None:
    """Put this module's pages in the office."""
    blueprint.get("/<store_code>/promises")(show_promises)
    blueprint.post("/<store_code>/promises")(change_terms)


def show_promises() -> Response:
    """Kept promises with their plot, pace, people, slots, and the form."""
    return show("office/promises.html", typed={}, **_context(current_store()))


def change_terms() -> Response:
    """Set by which figures the store promises."""
    try:
        with transaction("set_promise_terms"):
            changed = set_promise_terms(current_store(), _terms(), by=current_actor())
    except Invalid as error:
        return show_refused("office/promises.html", error, **_context(current_store()))
    if changed:
        return done_here(_("The figures are changed. New promises follow them at once."), "office.show_promises")
    return done_here(_("Nothing was changed."), "office.show_promises")


@dataclass(frozen=True, slots=True)
class SlowHour:
    """An hour of the week that takes longer than usual; `day` is any day of that weekday."""

    day: date
    hour: int
    factor: float
    orders: int


def _context(store: Store) -> dict[str, Any]:
    now = clock.now()
    report = promise_report(store, now=now)
    floor = floors_of([store], now)[store.id]
    return {
        "store": store,
        "now": now,
        "report": report,
        "plot": plot_promises(report.hours),
        "pace": floor.pace,
        "pace_row": pace_row(store),
        "slow_hours": _slow_hours(floor.pace),
        "crew": floor.crew,
        "counted": floor.crew.knows(now),
        "waiting": floor.orders,
        "pieces": floor.pieces,
        "promise": promise_for(store, now=now),
        "slots": coming_slots(store, now, _MOST_SLOTS),
    }


def _slow_hours(pace: Pace) -> list[SlowHour]:
    slow = sorted(((factor, hour) for hour, factor in pace.factors.items() if factor >= _SLOW), reverse=True)
    return [
        SlowHour(_A_MONDAY + timedelta(days=hour // 24), hour % 24, factor, pace.measured.get(hour, 0))
        for factor, hour in slow[:_MOST_HOURS]
    ]


def _terms() -> dict[str, Any]:
    """What the form says; empty fields mean none. Raises Invalid."""
    by_handling = {name: _optional(f"prep_{name}") for name in HANDLINGS}
    return {
        "prep_minutes": whole_number("prep_minutes"),
        "prep_minutes_by_handling": {name: minutes for name, minutes in by_handling.items() if minutes is not None},
        "pickers": whole_number("pickers"),
        "pace_per_hour": whole_number("pace_per_hour"),
        "cut_off": _clock("cut_off"),
        "slot_minutes": _optional("slot_minutes"),
        "slot_capacity": _optional("slot_capacity"),
        "slot_unit": request.form.get("slot_unit", "orders"),
    }


def _optional(name: str) -> int | None:
    return whole_number(name) if request.form.get(name, "").strip() else None


def _clock(name: str) -> str | None:
    """People type 9:00 as well; an empty field means never."""
    text = request.form.get(name, "").strip()
    return text.rjust(5, "0") if text else None
