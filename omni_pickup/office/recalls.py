"""The recall list for admins: items that may not be sold or handed over in any store."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from omni_pickup.errors import Invalid
from omni_pickup.models import transaction
from omni_pickup.models.items import Item
from omni_pickup.office.guards import require_role
from omni_pickup.office.outcomes import done
from omni_pickup.pages import show, show_refused
from omni_pickup.queries.papers.paper_facts import variant
from omni_pickup.queries.stock.items import get_item, item_by_gtin, items_by_sku, recalled_items
from omni_pickup.queries.stock.recalls import past_collectors, staged_bags
from omni_pickup.services.stock.stop_sales import resume_sale, stop_sale
from omni_pickup.visitors import current_actor


def add_routes(blueprint: Blueprint) -> None:
    """Put this module's pages in the office; no page of a store is called so, whatever the store's code."""
    blueprint.get("/admin/recalls")(show_recalls)
    blueprint.post("/admin/recalls")(stop_item)
    blueprint.post("/admin/recalls/resume")(resume_item)


def show_recalls() -> Response:
    """What is recalled, in which bags it waits, and who has it at home."""
    require_role("admin")
    return show("office/recalls.html", typed={}, **_context())


def stop_item() -> Response:
    """Stop one item everywhere."""
    require_role("admin")
    try:
        with transaction("stop_sale"):
            item = _named(request.form.get("item", "").strip())
            stop_sale(item, reason=request.form.get("reason", "")[:200], by=current_actor())
            name = item.name
    except Invalid as error:
        return show_refused("office/recalls.html", error, **_context())
    return done(_("%(name)s is stopped in every store.", name=name), "office.show_recalls")


def resume_item() -> Response:
    """Sell it again."""
    require_role("admin")
    with transaction("resume_sale"):
        item = get_item(request.form.get("sku", ""))
        resume_sale(item, by=current_actor())
        name = item.name
    return done(_("%(name)s is sold again.", name=name), "office.show_recalls")


def _named(text: str) -> Item:
    """The item of a SKU or barcode, locked. Raises Invalid."""
    known = items_by_sku([text]).get(text) or item_by_gtin(text)
    if known is None:
        raise Invalid.at("/item", "There is no item with this SKU or barcode.")
    return get_item(known.sku)


def _context() -> dict[str, Any]:
    items = recalled_items()
    bags, collectors = staged_bags(items), past_collectors(items)
    return {"rows": [(item, variant(item), bags[item.id], collectors[item.id]) for item in items]}
