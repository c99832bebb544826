"""Absolute stock figures from the retailer's own system: one level, or a nightly thousand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select, update

from omni_pickup import clock
from omni_pickup.errors import Invalid
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.items import Item
from omni_pickup.models.picking import FloorTask
from omni_pickup.models.stock import StockLevel, StockMovement
from omni_pickup.models.stores import Store
from omni_pickup.queries.stock import level_shape, levels_of
from omni_pickup.services import events
from omni_pickup.services.floor_tasks import do_task
from omni_pickup.services.items import known_items
from omni_pickup.services.meanings import MOST_PIECES, Findings, instant_of, key_of, require, whole_number
from omni_pickup.services.stock_deficits import recheck_deficit
from omni_pickup.services.stock_moves import STATEMENTS, Cause, lock_level, move_stock

#: Levels of one bulk request.
MOST_LEVELS = 1000
_MOST_LOCATIONS = 20


def set_levels(store: Store, levels: Sequence[Mapping[str, Any]], *, by: Actor) -> list[dict[str, Any]]:
    """Set figures of one or up to 1,000 items, all or nothing; returns their level shapes in the given order.

    On hand changes by one movement with the difference. With `counted_at` what happened to the goods after the
    count is applied again on top, and of two such figures that come out of order the one of the later moment
    stays. A field that is absent keeps its value; reserved, quarantine, display and learned safety always do.
    Only `counted: true` lifts a block and closes the count task, unless the count is older than the block. A
    bulk's pointers begin with `/levels/0`, a single level's with the field. Raises Invalid.
    """
    return _set(store, levels, by=by, pointer="/levels/{}")


def set_level(store: Store, sku: str, values: Mapping[str, Any], *, by: Actor) -> dict[str, Any]:
    """Set one level; as `set_levels`, with pointers that begin with the field."""
    return _set(store, [{**values, "sku": sku}], by=by, pointer="")[0]


def _set(store: Store, levels: Sequence[Mapping[str, Any]], *, by: Actor, pointer: str) -> list[dict[str, Any]]:
    if len(levels) > MOST_LEVELS:
        raise Invalid.at("/levels", f"At most {MOST_LEVELS} levels at once.")
    findings = Findings()
    items = known_items([level["sku"] for level in levels], findings, f"{pointer}/sku")
    seen: set[str] = set()
    for index, level in enumerate(levels):
        with findings.at(f"{pointer.format(index)}/sku"):
            require(level["sku"] not in seen, f"{level['sku']} is in this request twice.")
        seen.add(level["sku"])
        _check(level, findings, pointer.format(index))
    findings.settle()
    changed = [
        items[level["sku"]]
        for level in sorted(levels, key=lambda level: items[level["sku"]].id)
        if _set_one(store, items[level["sku"]], level, by)
    ]
    shapes = _shapes(store, [items[level["sku"]] for level in levels])
    if changed:
        record_levels(store, changed, by=by)
    return shapes


def record_levels(store: Store, items: Sequence[Item], *, by: Actor) -> None:
    """Record the event of changed levels with their public shapes."""
    data = {"store": store.code, "levels": _shapes(store, items)}
    events.record("stock.changed", by=by, data=data, store_id=store.id)


def _shapes(store: Store, items: Sequence[Item]) -> list[dict[str, Any]]:
    levels = levels_of(store.id, [item.id for item in items])
    return [level_shape(levels[item.id], item) for item in items]


def _check(level: Mapping[str, Any], findings: Findings, below: str) -> None:
    for name in ("on_hand", "safety_stock"):
        with findings.at(f"{below}/{name}"):
            if level.get(name) is not None:
                whole_number(level[name], least=0, most=MOST_PIECES)
    with findings.at(f"{below}/counted_at"):
        counted_at = instant_of(level.get("counted_at"))
        require(counted_at is None or counted_at <= clock.now(), "Nobody can have counted in the future.")
    with findings.at(f"{below}/location"):
        if level.get("location") is not None:
            key_of(level["location"], longest=64)
    with findings.at(f"{below}/locations"):
        require(len(level.get("locations") or ()) <= _MOST_LOCATIONS, f"At most {_MOST_LOCATIONS} locations.")
    for index, location in enumerate(level.get("locations") or ()):
        with findings.at(f"{below}/locations/{index}"):
            key_of(location, longest=64)


def _set_one(store: Store, item: Item, given: Mapping[str, Any], by: Actor) -> bool:
    """Bring one level to the given values; returns whether anything changed."""
    before = after = lock_level(store.id, item.id)
    counted_at = instant_of(given.get("counted_at"))
    outdated, blind_to_block = _is_outdated(store.id, item.id, counted_at)
    deltas: dict[str, int] = {}
    if given.get("on_hand") is not None and not outdated:
        wanted = given["on_hand"] + (moved_since(store.id, item.id, counted_at) if counted_at else 0)
        deltas["on_hand"] = min(max(0, wanted), MOST_PIECES) - before["on_hand"]
    if given.get("safety_stock") is not None:
        deltas["safety_stock"] = given["safety_stock"] - before["safety_stock"]
    deltas = {figure: delta for figure, delta in deltas.items() if delta}
    counted = bool(given.get("counted")) and not outdated and not blind_to_block
    if deltas:
        cause = Cause("count" if counted else "set", by, occurred_at=counted_at)
        after = move_stock(store.id, item.id, cause=cause, **deltas)
    if given.get("on_hand") is not None and not outdated and (counted or counted_at):
        state_level(store.id, item.id, counted_at or clock.now())
    kept = _keep(store.id, item.id, given, counted=counted, counted_at=counted_at, by=by)
    if counted or before["reserved"] > min(before["on_hand"], after["on_hand"]):
        # Behind the lifted block, because a blocked item keeps its orders endangered.
        recheck_deficit(store.id, item.id, by=by)
    return bool(deltas) or kept


def _is_outdated(store_id: int, item_id: int, counted_at: datetime | None) -> tuple[bool, bool]:
    """Whether on hand was said for a later moment already, and whether a picker missed the item after the count."""
    if counted_at is None:
        return False, False
    level = StockLevel
    row = db.session.execute(
        select(level.stated_at, level.blocked_at).where(level.store_id == store_id, level.item_id == item_id)
    ).one()
    return (
        row.stated_at is not None and counted_at < row.stated_at,
        row.blocked_at is not None and counted_at < row.blocked_at,
    )


def state_level(store_id: int, item_id: int, at: datetime) -> None:
    """Remember of which moment on hand was said: what happened before it and is told later is in that figure."""
    level = StockLevel
    statement = update(level).where(level.store_id == store_id, level.item_id == item_id).values(stated_at=at)
    db.session.execute(statement.execution_options(synchronize_session=False))


def moved_since(store_id: int, item_id: int, counted_at: datetime) -> int:
    """How on hand changed by what happened to the goods after the count, in pieces.

    A sale that the books could not follow down (they stopped at 0) still took its pieces off the counted shelf.
    """
    row = StockMovement
    pieces = case(
        (row.kind == "adjustment", func.coalesce(row.asked_delta, row.on_hand_delta)), else_=row.on_hand_delta
    )
    since = select(func.coalesce(func.sum(pieces), 0)).where(
        row.store_id == store_id,
        row.item_id == item_id,
        row.occurred_at > counted_at,
        row.kind.not_in(STATEMENTS),
    )
    return int(db.session.scalar(since) or 0)


def _keep(
    store_id: int, item_id: int, given: Mapping[str, Any], *, counted: bool, counted_at: datetime | None, by: Actor
) -> bool:
    """Keep what is no figure: the locations, and after a real count the lifted block."""
    if not counted and given.keys().isdisjoint(("location", "locations")):
        return False
    level = StockLevel
    where = (level.store_id == store_id, level.item_id == item_id)
    now = db.session.execute(select(level.location, level.locations, level.blocked).where(*where)).one()
    changes: dict[str, Any] = {}
    if "location" in given and given["location"] != now.location:
        changes["location"] = given["location"]
    if given.get("locations") is not None and list(given["locations"]) != now.locations:
        changes["locations"] = list(given["locations"])
    if counted:
        changes |= {"counted_at": counted_at or clock.now(), "blocked": False, "blocked_at": None}
        close_count_tasks(store_id, item_id, by)
    if changes:
        changes |= {"version": level.version + 1, "updated_at": clock.now()}
        statement = update(level).where(*where).values(**changes)
        db.session.execute(statement.execution_options(synchronize_session=False))
    return bool(changes)


def close_count_tasks(store_id: int, item_id: int, by: Actor) -> None:
    """Somebody has counted, so nobody else has to."""
    open_counts = select(FloorTask).where(
        FloorTask.store_id == store_id,
        FloorTask.item_id == item_id,
        FloorTask.kind == "count",
        FloorTask.state == "open",
    )
    for task in db.session.scalars(open_counts).all():
        do_task(task, pieces=task.quantity - task.done_quantity, by=by)
