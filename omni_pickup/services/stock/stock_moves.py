"""The only code that writes stock figures: the guarded reservation, and the mover for everything else.

Each change is one ledger row. Rows are locked in rising item order, so two baskets never wait for each other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Executable,
    Integer,
    RowMapping,
    and_,
    bindparam,
    case,
    cast,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from omni_pickup import clock
from omni_pickup.errors import Conflict
from omni_pickup.models.actors import SYSTEM, Actor
from omni_pickup.models.base import BigInt, JsonValue, db, insert_absent, insert_if_absent, table_of
from omni_pickup.models.floors import enter_floor
from omni_pickup.models.items import Item
from omni_pickup.models.stock import FIGURES, StockLevel, StockMovement
from omni_pickup.queries.stock.stock import AT_ONCE

# The statements are built once: on this hottest path putting one together costs more than running it.
_LEVEL = table_of(StockLevel).c
_HERE = and_(_LEVEL.store_id == bindparam("at_store"), _LEVEL.item_id == bindparam("at_item"))
_STAMP = {"version": _LEVEL.version + 1, "updated_at": bindparam("at_time", type_=_LEVEL.updated_at.type)}
_FREE = _LEVEL.on_hand - _LEVEL.reserved - _LEVEL.display - _LEVEL.safety_stock - _LEVEL.learned_safety
_SELLABLE = and_(~_LEVEL.blocked, ~exists().where(Item.id == _LEVEL.item_id, Item.stop_sale))
_FREE_HERE = select(_FREE).where(_HERE, _SELLABLE)
_STATED_HERE = select(_LEVEL.stated_at).where(_HERE)
_FIGURES_HERE = select(*(_LEVEL[figure] for figure in FIGURES)).where(_HERE).with_for_update(key_share=True)
_LEVELS_HERE = (
    select(table_of(StockLevel))
    .where(_LEVEL.store_id == bindparam("at_store"), _LEVEL.item_id.in_(bindparam("items", expanding=True)))
    .order_by(_LEVEL.item_id)
    .with_for_update(key_share=True)
)
_CHANGED = {figure: _LEVEL[figure] + bindparam(f"more_{figure}", type_=_LEVEL[figure].type) for figure in FIGURES}
_UNCOVERED = _CHANGED["reserved"] - _CHANGED["on_hand"]
_MOVE = (
    update(table_of(StockLevel))
    .where(_HERE)
    .values(**_CHANGED, deficit=case((_UNCOVERED > 0, _UNCOVERED), else_=0), **_STAMP)
)
_LEDGER = insert(table_of(StockMovement))
#: Pieces that any figure may come to; what a 32-bit column holds, rounded down.
MOST_OF_A_FIGURE = 2_000_000_000
#: Movements that state what is there instead of telling what happened to the goods.
STATEMENTS = ("set", "count", "found", "counted_before", "carried_forward")


@cache
def _reservation(dialect_name: str) -> Executable:
    """One guarded UPDATE for all items, with ATP in its WHERE clause; it returns the items that had enough.

    `wanted` is a JSON object of pieces by item id. On PostgreSQL the rows are locked in rising item order first,
    because an UPDATE alone takes them in whatever order it finds them.
    """
    each = func.json_each if dialect_name == "sqlite" else func.jsonb_each_text
    given = each(bindparam("wanted", type_=JsonValue)).table_valued("key", "value", name="given")
    # Materialised, or SQLite would walk through all levels of the store for each entry.
    wanted = select(cast(given.c.key, BigInt).label("item_id"), cast(given.c.value, Integer).label("pieces"))
    asked = wanted.cte("wanted").prefix_with("MATERIALIZED")
    here, enough = _LEVEL.store_id == bindparam("at_store"), asked.c.pieces <= _FREE
    statement = update(table_of(StockLevel)).where(here, _LEVEL.item_id == asked.c.item_id, _SELLABLE, enough)
    if dialect_name != "sqlite":
        rows = select(_LEVEL.id).where(here, _LEVEL.item_id.in_(select(asked.c.item_id)))
        locked = rows.order_by(_LEVEL.item_id).with_for_update(key_share=True).cte("locked")
        statement = statement.where(_LEVEL.id == locked.c.id)
    return statement.values(reserved=_LEVEL.reserved + asked.c.pieces, **_STAMP).returning(_LEVEL.item_id)


@dataclass(frozen=True, slots=True)
class Cause:
    """What a movement was for; goes into the ledger row."""

    kind: str
    by: Actor
    reason: str | None = None
    reference: str | None = None
    order_id: int | None = None
    order_line_id: int | None = None
    hold_id: int | None = None
    return_line_id: int | None = None
    transfer_id: int | None = None
    occurred_at: datetime | None = None

    def columns(self) -> dict[str, Any]:
        """Values for the ledger row."""
        now = clock.now()
        return {
            "kind": self.kind,
            "reason": self.reason,
            "reference": self.reference,
            "order_id": self.order_id,
            "order_line_id": self.order_line_id,
            "hold_id": self.hold_id,
            "return_line_id": self.return_line_id,
            "transfer_id": self.transfer_id,
            "occurred_at": self.occurred_at or now,
            "recorded_at": now,
            **self.by.columns(),
        }


def reserve_pieces(store_id: int, wanted: Mapping[int, int], *, cause: Cause, partial: bool = False) -> dict[int, int]:
    """Reserve pieces by item id: each item all that is asked, or nothing, or with `partial` what it has.

    Returns what could be reserved by item id. The caller decides whether less is acceptable and raises if not,
    which rolls everything back.
    """
    db.session.flush()
    asked = {item_id: pieces for item_id, pieces in wanted.items() if pieces > 0}
    done = _reserve_all(store_id, asked) if asked else set()
    given = {item_id: pieces if item_id in done else 0 for item_id, pieces in wanted.items()}
    if partial:
        for item_id in sorted(asked.keys() - done):
            given[item_id] = _reserve_what_is_free(store_id, item_id, asked[item_id])
    columns = cause.columns()
    rows = [
        {"store_id": store_id, "item_id": item_id, "reserved_delta": pieces, **columns}
        for item_id, pieces in sorted(given.items())
        if pieces
    ]
    if rows:
        db.session.connection().execute(_LEDGER, rows)
    return given


def _reserve_all(store_id: int, asked: Mapping[int, int]) -> set[int]:
    """The items of which all that was asked is reserved now."""
    connection = db.session.connection()
    statement = _reservation(connection.dialect.name)
    values = {"at_store": store_id, "wanted": asked, "at_time": clock.now()}
    return set(connection.scalars(statement, values))


def _reserve_what_is_free(store_id: int, item_id: int, pieces: int) -> int:
    """What is free may shrink again before the next guarded try on PostgreSQL, hence the loop."""
    here = {"at_store": store_id, "at_item": item_id}
    while pieces > 0:
        pieces = min(pieces - 1, max(0, db.session.connection().scalar(_FREE_HERE, here) or 0))
        if pieces and _reserve_all(store_id, {item_id: pieces}):
            break
    return pieces


def move_stock(store_id: int, item_id: int, *, cause: Cause, asked: int | None = None, **deltas: int) -> dict[str, int]:
    """Apply deltas (figure name -> pieces) to one level and write the ledger row; returns the new figures.

    A physical fact that takes more pieces than the books hold is preceded by a `found` movement, because the
    goods were plainly there. One that is told late and happened before on hand was last said is preceded by a
    `counted_before` movement, because whoever said the figure saw its result. `deficit` follows from the result.
    Raises Conflict when a figure other than on hand would fall below 0, which means that the caller's books are
    wrong, or one would exceed what a level can hold.
    """
    before = lock_level(store_id, item_id)
    moved = deltas.get("on_hand", 0)
    seen = -moved if moved and _is_in_the_figure(store_id, item_id, cause) else 0
    for kind, first in (("counted_before", seen), ("found", max(0, -(before["on_hand"] + seen + moved)))):
        if first:
            _apply(store_id, item_id, {"on_hand": first}, _before(cause, kind), None)
            before["on_hand"] += first
    after = {figure: before[figure] + deltas.get(figure, 0) for figure in FIGURES}
    if max(after.values()) > MOST_OF_A_FIGURE:
        raise Conflict("That is more than a level can hold.", most=MOST_OF_A_FIGURE)
    wrong = [figure for figure, value in after.items() if value < 0]
    if wrong:
        raise Conflict("The books hold fewer pieces than this takes.", figures=wrong)
    _apply(store_id, item_id, deltas, cause, asked)
    after["deficit"] = max(0, after["reserved"] - after["on_hand"])
    return after


def _is_in_the_figure(store_id: int, item_id: int, cause: Cause) -> bool:
    """Whether on hand was said, by a count or the retailer's system, for a moment after this happened."""
    if cause.occurred_at is None or cause.kind in STATEMENTS:
        return False
    here = {"at_store": store_id, "at_item": item_id}
    stated_at = db.session.connection().scalar(_STATED_HERE, here)
    return stated_at is not None and cause.occurred_at < stated_at


