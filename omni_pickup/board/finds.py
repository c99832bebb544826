"""One field for everything: what was typed or scanned leads to its page, or to a list when it may mean several."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

from flask import Blueprint, request
from werkzeug.wrappers import Response

from omni_pickup import clock
from omni_pickup.board.addresses import handoff_address, order_address, returns_address
from omni_pickup.board.guards import current_store
from omni_pickup.errors import NotFound
from omni_pickup.models.orders import NUMBER_BASE, Order
from omni_pickup.models.stores import Store
from omni_pickup.pages import go_to, show
from omni_pickup.queries.papers.paper_facts import variant
from omni_pickup.queries.picking.boards import AGED, bags_due_out
from omni_pickup.queries.picking.floor_finds import Found, find_on_floor, orders_where
from omni_pickup.queries.picking.waiting_people import waiting_people
from omni_pickup.queries.promises.opening_hours import hours_of
from omni_pickup.queries.stock.stock import levels_of

_LONGEST = 200


def add_routes(blueprint: Blueprint) -> None:
    """Put the search on the board."""
    blueprint.get("/find")(find)


def find() -> Response:
    """Where `q` leads; `show` is a list that the board counts instead."""
    store, text = current_store(), request.args.get("q", "")[:_LONGEST]
    shown = request.args.get("show")
    found = _shown(store, shown) if shown else find_on_floor(store, text, clock.now())
    address = _address(found)
    return go_to(address) if address else show("board/found.html", **_context(store, found, text))


def _address(found: Found) -> str | None:
    """Where something leads that can mean nothing else: a ready order to its handoff, others to their sheet."""
    if found.kind == "code":
        return f"{handoff_address()}?code={quote(found.code, safe='')}"
    if found.kind == "return" and found.ret is not None:
        return returns_address(found.ret.rma_number)
    if len(found.orders) != 1 or found.items or found.kind not in ("order", "bag"):
        return None
    order = found.orders[0]
    return handoff_address(order.public_id) if order.state == "ready" else order_address(order.number)


def _shown(store: Store, shown: str) -> Found:
    """A list that the board counts. Raises NotFound."""
    if shown == "coming":
        numbers = {int(one.number) - NUMBER_BASE for one in waiting_people(store) if not one.here}
        return Found("list", orders=orders_where(store, Order.id.in_(numbers)))
    now, hours = clock.now(), hours_of(store)
    midnight = hours.instant(hours.local_day(now) + timedelta(days=1), 0)
    if shown == "due_out":
        return Found("list", orders=orders_where(store, bags_due_out(store, now)))
    old = {"last_day": Order.hold_until <= midnight, "aged": Order.ready_at < now - AGED}.get(shown)
    if old is None:
        raise NotFound("There is no such list.")
    return Found("list", orders=orders_where(store, Order.state == "ready", old))


def _context(store: Store, found: Found, text: str) -> dict[str, Any]:
    level = levels_of(store.id, [found.item.id]).get(found.item.id) if found.item is not None else None
    facts = {"store": store, "found": found, "text": text, "level": level, "variant": variant}
    return {**facts, "show": request.args.get("show")}
