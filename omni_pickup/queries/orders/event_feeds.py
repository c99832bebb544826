"""The feed of events that a channel follows with a cursor: every event exactly once, in the order of its order.

A row's id is the cursor. On SQLite ids commit in order, because there is one writer. On PostgreSQL a number is
taken before its transaction commits, so a later number may be seen first. The reader therefore stops at a missing
number until nobody can still be writing it. Every writer has its transaction id before it takes a number (see
`models.base.transaction`). The reader that sees a gap takes a transaction id of its own, which is higher than the
writer's; once the oldest running transaction is not older than that, the writer is over, and a number that is still
missing was rolled back.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, String, and_, case, cast, func, literal, null, or_, select

from omni_pickup.errors import OperationError
from omni_pickup.models.base import db
from omni_pickup.models.events import Event
from omni_pickup.models.stores import Store
from omni_pickup.queries.histories import packed_until
from omni_pickup.queries.shapes import instant_shape

#: Nouns whose events concern every channel that sees the store. Staff, devices and keys are nobody's business.
SHARED_NOUNS = ("stock", "store", "item")
_ROWS_AT_ONCE = 500
_MOST_SCANS = 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader stands: behind `event_id`, perhaps before a gap.

    `gap_xid` is a transaction id given out after the gap was seen, `gap_upto` the highest event seen then; else 0.
    """

    event_id: int = 0
    gap_xid: int = 0
    gap_upto: int = 0


class CursorTooOld(OperationError):
    code = "cursor_too_old"
    status = 410
    title = "The feed no longer reaches back to this cursor"


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose events: a channel's own, and those of the stores it sees (None: all stores)."""

    client_id: int
    store_ids: Collection[int] | None


def feed_page(
    reader: Reader, place: Place, *, types: Sequence[str] = (), store_ids: Collection[int] = (), limit: int = 50
) -> tuple[list[dict[str, Any]], Place]:
    """At most `limit` event shapes behind `place` and the place behind them, which also passes filtered rows.

    `types` are names such as `order.ready` or patterns such as `order.*`; empty `types` and `store_ids` filter nothing.
    Raises CursorTooOld (410) when events behind `place` were packed away.
    """
    place = _behind_history(place)
    shown = and_(_may_see(reader), _of_types(types), Event.store_id.in_(store_ids) if store_ids else literal(True))
    found: list[dict[str, Any]] = []
    for _ in range(_MOST_SCANS):
        before = place
        place, more = _scan(shown, place, found, limit)
        if not more or place == before:
            break
    return found, place


def _behind_history(place: Place) -> Place:
    """The beginning is what is not packed away. Raises CursorTooOld for a reader who stands before that."""
    packed = packed_until()
    if place.event_id >= packed:
        return place
    if place.event_id:
        raise CursorTooOld(
            "Events behind this cursor were packed away. Read the orders anew and follow from an empty `after`."
        )
    return Place(packed)


def _scan(shown: ColumnElement[bool], place: Place, found: list[dict[str, Any]], limit: int) -> tuple[Place, bool]:
    """Add what is shown to `found`; the new place, and whether another scan may find more."""
    rows = db.session.execute(_rows_behind(place.event_id, shown)).all()
    at = place.event_id
    for row in rows:
        if row.oldest_xid is not None and row.id != at + 1 and not _gap_is_dead(place, row):
            return _before_gap(place, at, rows[-1].id), True
        at = row.id
        if row.shown:
            found.append(_event_shape(row))
            if len(found) == limit:
                break
    behind = Place(at, place.gap_xid, place.gap_upto) if at < place.gap_upto else Place(at)
    return behind, len(found) < limit and len(rows) == _ROWS_AT_ONCE


def _rows_behind(event_id: int, shown: ColumnElement[bool]) -> Select[Any]:
    """The next rows, filtered ones too; on PostgreSQL with the oldest running transaction of the same snapshot."""
    return (
        select(
            Event.id,
            case((shown, 1), else_=0).label("shown"),
            Event.public_id,
            Event.type,
            Event.occurred_at,
            Event.recorded_at,
            Event.data,
            Store.code,
            Store.timezone,
            (null() if _ids_commit_in_order() else _oldest_running()).label("oldest_xid"),
        )
        .outerjoin(Store, Store.id == Event.store_id)
        .where(Event.id > event_id)
        .order_by(Event.id)
        .limit(_ROWS_AT_ONCE)
    )


def _ids_commit_in_order() -> bool:
    return db.engine.dialect.name == "sqlite"


def _oldest_running() -> ColumnElement[int]:
    return _number(func.pg_snapshot_xmin(func.pg_current_snapshot()))


def _number(xid: Any) -> ColumnElement[int]:
    """PostgreSQL's xid8 becomes a number only by way of its text."""
    return cast(cast(xid, String), BigInteger)


def _gap_is_dead(place: Place, row: Any) -> bool:
    """Whether the numbers missing before `row` were seen missing before, and whoever wrote then is over."""
    return bool(place.gap_xid) and row.id <= place.gap_upto and row.oldest_xid >= place.gap_xid


def _before_gap(place: Place, at: int, upto: int) -> Place:
    """Stand before the gap. One that is being watched keeps its first look, or it would never be over."""
    if at < place.gap_upto:
        return Place(at, place.gap_xid, place.gap_upto)
    mine = db.session.scalar(select(_number(func.pg_current_xact_id())))
    assert mine is not None
    return Place(at, mine, upto)


def _may_see(reader: Reader) -> ColumnElement[bool]:
    bound: ColumnElement[bool] = literal(True)
    if reader.store_ids is not None:
        bound = or_(Event.store_id.is_(None), Event.store_id.in_(reader.store_ids))
    nobodys = and_(Event.owner_client_id.is_(None), Event.order_id.is_(None), Event.return_id.is_(None))
    shared = and_(nobodys, or_(*(Event.type.startswith(f"{noun}.", autoescape=True) for noun in SHARED_NOUNS)))
    return and_(bound, or_(Event.owner_client_id == reader.client_id, shared))


def _of_types(types: Sequence[str]) -> ColumnElement[bool]:
    if not types or "*" in types:
        return literal(True)
    return or_(
        *(
            Event.type.startswith(name[:-1], autoescape=True) if name.endswith(".*") else Event.type == name
            for name in types
        )
    )


def _event_shape(row: Any) -> dict[str, Any]:
    zone = row.timezone or "UTC"
    return {
        "id": row.public_id,
        "type": row.type,
        "occurred_at": instant_shape(row.occurred_at, zone),
        "recorded_at": instant_shape(row.recorded_at, zone),
        "store": row.code,
        "data": row.data,
    }