def _before(cause: Cause, kind: str) -> Cause:
    """The cause of a movement that goes before another one."""
    return Cause(kind, cause.by, reason=cause.kind, order_id=cause.order_id, occurred_at=cause.occurred_at)


def lock_level(store_id: int, item_id: int) -> dict[str, int]:
    """The figures of a level, its row locked until the transaction ends; an unknown one starts at zero.

    Whoever moves what is there, and does not only reserve it, is alone on the store's floor.
    """
    enter_floor(store_id)
    db.session.flush()
    connection = db.session.connection()
    here = {"at_store": store_id, "at_item": item_id}
    row = connection.execute(_FIGURES_HERE, here).one_or_none()
    if row is None:
        new = {"store_id": store_id, "item_id": item_id, "locations": [], "updated_at": clock.now()}
        insert_if_absent(StockLevel, new, keys=("store_id", "item_id"))
        row = connection.execute(_FIGURES_HERE, here).one()
    return dict(row._mapping)


def lock_levels(store_id: int, item_ids: Collection[int]) -> dict[int, RowMapping]:
    """As `lock_level` for many, in a few statements: whole rows by item id, locked in rising item order."""
    enter_floor(store_id)
    db.session.flush()
    found = _locked(store_id, item_ids)
    lacking = sorted(set(item_ids) - found.keys())
    if lacking:
        new = {"store_id": store_id, "locations": [], "updated_at": clock.now()}
        insert_absent(StockLevel, [new | {"item_id": one} for one in lacking], keys=("store_id", "item_id"))
        found |= _locked(store_id, lacking)
    return found


