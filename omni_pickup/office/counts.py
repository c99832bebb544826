"""The manager's list of counts, and the rule after which somebody counts again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from omni_pickup.errors import Invalid
from omni_pickup.models import transaction
from omni_pickup.office.guards import current_store, require_role
from omni_pickup.office.outcomes import done_here, whole_number
from omni_pickup.pages import show, show_refused
from omni_pickup.queries.stock.count_lists import count_rows
from omni_pickup.services.stock.recounts import current_rule, set_count_rule
from omni_pickup.visitors import current_actor


def add_routes(blueprint: Blueprint) -> None:
    """Put this module's pages in the office."""
    blueprint.get("/<store_code>/counts")(show_counts)
    blueprint.post("/<store_code>/counts/rule")(change_count_rule)


def show_counts() -> Response:
    """Who counted what, and how far the books were off in pieces and money."""
    return show("office/counts.html", **_context())


def change_count_rule() -> Response:
    """From when on a count is doubted, in every store; an admin's business."""
    require_role("admin")
    try:
        with transaction("set_count_rule"):
            value = whole_number("value", missing=-1)
            set_count_rule(
                recount_above=whole_number("pieces"),
                recount_above_value=None if value < 0 else value,
                another_person=request.form.get("another") == "yes",
                by=current_actor(),
            )
    except Invalid as error:
        return show_refused("office/counts.html", error, **_context())
    return done_here(_("From now on counts are doubted by this rule."), "office.show_counts")


def _context() -> dict[str, Any]:
    store = current_store()
    return {"store": store, "rows": count_rows(store), "rule": current_rule()}
