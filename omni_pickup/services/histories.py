"""Keeping the tables of today small: what happened long ago is packed into pages of the same database.

Nothing is lost or altered: a page holds the rows as they were, and is written in the transaction that takes them out
of their table. Whoever is killed on the way has done nothing, and whoever comes next begins at the same place.
The ledger's sums stay what they were, because the movements of a level are replaced by one of their sum.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby, takewhile
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, insert, select

from omni_pickup import clock
from omni_pickup.models.base import db, insert_if_absent, table_of
from omni_pickup.models.events import Event, OutboxMessage
from omni_pickup.models.histories import EVENTS, MOVEMENTS, HistoryMark, HistoryPage
from omni_pickup.models.stock import StockLevel, StockMovement
from omni_pickup.services.stock.stock_moves import carry_forward

#: Levels that one step looks through; the movements of all of them fit into memory many times over.
LEVELS_AT_ONCE = 200
#: Between two rounds over all levels.
REST = timedelta(days=7)
#: Messages in these states are told or will never be.
_TOLD = ("sent", "dropped")

Row = Mapping[Any, Any]


def pack_events(before: datetime, *, limit: int) -> int:
    """Pack up to `limit` of the oldest events that were recorded before that instant; returns how many.

    0 as well while another worker packs. The newest event stays whatever its age, because SQLite gives the number of
    a last row that is gone to the next one.
    """
    mark = _mark(EVENTS)
    if mark is None:
        return 0
    table = table_of(Event)
    newest = select(func.max(table.c.id)).scalar_subquery()
    behind = select(table).where(table.c.id > mark.last_id, table.c.id < newest)
    rows = db.session.execute(behind.order_by(table.c.id).limit(limit))
    old = list(takewhile(lambda row: row["recorded_at"] < before, rows.mappings()))
    if old:
        _write_page(EVENTS, old)
        db.session.execute(delete(table).where(table.c.id.between(old[0]["id"], old[-1]["id"])))
        mark.last_id = old[-1]["id"]
        db.session.flush()
    return len(old)


def pack_movements(before: datetime, *, levels: int = LEVELS_AT_ONCE) -> int:
    """Replace the movements of the next `levels` that were recorded before that instant by one of their sum.

    Returns how many levels were looked through: 0 when a round is over, or while another worker packs. What raised or
    lowered the learned safety stays, because its explanation is read from there; so does what stands alone.
    """
    mark = _mark(MOVEMENTS)
    if mark is None or (mark.rests_until is not None and clock.now() < mark.rests_until):
        return 0
    level = StockLevel
    behind = select(level.id, level.store_id, level.item_id).where(level.id > mark.last_id).order_by(level.id)
    found = db.session.execute(behind.limit(levels)).all()
    items: dict[int, list[int]] = {}
    for _, store_id, item_id in found:
        items.setdefault(store_id, []).append(item_id)
    packed = [rows for store_id, of_store in items.items() for rows in _old_movements(store_id, of_store, before)]
    if packed:
        _write_page(MOVEMENTS, sorted((row for rows in packed for row in rows), key=lambda row: int(row["id"])))
        carry_forward(packed)
    mark.last_id = found[-1].id if found else 0
    mark.rests_until = None if found else clock.now() + REST
    db.session.flush()
    return len(found)


def forget_told(before: datetime, *, limit: int) -> int:
    """Delete up to `limit` messages of each kind that were told, or dropped, and were written before that instant."""
    message = OutboxMessage
    forgotten = 0
    for state in _TOLD:
        # The oldest ones by their numbers, of which those that are old enough: nothing is read behind them.
        oldest = select(message.id).where(message.state == state).order_by(message.id).limit(limit)
        due = delete(message).where(message.id.in_(oldest), message.created_at < before)
        done = db.session.execute(due.execution_options(synchronize_session=False))
        forgotten += cast(CursorResult[Any], done).rowcount
    return forgotten


def _mark(kind: str) -> HistoryMark | None:
    """The row that says how far it has come, locked; None while another worker holds it."""
    lock = select(HistoryMark).where(HistoryMark.kind == kind).with_for_update(skip_locked=True)
    if db.session.scalar(select(func.count()).where(HistoryMark.kind == kind)) == 0:
        insert_if_absent(HistoryMark, {"kind": kind, "last_id": 0}, keys=("kind",))
    return db.session.scalars(lock.execution_options(populate_existing=True)).one_or_none()


def _old_movements(store_id: int, item_ids: Sequence[int], before: datetime) -> list[list[Row]]:
    """Those of each of a store's items that may be packed, two or more of it, in the order of their numbers."""
    table = table_of(StockMovement)
    rows = db.session.execute(
        select(table)
        .where(
            table.c.store_id == store_id,
            table.c.item_id.in_(item_ids),
            table.c.recorded_at < before,
            table.c.learned_safety_delta == 0,
        )
        .order_by(table.c.item_id, table.c.id)
    ).mappings()
    by_item: list[list[Row]] = [list(own) for _, own in groupby(rows, key=lambda row: row["item_id"])]
    return [own for own in by_item if len(own) > 1]


def _write_page(kind: str, rows: Sequence[Row]) -> None:
    body = zlib.compress("\n".join(json.dumps(dict(row), default=_text, sort_keys=True) for row in rows).encode())
    times = [row["recorded_at"] for row in rows]
    page = {
        "kind": kind,
        "first_id": rows[0]["id"],
        "last_id": rows[-1]["id"],
        "first_at": min(times),
        "last_at": max(times),
        "rows": len(rows),
        "digest": hashlib.sha256(body).hexdigest(),
        "body": body,
        "packed_at": clock.now(),
    }
    db.session.execute(insert(table_of(HistoryPage)), page)


def _text(value: datetime) -> str:
    return value.isoformat()
