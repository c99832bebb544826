"""Holds: pieces kept for a shopper's cart for a while. The state decides, not the clock."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from omni_pickup import clock, keys
from omni_pickup.errors import HoldUsed, InsufficientStock, Invalid, WrongState
from omni_pickup.models.actors import SYSTEM, Actor
from omni_pickup.models.base import db
from omni_pickup.models.floors import enter_floor
from omni_pickup.models.stock import Hold, HoldLine
from omni_pickup.models.stores import Store
from omni_pickup.queries.orders.alternatives import alternatives
from omni_pickup.queries.stock.holds import held_pieces, hold_shape
from omni_pickup.queries.stock.stock import available_of
from omni_pickup.services import events
from omni_pickup.services.meanings import MOST_PIECES, Findings, require, whole_number
from omni_pickup.services.stock.items import known_items
from omni_pickup.services.stock.stock_deficits import recheck_endangered
from omni_pickup.services.stock.stock_moves import Cause, release_pieces, reserve_pieces
from omni_pickup.services.stores.pauses import refuse_if_paused

#: Lines of one hold.
MOST_LINES = 500
#: A cart may wait a day; longer is an order.
LONGEST_TTL = 86_400


def place_hold(
    client_id: int,
    store: Store,
    lines: Sequence[Mapping[str, Any]],
    ttl_seconds: int,
    *,
    by: Actor,
    within: Collection[int] | None = None,
) -> Hold:
    """Reserve pieces for a cart for `ttl_seconds` (1 to 86,400), all or nothing; repeated SKUs are summed.

    `within` are the stores (ids) that the caller may see, which bounds the alternatives.

    Raises Invalid, StorePaused, or InsufficientStock with what there is and the stores that can fill all of it.
    """
    findings = Findings()
    with findings.at("/ttl_seconds"):
        whole_number(ttl_seconds, least=1, most=LONGEST_TTL)
    wanted, skus = _read_lines(lines, findings)
    findings.settle()
    now = clock.now()
    refuse_if_paused(store, wanted, now=now, within=within)
    hold = Hold(
        public_id=keys.new_id("hld"),
        client_id=client_id,
        store_id=store.id,
        state="active",
        created_at=now,
        expires_at=now + timedelta(seconds=ttl_seconds),
    )
    db.session.add(hold)
    db.session.flush()
    given = reserve_pieces(store.id, wanted, cause=Cause("hold", by, hold_id=hold.id))
    _refuse_if_short(store, lines, skus, wanted, given, now=now, within=within)
    db.session.add_all(
        HoldLine(hold_id=hold.id, item_id=item_id, quantity=pieces) for item_id, pieces in wanted.items()
    )
    _record(hold, "hold.placed", by)
    return hold


def release_hold(hold: Hold, *, by: Actor) -> Hold:
    """Let go of a hold; one that is over already stays as it is. Raises HoldUsed for one that became an order."""
    if hold.state == "used":
        raise HoldUsed("This hold already became an order; cancel the order instead.")
    if hold.state == "active":
        _end(hold, "released", by)
    return hold


def expire_due_holds(now: datetime, limit: int = 100, *, by: Actor = SYSTEM) -> int:
    """End at most `limit` active holds whose time has passed, the oldest first; returns how many."""
    over = select(Hold).where(Hold.state == "active", Hold.expires_at <= now)
    first = over.order_by(Hold.expires_at, Hold.id).limit(limit)
    stores = set(db.session.scalars(first.with_only_columns(Hold.store_id)))
    enter_floor(*stores)
    due = db.session.scalars(first.where(Hold.store_id.in_(stores)).with_for_update(key_share=True)).all()
    for hold in due:
        _end(hold, "expired", by)
    return len(due)


def hold_for_order(public_id: str, *, client_id: int, store_id: int) -> Hold | None:
    """The hold that an order may take over, locked; None when it has ended and ordinary stock has to do.

    Raises Invalid for one of another client or store, HoldUsed for one that became an order.
    """
    enter_floor(store_id)
    statement = select(Hold).where(Hold.public_id == public_id, Hold.client_id == client_id, Hold.store_id == store_id)
    locked = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    hold = db.session.scalars(locked).one_or_none()
    if hold is None:
        raise Invalid.at("/hold_id", "There is no such hold of yours at this store.")
    if hold.state == "used":
        raise HoldUsed()
    return hold if hold.state == "active" else None


def use_hold(hold: Hold, *, order_public_id: str, by: Actor) -> None:
    """Its pieces belong to an order now. Raises WrongState unless it is active."""
    if hold.state != "active":
        raise WrongState("This hold is over.", state=hold.state)
    hold.state, hold.ended_at = "used", clock.now()
    # What the order did not need of it was let go of.
    recheck_endangered(hold.store_id, held_pieces(hold), by=by)
    _record(hold, "hold.used", by, order=order_public_id)


def _end(hold: Hold, state: str, by: Actor) -> None:
    hold.state, hold.ended_at = state, clock.now()
    db.session.flush()
    held = held_pieces(hold)
    release_pieces(hold.store_id, held, cause=Cause("hold_release", by, reason=state, hold_id=hold.id))
    recheck_endangered(hold.store_id, held, by=by)
    _record(hold, f"hold.{state}", by)


def _read_lines(lines: Sequence[Mapping[str, Any]], findings: Findings) -> tuple[dict[int, int], dict[str, int]]:
    with findings.at("/lines"):
        require(1 <= len(lines) <= MOST_LINES, f"A hold has 1 to {MOST_LINES} lines.")
    items = known_items([line["sku"] for line in lines], findings, "/lines/{}/sku")
    wanted: dict[int, int] = {}
    for index, line in enumerate(lines):
        with findings.at(f"/lines/{index}/quantity"):
            pieces = whole_number(line["quantity"], least=1, most=MOST_PIECES)
            if line["sku"] in items:
                item_id = items[line["sku"]].id
                wanted[item_id] = wanted.get(item_id, 0) + pieces
    return wanted, {sku: item.id for sku, item in items.items()}


def _refuse_if_short(
    store: Store,
    lines: Sequence[Mapping[str, Any]],
    skus: Mapping[str, int],
    wanted: Mapping[int, int],
    given: Mapping[int, int],
    *,
    now: datetime,
    within: Collection[int] | None,
) -> None:
    lacking = {item_id for item_id in wanted if given[item_id] < wanted[item_id]}
    if not lacking:
        return
    available = available_of(store.id, lacking)
    raise InsufficientStock(
        lines=[
            {"sku": line["sku"], "requested": line["quantity"], "available": available.get(skus[line["sku"]], 0)}
            for line in lines
            if skus[line["sku"]] in lacking
        ],
        alternatives=alternatives(store, wanted, now=now, within=within),
    )


def _record(hold: Hold, type_: str, by: Actor, **extra: str) -> None:
    db.session.flush()
    store = db.session.get_one(Store, hold.store_id)
    data = {"hold": hold_shape(hold), "store": store.code, **extra}
    events.record(type_, by=by, data=data, store_id=hold.store_id, owner_client_id=hold.client_id)
