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

from sqlalchemy import CursorResult, and_, delete, func, insert, select

from omni_pickup import clock
from omni_pickup.models.base import db, insert_if_absent, table_of
from omni_pickup.models.events import Event, OutboxMessage
from omni_pickup.models.histories import EVENTS, MOVEMENTS, HistoryMark, HistoryPage
from omni_pickup.models.stock import StockLevel, StockMovement
from omni_pickup.services.stock_moves import carry_forward

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
    keys = db.session.scalars(
        select(StockLevel.id).where(StockLevel.id > mark.last_id).order_by(StockLevel.id).limit(levels)
    ).all()
    if keys:
        _pack_levels(keys[0], keys[-1], before)
    mark.last_id = keys[-1] if keys else 0
    mark.rests_until = None if keys else clock.now() + REST
    db.session.flush()
    return len(keys)


def forget_told(before: datetime, *, limit: int) -> int:
    """Delete up to `limit` messages that were told, or dropped, and were written before that instant."""
    message = OutboxMessage
    told = [
        select(message.id).where(message.state == state, message.created_at < before).order_by(message.id).limit(limit)
        for state in _TOLD
    ]
    forgotten = 0
    for due in told:
        done = db.session.execute(
            delete(message).where(message.id.in_(due)).execution_options(synchronize_session=False)
        )
        forgotten += cast(CursorResult[Any], done).rowcount
    return forgotten


def _mark(kind: str) -> HistoryMark | None:
    """The row that says how far it has come, locked; None while another worker holds it."""
    lock = select(HistoryMark).where(HistoryMark.kind == kind).with_for_update(skip_locked=True)
    if db.session.scalar(select(func.count()).where(HistoryMark.kind == kind)) == 0:
        insert_if_absent(HistoryMark, {"kind": kind, "last_id": 0}, keys=("kind",))
    return db.session.scalars(lock.execution_options(populate_existing=True)).one_or_none()


def _pack_levels(first: int, last: int, before: datetime) -> None:
    level, table = table_of(StockLevel), table_of(StockMovement)
    of_level = and_(table.c.store_id == level.c.store_id, table.c.item_id == level.c.item_id)
    rows = db.session.execute(
        select(table)
        .join(level, of_level)
        .where(level.c.id.between(first, last), table.c.recorded_at < before, table.c.learned_safety_delta == 0)
        .order_by(table.c.store_id, table.c.item_id, table.c.id)
    ).mappings()
    by_level = [list(own) for _, own in groupby(rows, key=lambda row: (row["store_id"], row["item_id"]))]
    packed = [own for own in by_level if len(own) > 1]
    if packed:
        _write_page(MOVEMENTS, sorted((row for own in packed for row in own), key=lambda row: int(row["id"])))
        carry_forward(packed)


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
