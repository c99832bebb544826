"""Absolute stock figures from the retailer's own system: one level, or a nightly thousand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, bindparam, case, func, select, update

from omni_pickup import clock
from omni_pickup.errors import Invalid
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db, table_of
from omni_pickup.models.items import Item
from omni_pickup.models.picking import FloorTask
from omni_pickup.models.stock import StockLevel, StockMovement
from omni_pickup.models.stores import Store
from omni_pickup.queries.stock.stock import AT_ONCE, level_shape, levels_of
from omni_pickup.services import events
from omni_pickup.services.floor_tasks import do_task
from omni_pickup.services.meanings import MOST_PIECES, Findings, instant_of, key_of, require, whole_number
from omni_pickup.services.stock.items import known_items
from omni_pickup.services.stock.stock_deficits import recheck_deficit, recheck_endangered
from omni_pickup.services.stock.stock_moves import STATEMENTS, Cause, lock_levels, state_figures

#: Levels of one bulk request.
MOST_LEVELS = 1000
_MOST_LOCATIONS = 20
#: Columns of a level that are no figures and may be said.
_KEPT = ("location", "locations", "counted_at", "blocked", "blocked_at", "stated_at")
_LEVEL = table_of(StockLevel).c
_KEEP = (
    update(table_of(StockLevel))
    .where(_LEVEL.store_id == bindparam("at_store"), _LEVEL.item_id == bindparam("at_item"))
    .values(
        {name: bindparam(f"new_{name}", type_=_LEVEL[name].type) for name in (*_KEPT, "updated_at")}
        | {"version": _LEVEL.version + bindparam("steps")}
    )
)


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
    pairs = sorted(((items[level["sku"]], level) for level in levels), key=lambda pair: pair[0].id)
    changed = _state(store.id, [(item.id, level) for item, level in pairs], by)
    shapes = _shapes(store, [items[level["sku"]] for level in levels])
    if changed:
        record_levels(store, [item for item, _ in pairs if item.id in changed], by=by)
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


@dataclass(frozen=True, slots=True)
class _Change:
    """What a level that is given means for the row that is there: deltas by figure, and columns to keep."""

    row: RowMapping
    counted: bool
    counted_at: datetime | None
    deltas: Mapping[str, int]
    kept: Mapping[str, Any]
    stated_at: datetime | None

    @property
    def item_id(self) -> int:
        return int(self.row["item_id"])

    @property
    def may_endanger(self) -> bool:
        """Whether orders may have come into danger or out of it."""
        on_hand = self.row["on_hand"]
        least = min(on_hand, on_hand + self.deltas.get("on_hand", 0))
        return self.counted or self.row["reserved"] > least

    @property
    def has_deficit(self) -> bool:
        return bool(self.row["reserved"] > self.row["on_hand"] + self.deltas.get("on_hand", 0))


def _state(store_id: int, levels: Sequence[tuple[int, Mapping[str, Any]]], by: Actor) -> set[int]:
    """Bring levels, by item id, to the given values, all of them at once; returns the items that changed."""
    rows = lock_levels(store_id, [item_id for item_id, _ in levels])
    moved = _moved_since(store_id, levels)
    changes = [_change(rows[item_id], given, moved.get(item_id, 0)) for item_id, given in levels]
    state_figures(store_id, [(one.item_id, one.deltas, _cause(one, by)) for one in changes if one.deltas])
    _keep(store_id, changes)
    _close_counted(store_id, [one.item_id for one in changes if one.counted], by)
    # Behind the lifted blocks, because a blocked item keeps its orders endangered.
    concerned = [one for one in changes if one.may_endanger]
    for one in concerned:
        if one.has_deficit:
            recheck_deficit(store_id, one.item_id, by=by)
    recheck_endangered(store_id, [one.item_id for one in concerned if not one.has_deficit], by=by)
    return {one.item_id for one in changes if one.deltas or one.kept}


def _cause(change: _Change, by: Actor) -> Cause:
    return Cause("count" if change.counted else "set", by, occurred_at=change.counted_at)


def _change(row: RowMapping, given: Mapping[str, Any], moved: int) -> _Change:
    """`moved` pieces came or went since the count. A count that is older than what is known says nothing."""
    counted_at = instant_of(given.get("counted_at"))
    outdated = _is_before(counted_at, row["stated_at"])
    counted = bool(given.get("counted")) and not outdated and not _is_before(counted_at, row["blocked_at"])
    says = given.get("on_hand") is not None and not outdated
    wanted = {"safety_stock": given.get("safety_stock")}
    if says:
        wanted["on_hand"] = min(max(0, given["on_hand"] + moved), MOST_PIECES)
    deltas = {name: value - row[name] for name, value in wanted.items() if value is not None and value != row[name]}
    stated_at = (counted_at or clock.now()) if says and (counted or counted_at) else None
    return _Change(row, counted, counted_at, deltas, _kept(row, given, counted, counted_at), stated_at)


def _is_before(counted_at: datetime | None, known_at: datetime | None) -> bool:
    return counted_at is not None and known_at is not None and counted_at < known_at


def _kept(row: RowMapping, given: Mapping[str, Any], counted: bool, counted_at: datetime | None) -> dict[str, Any]:  # noqa: FBT001 - read next to its name.
    """What is no figure: the locations, and after a real count the lifted block."""
    kept: dict[str, Any] = {}
    if "location" in given and given["location"] != row["location"]:
        kept["location"] = given["location"]
    if given.get("locations") is not None:
        locations = list(dict.fromkeys(given["locations"]))
        if locations != row["locations"]:
            kept["locations"] = locations
    if counted:
        kept |= {"counted_at": counted_at or clock.now(), "blocked": False, "blocked_at": None}
    return kept


def _keep(store_id: int, changes: Sequence[_Change]) -> None:
    now = clock.now()
    rows = []
    for one in changes:
        if one.kept or one.stated_at:
            values = {**one.row, **one.kept, "stated_at": one.stated_at or one.row["stated_at"]}
            rows.append(
                {f"new_{name}": values[name] for name in _KEPT}
                | {"at_store": store_id, "at_item": one.item_id, "steps": 1 if one.kept else 0}
                | {"new_updated_at": now if one.kept else one.row["updated_at"]}
            )
    if rows:
        db.session.connection().execute(_KEEP, rows)


def _moved_since(store_id: int, levels: Sequence[tuple[int, Mapping[str, Any]]]) -> dict[int, int]:
    """What `moved_since` says of the levels that were counted, asked for those alone that anything happened to."""
    counted = {item_id: at for item_id, given in levels if (at := instant_of(given.get("counted_at")))}
    if not counted:
        return {}
    row = StockMovement
    stirred: set[int] = set()
    item_ids = sorted(counted)
    for start in range(0, len(item_ids), AT_ONCE):
        some = row.item_id.in_(item_ids[start : start + AT_ONCE])
        since = (row.store_id == store_id, some, row.occurred_at > min(counted.values()), row.kind.not_in(STATEMENTS))
        stirred |= set(db.session.scalars(select(row.item_id).where(*since).distinct()))
    return {item_id: moved_since(store_id, item_id, counted[item_id]) for item_id in sorted(stirred)}


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


def _close_counted(store_id: int, item_ids: Sequence[int], by: Actor) -> None:
    task = FloorTask
    open_here = (task.store_id == store_id, task.kind == "count", task.state == "open")
    for start in range(0, len(item_ids), AT_ONCE):
        some = item_ids[start : start + AT_ONCE]
        open_counts = set(db.session.scalars(select(task.item_id).where(*open_here, task.item_id.in_(some))))
        for item_id in some:
            if item_id in open_counts:
                close_count_tasks(store_id, item_id, by)


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
