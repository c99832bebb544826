"""Bagging and staging: bags are made from totes, and carried to the places where they wait."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from omni_pickup import clock
from omni_pickup.board.fragments import show_live
from omni_pickup.board.guards import current_store
from omni_pickup.errors import NotFound
from omni_pickup.models.orders import Order
from omni_pickup.models.stores import StagingLocation
from omni_pickup.queries.orders.orders import get_order
from omni_pickup.queries.papers.print_subjects import bags_without_label
from omni_pickup.queries.picking.staging_lists import StagingRow, staging_places, staging_rows
from omni_pickup.queries.picking.waiting_people import who_is_here
from omni_pickup.queries.picking.waves import get_wave
from omni_pickup.rules.lifecycle import ORDER_OPEN_STATES
from omni_pickup.rules.place_codes import place_pattern


def add_routes(blueprint: Blueprint) -> None:
    """Put this module's pages on the board."""
    blueprint.get("/staging")(show_staging)
    blueprint.get("/staging/<order_id>")(show_order_staging)


def show_staging() -> Response:
    """Everything that waits for a bag or a place, or what belongs to `wave`."""
    wave_id = request.args.get("wave")
    return show_live("board/staging.html", "board/_staging.html", lambda: _context(wave_id=wave_id))


def show_order_staging(order_id: str) -> Response:
    """One order's bags, with their contents. Raises NotFound."""
    return show_live("board/staging.html", "board/_staging.html", lambda: _context(order_id=order_id))


def _context(*, wave_id: str | None = None, order_id: str | None = None) -> dict[str, Any]:
    store = current_store()
    order = get_order(order_id) if order_id else None
    if order is not None and order.store_id != store.id:
        raise NotFound("There is no such order here.")
    wave = get_wave(wave_id, store.id) if wave_id else None
    rows = staging_rows(store, wave=wave, order=order)
    places = staging_places(store)
    bags = [bag for row in rows for bag in row.bags]
    carried = [bag.package for bag in bags if not bag.is_staged]
    # Bags of an order that ended are unpacked, and go nowhere that a label would send them.
    ended = order is not None and order.state not in ORDER_OPEN_STATES
    labelled = [] if ended else carried
    unlabelled = bags_without_label(labelled)
    return {
        "store": store,
        "now": clock.now(),
        "wave": wave,
        "order": order,
        "ended": ended,
        "rows": rows,
        "bags": bags,
        "staged": sum(bag.is_staged for bag in bags),
        "unlabelled": unlabelled,
        "again": [bag.public_id for bag in labelled if bag.tag is None and bag.public_id not in unlabelled],
        "waiting": _waited_for(rows),
        "planned": 0 if ended else sum(len(row.plans) for row in rows),
        "facts": _facts(rows, places),
    }


def _waited_for(rows: Sequence[StagingRow]) -> Order | None:
    """The first order that somebody stands here for and may have now."""
    ready = [row.order for row in rows if row.order.state == "ready"]
    here = who_is_here([order.id for order in ready])
    return next((order for order in ready if order.id in here), None)


def _facts(rows: Sequence[StagingRow], places: Sequence[StagingLocation]) -> dict[str, Any]:
    """What the script needs to judge a scan at once; the server judges again."""
    return {
        "places": {
            place.code: {"zone": place.zone, "kind": kind_words(place.kind), "refusal": _refusal(place)}
            for place in places
        },
        "right": {zone: _right_places(zone, places) for zone in {place.zone for place in places}},
        "place_pattern": place_pattern(place.code for place in places),
        "plans": [
            {"order": row.order.public_id, "contents": dict(plan.contents), "zone": plan.zone}
            for row in rows
            for plan in row.plans
        ],
        "words": {
            "goes": _("Bag %(bag)s goes to", bag="#"),
            "stands": _("Bag %(bag)s stands here; scan another place to move it", bag="#"),
            "tag": _("Next: bag %(bag)s. Scan its tag, or", bag="#"),
            "scan": _("Scan %(place)s", place="#"),
            "scan_bag": _("Scan a bag"),
            "first": _("Scan the bag first"),
            "unknown": _("This code is not known here"),
            "goods": _("This is a piece of goods, not a tag"),
            "no_place": _("%(code)s is no place of this store", code="#"),
            "tagged": _("Bag %(bag)s has a tag already", bag="#"),
            "hangs": _("Tag %(tag)s now hangs on bag %(bag)s", tag="@", bag="#"),
            "choose": _("Tap the bag it hangs on, then scan it again."),
            "unchanged": _("Nothing was changed."),
            "nowhere": _("Any place of the right temperature"),
            "chilled": _("Bag %(bag)s is chilled.", bag="#"),
            "frozen": _("Bag %(bag)s is frozen.", bag="#"),
            "ambient": _("Bag %(bag)s is not cold.", bag="#"),
        },
    }


def kind_words(kind: str) -> str:
    """What people call a kind of place."""
    words = {
        "shelf": _("Shelf"),
        "rail": _("Rail"),
        "cage": _("Cage"),
        "fridge": _("Fridge"),
        "freezer": _("Freezer"),
        "floor": _("Floor"),
    }
    return str(words.get(kind, kind))


def _refusal(place: StagingLocation) -> str:
    if place.zone == "chilled":
        return str(_("%(place)s is a fridge", place=place.code))
    if place.zone == "frozen":
        return str(_("%(place)s is a freezer", place=place.code))
    return str(_("%(place)s is a warm place", place=place.code))


def _right_places(zone: str, places: Sequence[StagingLocation]) -> str:
    """A few are named; of many the script names the one that was suggested, in place of `#`."""
    codes = [place.code for place in places if place.zone == zone]
    named = f" {_('or')} ".join(codes) if len(codes) < 4 else _("for example %(place)s", place="#")
    if zone == "chilled":
        return str(_("Scan a fridge: %(places)s", places=named))
    if zone == "frozen":
        return str(_("Scan a freezer: %(places)s", places=named))
    return str(_("Scan a warm place: %(places)s", places=named))