def _locked(store_id: int, item_ids: Collection[int]) -> dict[int, RowMapping]:
    wanted, found = sorted(item_ids), dict[int, RowMapping]()
    for start in range(0, len(wanted), AT_ONCE):
        some = {"at_store": store_id, "items": wanted[start : start + AT_ONCE]}
        found |= {row["item_id"]: row for row in db.session.connection().execute(_LEVELS_HERE, some).mappings()}
    return found


def state_figures(store_id: int, stated: Sequence[tuple[int, Mapping[str, int], Cause]]) -> None:
    """Apply what somebody states of levels that are locked: item id, deltas by figure, and the cause of each.

    A statement takes nothing that is not there, so that no other movement goes before it.
    """
    here, pairs = {"at_store": store_id, "at_time": clock.now()}, [(item_id, deltas) for item_id, deltas, _ in stated]
    moves = [
        here | {"at_item": one} | {f"more_{name}": deltas.get(name, 0) for name in FIGURES} for one, deltas in pairs
    ]
    ledger = [
        {"store_id": store_id, "item_id": item_id, **cause.columns()}
        | {f"{figure}_delta": deltas.get(figure, 0) for figure in FIGURES}
        for item_id, deltas, cause in stated
    ]
    if stated:
        db.session.connection().execute(_MOVE, moves)
        db.session.connection().execute(_LEDGER, ledger)


def _apply(store_id: int, item_id: int, deltas: Mapping[str, int], cause: Cause, asked: int | None) -> None:
    connection = db.session.connection()
    moves = {f"more_{figure}": deltas.get(figure, 0) for figure in FIGURES}
    connection.execute(_MOVE, {"at_store": store_id, "at_item": item_id, "at_time": clock.now(), **moves})
    named = {f"{figure}_delta": delta for figure, delta in deltas.items()}
    row = {"store_id": store_id, "item_id": item_id, "asked_delta": asked, **named, **cause.columns()}
    connection.execute(_LEDGER, row)


def release_pieces(store_id: int, given_back: Mapping[int, int], *, cause: Cause) -> None:
    """Let go of reserved pieces by item id, in rising item order."""
    for item_id in sorted(given_back):
        if given_back[item_id]:
            move_stock(store_id, item_id, cause=cause, reserved=-given_back[item_id])


def carry_forward(by_level: Sequence[Sequence[Mapping[Any, Any]]]) -> None:
    """Replace the ledger's rows of each level by one of their sum, which bears the time of the last of them.

    The caller has put the rows where they are kept. No figure changes, hence no level is locked.
    """
    deltas = [f"{figure}_delta" for figure in FIGURES]
    sums = [
        {
            "store_id": rows[-1]["store_id"],
            "item_id": rows[-1]["item_id"],
            "kind": "carried_forward",
            "actor_kind": SYSTEM.kind,
            "occurred_at": max(row["occurred_at"] for row in rows),
            "recorded_at": rows[-1]["recorded_at"],
            **{name: sum(row[name] for row in rows) for name in deltas},
        }
        for rows in by_level
    ]
    ledger = table_of(StockMovement)
    keys = [{"key": row["id"]} for rows in by_level for row in rows]
    # The sums first: SQLite would give them the numbers of rows that are gone.
    db.session.connection().execute(_LEDGER, sums)
    db.session.connection().execute(delete(ledger).where(ledger.c.id == bindparam("key")), keys)
