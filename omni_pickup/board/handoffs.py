"""Handing over: who stands there, where the bags are, what is still to be done before they may be given."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response

from omni_pickup import clock
from omni_pickup.board.fragments import show_live
from omni_pickup.board.guards import current_store
from omni_pickup.board.handoff_stops import Stop, stop_of
from omni_pickup.board.handoff_words import amount_words, result_words, script_words
from omni_pickup.board.lock import short_names
from omni_pickup.board.order_words import when
from omni_pickup.errors import NotFound
from omni_pickup.models.orders import Order
from omni_pickup.models.stores import Store
from omni_pickup.pages import show
from omni_pickup.queries.handoff.handoff_sheets import HandoffSheet, handoff_sheet
from omni_pickup.queries.orders.orders import get_order
from omni_pickup.queries.papers.paper_facts import address_lines, bag_code, variant
from omni_pickup.queries.picking.floor_finds import find_on_floor
from omni_pickup.queries.promises.opening_hours import hours_of
from omni_pickup.queries.stores.staff import staff_with_pin
from omni_pickup.queries.stores.stores import get_store
from omni_pickup.rules.distances import kilometres_between
from omni_pickup.services.handoff.handoff_checks import MOST_WRONG_CODES, code_proof, is_approved, needed_checks
from omni_pickup.services.handoff.handoff_undos import ended_since
from omni_pickup.time_limits import undo
from omni_pickup.visitors import current_actor, current_visitor

#: Why somebody leaves a piece here; the words are in `templates/macros/handoff.html`.
REFUSALS = ("changed_mind", "damaged", "wrong_item", "wrong_size", "not_as_expected", "too_late")
_LONGEST = 200


def add_routes(blueprint: Blueprint) -> None:
    """Put handing over on the board."""
    blueprint.get("/handoff")(find_handoff)
    blueprint.get("/handoff/<order_id>")(show_handoff)
    blueprint.get("/handoff/<order_id>/wrong")(show_wrong)
    blueprint.get("/handoff/<order_id>/stray")(show_stray)


def find_handoff() -> Response:
    """A field for the code; `code` is one to try, `elsewhere` the store where somebody's order is."""
    store, code = current_store(), request.args.get("elsewhere")
    there = get_store(code) if code and code != store.code else None
    if there is None:
        return show("board/handoff_find.html", store=store, code=request.args.get("code", "")[:_LONGEST])
    return show("board/handoff_elsewhere.html", **_way(store, there), is_ready="ready" in request.args)


def show_handoff(order_id: str) -> Response:
    """The handoff of one order, or what changed on it for htmx. Raises NotFound."""
    return show_live("board/handoff.html", "board/_handoff_live.html", lambda: _context(_order(order_id)))


def show_wrong(order_id: str) -> Response:
    """What may go wrong at the counter: only a part, nothing, a bag that is not there, nobody there."""
    order = _order(order_id)
    sheet = handoff_sheet(order)
    lines = [line for line in order.lines if line.open]
    return show(
        "board/wrong.html",
        store=order.store,
        order=order,
        sheet=sheet,
        lines=lines,
        reasons=REFUSALS,
        variant=variant,
    )


def show_stray(order_id: str) -> Response:
    """What a scan was that is none of this order's bags, so that the difference can be seen."""
    order, text = _order(order_id), request.args.get("code", "")[:_LONGEST]
    found = find_on_floor(order.store, text, clock.now())
    code = bag_code(found.bag.order) if found.bag is not None else None
    return show("board/_handoff_stray.html", order=order, found=found, text=text, code=code, wanted=bag_code(order))


def _order(order_id: str) -> Order:
    order = get_order(order_id)
    if order.store_id != current_store().id:
        raise NotFound("There is no such order here.")
    return order


def _context(order: Order) -> dict[str, Any]:
    sheet, now = handoff_sheet(order), clock.now()
    stop = stop_of(sheet)
    return {
        "store": order.store,
        "now": now,
        "order": order,
        "sheet": sheet,
        "code": bag_code(order),
        "stop": stop,
        "kept_until": when(order.hold_until, order.store) if order.state == "ready" and order.hold_until else None,
        "paid": amount_words(order),
        "flags": sorted({str(flag) for line in order.lines if line.open for flag in line.item.handling}),
        "managers": _managers(order.store),
        "words": script_words(sheet),
        **_past(sheet),
        **_checks(order, stop),
    }


def _checks(order: Order, stop: Stop | None) -> dict[str, Any]:
    """What to check on each path: with the code that was proved, or without one as customer or collector."""
    by = current_actor()
    proof = code_proof(order, by) if stop is None else None
    approved = is_approved(by)
    locked = order.wrong_codes >= MOST_WRONG_CODES and not approved
    has_collector = proof["holder"] == "collector" if proof else False
    paths = {
        "code": needed_checks(order, has_code=True, is_collector=has_collector),
        "customer": needed_checks(order, has_code=False, is_collector=False),
        "collector": needed_checks(order, has_code=False, is_collector=True),
    }
    proved = {proof["method"], "code"} if proof else set()
    done = proved | ({"manager"} if approved else set())
    more = {"manager"} if locked else set()
    needs = {path: sorted((checks | more) - done) for path, checks in paths.items()}
    return {
        "proof": proof,
        "locked": locked,
        "needs": needs,
        "claims": [check for check in ("photo_id", "age", "signature", "manager") if _asked(check, needs)],
        "min_age": max((line.item.min_age or 0 for line in order.lines if line.open), default=0),
    }


def _asked(check: str, needs: dict[str, list[str]]) -> bool:
    return any(check in checks for checks in needs.values())


def _past(sheet: HandoffSheet) -> dict[str, Any]:
    """What was given before, in words, and whether that may still be taken back."""
    past, visitor = sheet.past, current_visitor()
    if past is None:
        return {"past": None, "past_words": "", "is_mine": False, "may_undo": False}
    return {
        "past": past,
        "past_words": result_words(sheet.order, past, me=visitor.staff_id if visitor else None),
        "is_mine": visitor is not None and past.staff_id == visitor.staff_id,
        "may_undo": clock.now() <= past.handoff.recorded_at + undo() and not ended_since(sheet.order, past.handoff),
    }


def _managers(store: Store) -> list[tuple[str, str]]:
    """Who may nod, by public id."""
    people = [staff for staff in staff_with_pin(store) if staff.has_role("manager")]
    return [(staff.public_id, short) for staff, short in zip(people, short_names(people), strict=True)]


def _way(here: Store, there: Store) -> dict[str, Any]:
    """Where the other store is and until when it is open."""
    hours, now = hours_of(there), clock.now()
    points = [(store.latitude, store.longitude) for store in (here, there)]
    known = [(latitude, longitude) for latitude, longitude in points if latitude is not None and longitude is not None]
    return {
        "store": here,
        "there": there,
        "address": address_lines(there.address),
        "closes": hours.closing_of(hours.local_day(now)) if hours.is_open(now) else None,
        "opens": hours.next_open(now),
        "kilometres": kilometres_between(*known) if len(known) == 2 else None,
    }
