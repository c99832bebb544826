"""What the till or the delivery door did: relative changes of on hand, each counted once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select

from omni_pickup import clock
from omni_pickup.errors import Conflict, Invalid
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db, insert_if_absent
from omni_pickup.models.floors import enter_floor
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order
from omni_pickup.models.stock import StockAdjustment
from omni_pickup.models.stores import Store
from omni_pickup.queries.stock.till_sales import open_pieces, sold_pieces
from omni_pickup.services.meanings import MOST_PIECES, Findings, instant_of, key_of, require, whole_number
from omni_pickup.services.stock.items import known_items
from omni_pickup.services.stock.stock_deficits import recheck_deficit
from omni_pickup.services.stock.stock_levels import record_levels
from omni_pickup.services.stock.stock_moves import Cause, lock_level, move_stock
from omni_pickup.services.stock.till_sales import consume_settled, meet_handoffs, pieces_already_sold, unsell_pieces

__all__ = ["apply_adjustments", "consume_settled", "pieces_already_sold"]

#: Adjustments of one request.
MOST_ADJUSTMENTS = 1000


def apply_adjustments(
    store: Store, client_id: int, adjustments: Sequence[Mapping[str, Any]], *, by: Actor
) -> list[dict[str, Any]]:
    """Apply all, or none; answers `{sku, reference, delta, applied, on_hand}` in the given order.

    A known (client, store, reference, SKU) with the same delta is answered as the first time and counts once. On
    hand stops at 0; `applied` says how far it came. One that happened (`occurred_at`) before a count that is in the
    books already moves on hand by nothing, because the count saw its result. Reservations never refuse it: they
    make a deficit. One that names an order settles with that order's handoff. Raises Invalid, also for a delivery
    after which the level would hold more than 1,000,000 pieces, or Conflict for a known reference with another
    delta.
    """
    enter_floor(store.id)
    items, orders = _check(store, client_id, adjustments)
    answers: dict[str, dict[str, Any]] = {}
    changed: list[Item] = []
    for index, given in sorted(enumerate(adjustments), key=lambda one: items[one[1]["sku"]].id):
        item = items[given["sku"]]
        row, is_new = _row(store, client_id, item, given, orders.get(given.get("order") or ""))
        if is_new:
            _apply(row, by)
            if row.delta > 0 and row.on_hand_after > MOST_PIECES:
                message = f"A level holds at most {MOST_PIECES} pieces; {item.sku} would have {row.on_hand_after}."
                raise Invalid.at(f"/adjustments/{index}/delta", message)
            changed.append(item)
        answers[item.sku] = _shape(row, item)
    if changed:
        record_levels(store, changed, by=by)
    return [answers[given["sku"]] for given in adjustments]


def _check(
    store: Store, client_id: int, adjustments: Sequence[Mapping[str, Any]]
) -> tuple[dict[str, Item], dict[str, Order]]:
    findings = Findings()
    with findings.at("/adjustments"):
        require(1 <= len(adjustments) <= MOST_ADJUSTMENTS, f"Send 1 to {MOST_ADJUSTMENTS} adjustments.")
    items = known_items([given["sku"] for given in adjustments], findings, "/adjustments/{}/sku")
    orders = _orders(store, client_id, {given["order"] for given in adjustments if given.get("order") is not None})
    seen: set[str] = set()
    for index, given in enumerate(adjustments):
        below = f"/adjustments/{index}"
        with findings.at(f"{below}/sku"):
            require(given["sku"] not in seen, f"{given['sku']} is in this request twice.")
        seen.add(given["sku"])
        with findings.at(f"{below}/delta"):
            whole_number(given["delta"], least=-MOST_PIECES, most=MOST_PIECES)
            require(given["delta"] != 0, "A delta of 0 changes nothing.")
        for name in ("reference", "reason"):
            with findings.at(f"{below}/{name}"):
                key_of(given[name], longest=200)
        with findings.at(f"{below}/occurred_at"):
            occurred_at = instant_of(given.get("occurred_at"))
            require(occurred_at is None or occurred_at <= clock.now(), "Nothing can have happened in the future.")
        with findings.at(f"{below}/order"):
            require(given.get("order") is None or given["order"] in orders, "There is no such order at this store.")
    findings.settle()
    return items, orders


def _orders(store: Store, client_id: int, named: set[str]) -> dict[str, Order]:
    """The orders of this store that are named by our id or by the client's own `external_id`."""
    if not named:
        return {}
    own = (Order.client_id == client_id) & Order.external_id.in_(named)
    rows = db.session.scalars(select(Order).where(Order.store_id == store.id, or_(Order.public_id.in_(named), own)))
    found: dict[str, Order] = {}
    for order in rows.unique():
        found |= {name: order for name in (order.public_id, order.external_id) if name in named and name is not None}
    return found


