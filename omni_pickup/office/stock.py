"""Correcting stock: find an item, count it blind, report found pieces, trust the shelf again, ask another store."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from omni_pickup import clock
from omni_pickup.errors import Conflict, Invalid, OperationError
from omni_pickup.models import transaction
from omni_pickup.models.items import Item
from omni_pickup.office.guards import current_store, require_role
from omni_pickup.office.outcomes import done_here, whole_number
from omni_pickup.pages import go_to, show, show_refused
from omni_pickup.queries.papers.paper_facts import variant
from omni_pickup.queries.picking.floor_tasks import get_floor_task
from omni_pickup.queries.stock.items import get_item
from omni_pickup.queries.stock.stock import stock_level
from omni_pickup.queries.stock.stock_cards import find_items, fresh_count, learned_reasons, neighbours
from omni_pickup.queries.stores.stores import get_store
from omni_pickup.services.picking.found_pieces import report_found
from omni_pickup.services.stock.learned_safety import lower_learned_safety
from omni_pickup.services.stock.stock_counts import record_count
from omni_pickup.services.transfers.transfers import Wish, request_transfer
from omni_pickup.visitors import current_actor


def add_routes(blueprint: Blueprint) -> None:
    """Put this module's pages in the office."""
    blueprint.get("/<store_code>/stock")(show_search)
    blueprint.get("/<store_code>/stock/item")(show_item)
    blueprint.post("/<store_code>/stock/count")(count)
    blueprint.post("/<store_code>/stock/found")(report)
    blueprint.post("/<store_code>/stock/learned")(lower)
    blueprint.post("/<store_code>/stock/transfer")(ask_for)


def show_search() -> Response:
    """One field for SKU, barcode and name; a single exact hit leads straight to its item."""
    text, store = request.args.get("q", ""), current_store()
    found = find_items(store, text)
    if len(found) == 1:
        return go_to(url_for("office.show_item", store_code=store.code, sku=found[0][0].sku))
    rows = [(item, variant(item), level) for item, level in found]
    return show("office/stock.html", store=store, text=text, rows=rows)


def show_item() -> Response:
    """One item. What the books hold is hidden until the person has counted, or the count would not be blind."""
    return show("office/item.html", **_card(get_item(request.args.get("sku", ""))))


def count() -> Response:
    """Record what was seen."""
    item, store = _item(), current_store()
    try:
        with transaction("record_count"):
            task = get_floor_task(name, store) if (name := request.form.get("task", "")) else None
            seen = record_count(store, item, whole_number("counted"), task=task, by=current_actor())
            accepted = seen.accepted
    except (Invalid, Conflict) as error:
        return _refused(error, "counted")
    counted = _("Counted. The books follow.") if accepted else _("Your count is written down.")
    return _back(counted, item)


def report() -> Response:
    """Pieces turned up."""
    item, store, location = _item(), current_store(), request.form.get("location", "").strip() or None
    try:
        with transaction("report_found"):
            back = report_found(store, item, whole_number("pieces"), location=location, by=current_actor())
    except Invalid as error:
        return _refused(error, "pieces")
    went_back = ngettext("%(num)s piece goes", "%(num)s pieces go", back)
    return _back(_("Reported. %(pieces)s back to an order.", pieces=went_back), item)


def lower() -> Response:
    """Trust the shelf again."""
    item, store = _item(), current_store()
    try:
        with transaction("lower_learned_safety"):
            left = lower_learned_safety(store, item, pieces=whole_number("learned"), by=current_actor())
    except Invalid as error:
        return _refused(error, "learned")
    return _back(_("The system now keeps %(n)s back.", n=left), item)


def ask_for() -> Response:
    """Ask another store to send pieces here."""
    item, here, form = _item(), current_store(), request.form
    try:
        with transaction("request_transfer"):
            wish = Wish(item_id=item.id, pieces=whole_number("wanted"))
            source = get_store(form.get("source", ""))
            request_transfer(source, here, [wish], reason="asked by a manager", by=current_actor())
    except (Invalid, Conflict) as error:
        return _refused(error, "wanted")
    return _back(_("%(store)s is asked to send it.", store=source.name), item)


def _item() -> Item:
    return get_item(request.form.get("sku", ""))


def _back(words: str, item: Item) -> Response:
    return done_here(words, "office.show_item", sku=item.sku)


def _refused(error: OperationError, field: str) -> Response:
    """The item again, with what is wrong at the field of the form that was sent."""
    return show_refused("office/item.html", error, wrong_field=field, **_card(_item()))


def _card(item: Item) -> dict[str, Any]:
    store, now = current_store(), clock.now()
    level = stock_level(store.id, item.id)
    return {
        "store": store,
        "item": item,
        "variant": variant(item),
        "level": level,
        "seen": fresh_count(store, item, staff_id=require_role("manager").staff_id, now=now),
        "learned": learned_reasons(store, item) if level is not None and level.learned_safety else [],
        "neighbours": neighbours(store, item),
    }
