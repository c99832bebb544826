"""The order sheet: what to say on the phone, and everything else about one order."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint
from werkzeug.wrappers import Response

from omni_pickup import clock
from omni_pickup.board.fragments import show_live
from omni_pickup.board.guards import current_store
from omni_pickup.board.order_words import expectation, sentence, step_words, when
from omni_pickup.models.orders import Order
from omni_pickup.pages import money_words, show
from omni_pickup.queries.orders.order_sheets import OrderSheet, order_sheet
from omni_pickup.queries.orders.orders import get_order_by_number
from omni_pickup.queries.papers.paper_facts import bag_code
from omni_pickup.queries.promises.paces import pace_of
from omni_pickup.queries.returns.returns import open_returns
from omni_pickup.rules.lifecycle import ORDER_OPEN_STATES
from omni_pickup.rules.stages import sla_of, stages_of


def add_routes(blueprint: Blueprint) -> None:
    """Put this module's pages on the board."""
    blueprint.get("/orders/<number>")(show_order)
    blueprint.get("/orders/<number>/contact")(show_contact)


def show_order(number: str) -> Response:
    """The sheet, or what changed on it for htmx."""
    return show_live("board/order.html", "board/_order_live.html", lambda: _context(number))


def show_contact(number: str) -> Response:
    """Name, telephone and address, once somebody asked for them."""
    order = get_order_by_number(number, current_store().id)
    return show("board/_contact.html", order=order, contact=order.contact)


def _stages(sheet: OrderSheet, now: datetime) -> dict[str, Any]:
    """How each stage on the way to the promise stands, while the order is not ready."""
    order = sheet.order
    if order.state not in ORDER_OPEN_STATES - {"ready"}:
        return {"risk": None, "stages": ()}
    stages = stages_of(
        now=now,
        promised_at=order.promised_at,
        own_minutes=pace_of(order.store).minutes(1, sheet.open_pieces),
        started_at=order.picking_started_at,
        picked_at=order.picked_at,
        ready_at=order.ready_at,
    )
    return {"risk": sla_of(stages), "stages": stages}


def _context(number: str) -> dict[str, Any]:
    store, now = current_store(), clock.now()
    order = get_order_by_number(number, store.id)
    sheet = order_sheet(order)
    return {
        "store": store,
        "now": now,
        "order": order,
        "sheet": sheet,
        "is_open": order.state in ORDER_OPEN_STATES,
        "sentence": sentence(sheet),
        "promised": when(order.promised_at, store),
        "expected": expectation(order),
        **_stages(sheet, now),
        "code": bag_code(order),
        "returns": open_returns(order, store),
        "due": _due_words(order),
        "flags": sorted(
            {flag for line in order.lines if line.open for flag in line.item.handling if flag != "fragile"}
        ),
        "steps": [(step, words) for step in sheet.steps if (words := step_words(step.type)) is not None],
    }


def _due_words(order: Order) -> str | None:
    if order.payment_state != "due" or order.payment_due_minor is None or order.currency is None:
        return None
    return money_words(order.payment_due_minor, order.currency)
