"""Taking an order in: all of it is checked, reserved, promised, written and told, or nothing of it happened."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import bindparam, select

from omni_pickup import clock
from omni_pickup.errors import ExternalIdConflict, InsufficientStock, Invalid, NoPromise
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.floors import enter_floor
from omni_pickup.models.orders import Order
from omni_pickup.models.stock import Hold
from omni_pickup.models.stores import Store
from omni_pickup.queries.orders.alternatives import alternatives
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.queries.stock.holds import held_pieces
from omni_pickup.queries.stock.stock import available_of
from omni_pickup.queries.stores.stores import find_store
from omni_pickup.services.order_states import record_order
from omni_pickup.services.orders import order_rows
from omni_pickup.services.orders.order_values import OrderRequest, fingerprint_of, read_order
from omni_pickup.services.promises.promises import make_promise
from omni_pickup.services.stock.holds import hold_for_order, use_hold
from omni_pickup.services.stock.stock_moves import Cause, release_pieces, reserve_pieces
from omni_pickup.services.stores.pauses import refuse_if_paused

# Built once, because nearly every order is new and the answer is no row.
_KNOWN = select(Order.id, Order.fingerprint).where(
    Order.client_id == bindparam("client_id"), Order.external_id == bindparam("external_id")
)


def place_order(
    values: Mapping[str, Any],
    *,
    client_id: int,
    by: Actor,
    store: Store | None = None,
    within: Collection[int] | None = None,
) -> tuple[Order, bool]:
    """Take an order from the contract's JSON; returns it and whether it is new.

    A known `external_id` with the same store and lines gives the existing order and changes nothing. `store` is
    the one that the values name, from whoever has read it in this transaction already; `within` are the stores
    (ids) that the caller may see, which bounds the alternatives. Raises Invalid, ExternalIdConflict, StorePaused,
    NoPromise, HoldUsed, or InsufficientStock with what there is and where else; then nothing is reserved and the
    `external_id` stays free.
    """
    existing = _existing(values, client_id)
    if existing is not None:
        return existing, False
    store = store or find_store(values["store"], lock=False)
    if store is None or (within is not None and store.id not in within):
        raise Invalid.at("/store", f"There is no store {values['store']}.")
    if values.get("hold_id") is not None:
        # A hold that exists is changed, which is done on the floor; that lock comes before all others.
        enter_floor(store.id)
    request = read_order(values, store)
    method = request.columns["pickup_method"]
    now = clock.now()
    refuse_if_paused(store, request.wanted, now=now, pickup_method=method, within=within)
    promised_at = make_promise(
        store,
        now=now,
        requested_from=request.requested_from,
        pieces=sum(request.wanted.values()),
        handlings={handling for line in request.lines for handling in line.item.handling},
    )
    if promised_at is None:
        raise NoPromise()
    order = order_rows.insert_order(request, client_id=client_id, promised_at=promised_at, now=now)
    if order is None:
        # Another request with the same external_id was faster; it has committed, because the insert waited.
        return _existing_or_conflict(values, client_id), False
    given = _reserve(order, request, values.get("hold_id"), by=by, within=within)
    _write_rest(order, request, given, by)
    return order, True


def _existing(values: Mapping[str, Any], client_id: int) -> Order | None:
    """The client's order of that `external_id`. Raises ExternalIdConflict when it is another one."""
    asked = {"client_id": client_id, "external_id": values["external_id"]}
    known = db.session.connection().execute(_KNOWN, asked).one_or_none()
    if known is None:
        return None
    if known.fingerprint != fingerprint_of(values):
        raise ExternalIdConflict("This external_id belongs to an order with another store or other lines.")
    return get_order_by_key(known.id)


def _existing_or_conflict(values: Mapping[str, Any], client_id: int) -> Order:
    order = _existing(values, client_id)
    if order is None:
        raise ExternalIdConflict("Another request with this external_id is under way.")
    return order


def _reserve(
    order: Order, request: OrderRequest, hold_id: str | None, *, by: Actor, within: Collection[int] | None
) -> dict[int, int]:
    """Reserve what is wanted, out of the hold first; returns pieces by item id."""
    wanted = request.wanted
    hold = None
    if hold_id is not None:
        hold = hold_for_order(hold_id, client_id=order.client_id, store_id=order.store_id)
    cause = Cause("reserve", by, order_id=order.id)
    if hold is None:
        held: dict[int, int] = {}
        given = reserve_pieces(order.store_id, wanted, cause=cause, partial=request.partial)
    else:
        held = _sellable(hold, request)
        given = _take_over(hold, held, wanted, cause, partial=request.partial)
    short = {item_id for item_id in wanted if given[item_id] < wanted[item_id]}
    if short and (not request.partial or not any(given.values())):
        raise _insufficient(order.store, request, short, held, within)
    if hold is not None:
        use_hold(hold, order_public_id=order.public_id, by=by)
    return given


def _sellable(hold: Hold, request: OrderRequest) -> dict[int, int]:
    """Held pieces by item id; those of an item that was recalled meanwhile count as none."""
    recalled = {line.item.id for line in request.lines if line.item.stop_sale}
    return {item_id: 0 if item_id in recalled else pieces for item_id, pieces in held_pieces(hold).items()}


def _take_over(
    hold: Hold, held: Mapping[int, int], wanted: Mapping[int, int], cause: Cause, *, partial: bool
) -> dict[int, int]:
    """Per item reserve or release only the difference to what is held, in the one lock order."""
    really_held = held_pieces(hold)
    given: dict[int, int] = {}
    for item_id in sorted({*really_held, *wanted}):
        usable, needed = held.get(item_id, 0), wanted.get(item_id, 0)
        more = {item_id: max(0, needed - usable)}
        reserved = reserve_pieces(hold.store_id, more, cause=cause, partial=partial)[item_id]
        given[item_id] = min(needed, usable) + reserved
        release_pieces(hold.store_id, {item_id: really_held.get(item_id, 0) - min(needed, usable)}, cause=cause)
    return given


def _insufficient(
    store: Store, request: OrderRequest, short: set[int], held: Mapping[int, int], within: Collection[int] | None
) -> InsufficientStock:
    """What there is, own held pieces included, and the stores that can fill all of it."""
    available = available_of(store.id, short)
    return InsufficientStock(
        lines=[
            {
                "line_id": line.line_id,
                "sku": line.item.sku,
                "requested": line.quantity,
                "available": available.get(line.item.id, 0) + held.get(line.item.id, 0),
            }
            for line in request.lines
            if line.item.id in short
        ],
        alternatives=alternatives(
            store, request.wanted, now=clock.now(), pickup_method=request.columns["pickup_method"], within=within
        ),
    )


def _write_rest(order: Order, request: OrderRequest, given: Mapping[int, int], by: Actor) -> None:
    order_rows.insert_lines(order, request.lines, given)
    order_rows.insert_contact(order, request.contact)
    order_rows.insert_pickup_code(order)
    if request.collector:
        order_rows.insert_pickup_code(order, "collector")
    order_rows.insert_pick_tasks(order)
    if any(line.short for line in order.lines):
        order_rows.ask_about_short_lines(order, now=order.received_at)
    record_order(order, "order.received", by=by)