def _row(
    store: Store, client_id: int, item: Item, given: Mapping[str, Any], order: Order | None
) -> tuple[StockAdjustment, bool]:
    """The adjustment's row and whether it is new. Raises Conflict for a known reference with another delta."""
    key = {"client_id": client_id, "store_id": store.id, "reference": given["reference"], "item_id": item.id}
    values = {
        **key,
        "reason": given["reason"],
        "delta": given["delta"],
        "applied": 0,
        "on_hand_after": 0,
        "order_id": None if order is None else order.id,
        "occurred_at": instant_of(given.get("occurred_at")),
        "recorded_at": clock.now(),
    }
    is_new = insert_if_absent(StockAdjustment, values, keys=tuple(key)) is not None
    row = db.session.scalars(select(StockAdjustment).filter_by(**key)).one()
    if row.delta != given["delta"]:
        raise Conflict(
            f"Reference {row.reference} already counted {row.delta} of {item.sku}.",
            sku=item.sku,
            reference=row.reference,
            delta=row.delta,
        )
    return row, is_new


def _apply(row: StockAdjustment, by: Actor) -> None:
    # The level's row is the lock under which order, till and handoff agree on what is settled.
    lock_level(row.store_id, row.item_id)
    if row.order_id is None:
        _move(row, row.delta, 0, by)
    elif row.delta > 0:
        back = unsell_pieces(row.order_id, row.item_id, row.delta, store_id=row.store_id, by=by)
        _move(row, row.delta - back, 0, by)
        row.applied += back
    else:
        _sell(row, row.order_id, -row.delta, by)
    db.session.flush()


def _sell(row: StockAdjustment, order_id: int, pieces: int, by: Actor) -> None:
    """Sell pieces of an order: first those handed over already, then open ones, the rest as any other sale."""
    met = meet_handoffs(order_id, row.item_id, pieces)
    unsold = open_pieces(order_id, row.item_id) - sold_pieces(order_id, row.item_id)
    from_order = min(pieces - met, max(0, unsold))
    row.for_order, row.settled = met + from_order, met
    _move(row, met - pieces, -from_order, by)


def _move(row: StockAdjustment, delta: int, reserved: int, by: Actor) -> None:
    """Move what the books allow: on hand stops at 0."""
    before = lock_level(row.store_id, row.item_id)
    row.applied = max(delta, -before["on_hand"])
    cause = Cause(
        "adjustment",
        by,
        reason=row.reason,
        reference=row.reference,
        order_id=row.order_id,
        occurred_at=row.occurred_at,
    )
    # What a handoff has met already has left the shelf once, so it is not asked of the books again.
    after = move_stock(row.store_id, row.item_id, cause=cause, asked=delta, on_hand=row.applied, reserved=reserved)
    row.applied = after["on_hand"] - before["on_hand"]
    row.on_hand_after = after["on_hand"]
    recheck_deficit(row.store_id, row.item_id, by=by)


def _shape(row: StockAdjustment, item: Item) -> dict[str, Any]:
    return {
        "sku": item.sku,
        "reference": row.reference,
        "delta": row.delta,
        "applied": row.applied,
        "on_hand": row.on_hand_after,
    }
