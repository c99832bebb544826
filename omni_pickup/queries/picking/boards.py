"""The numbers around the board's rows: who picks, what has to leave today, what else is to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, select, union_all

from omni_pickup.models.base import db, table_of
from omni_pickup.models.events import Event
from omni_pickup.models.orders import Order, Question
from omni_pickup.models.packages import Package
from omni_pickup.models.picking import OPEN_WAVES, FloorTask, PickTask, Wave
from omni_pickup.models.returns import Return
from omni_pickup.models.staff import Staff
from omni_pickup.models.stores import Store
from omni_pickup.queries.picking.packages import IN_STORE
from omni_pickup.queries.promises.opening_hours import hours_of
from omni_pickup.rules.lifecycle import ORDER_OPEN_STATES, RETURN_OPEN_STATES

#: Which counted row of the board each kind of floor task belongs to.
ROW_OF_TASK = {
    "put_back": "put_back",
    "take_out": "put_back",
    "count": "count",
    "search": "search",
    "transfer_ship": "transfers",
    "transfer_receive": "transfers",
}
#: From when on a ready order counts as growing old.
AGED = timedelta(days=3)
#: How long a customer's answer stands among the things to do.
_ANSWER_SHOWN = timedelta(hours=24)


#: Events among which one that commits late, with a lower number than its neighbours, is still noticed.
_WINDOW = 1000
_events = table_of(Event)
# Put together once, because every screen asks this after every change.
_NEWEST = select(
    select(func.max(_events.c.id)).where(_events.c.store_id == bindparam("store")).scalar_subquery(),
    select(func.max(_events.c.id)).where(_events.c.store_id.is_(None)).scalar_subquery(),
)
_SINCE = select(func.max(_events.c.id)).scalar_subquery() - _WINDOW
#: Two counts, because each then reads its own end of the index; one with OR may read all of it.
_LATE = select(
    select(func.count()).where(_events.c.store_id == bindparam("store"), _events.c.id > _SINCE).scalar_subquery()
    + select(func.count()).where(_events.c.store_id.is_(None), _events.c.id > _SINCE).scalar_subquery()
)


def floor_version(store_id: int) -> str:
    """Another text after every event of this store, and after those that belong to no store.

    PostgreSQL's numbers commit out of order: there the newest ones are counted besides, as `live` does.
    """
    numbers = list(db.session.execute(_NEWEST, {"store": store_id}).one())
    if db.engine.dialect.name != "sqlite":
        numbers.append(db.session.execute(_LATE, {"store": store_id}).scalar_one())
    return ".".join(str(number or 0) for number in numbers)


@dataclass(frozen=True, slots=True)
class PickerLine:
    """Pieces of one person's walks of today; `wave` is the public id of one with something left to fetch."""

    name: str
    staff_id: int
    done: int
    pieces: int
    wave: str | None


def picker_lines(store: Store, now: datetime) -> list[PickerLine]:
    """Who picks or picked today; those with an open walk first."""
    rows = db.session.execute(
        select(
            Staff.name,
            Staff.id,
            func.sum(PickTask.picked + PickTask.short),
            func.sum(PickTask.quantity - PickTask.cancelled),
            func.max(Wave.public_id).filter(Wave.state.in_(OPEN_WAVES), PickTask.state == "assigned"),
        )
        .join(Wave, Wave.picker_id == Staff.id)
        .join(PickTask, PickTask.wave_id == Wave.id)
        .where(Wave.id.in_(_walks_since(store, _today(store, now)[0])))
        .group_by(Staff.id, Staff.name)
    )
    lines = [PickerLine(name.split()[0], key, int(done), int(pieces), wave) for name, key, done, pieces, wave in rows]
    return sorted(lines, key=lambda line: (line.wave is None, line.name))


@dataclass(frozen=True, slots=True)
class HandoffCounts:
    """Orders that are ready, bags still to leave today of all that were to, and ready orders that grow old."""

    ready: int
    bags_left: int
    bags_today: int
    last_day: int
    aged: int


def handoff_counts(store: Store, now: datetime) -> HandoffCounts:
    """What waits to be handed over."""
    midnight, next_midnight = _today(store, now)
    is_ready = and_(Order.store_id == store.id, Order.state == "ready")
    ready, last_day, aged = db.session.execute(
        select(
            func.count(),
            func.count().filter(Order.hold_until <= next_midnight),
            func.count().filter(Order.ready_at < now - AGED),
        ).where(is_ready)
    ).one()
    left = _bags(store, Package.state.in_(IN_STORE), Order.promised_at < next_midnight)
    gone = _bags(store, Package.state == "handed_over", Package.handed_over_at >= midnight)
    return HandoffCounts(ready=ready, bags_left=left, bags_today=left + gone, last_day=last_day, aged=aged)


def bags_due_out(store: Store, now: datetime) -> ColumnElement[bool]:
    """Orders with bags in the store that should leave before the day ends."""
    here = select(Package.order_id).where(Package.store_id == store.id, Package.state.in_(IN_STORE))
    return and_(Order.promised_at < _today(store, now)[1], Order.id.in_(here))


def to_do_counts(store: Store, now: datetime) -> dict[str, int]:
    """How much of everything else is to do, by the name of its row; nothing to do is 0."""
    counts = dict.fromkeys(("staging", "returns", "put_back", "count", "search", "answers", "transfers"), 0)
    tasks = db.session.execute(
        select(FloorTask.kind, func.count())
        .where(FloorTask.store_id == store.id, FloorTask.state == "open")
        .group_by(FloorTask.kind)
    )
    for kind, number in tasks:
        counts[ROW_OF_TASK[kind]] += number
    counts["staging"] = _count(select(func.count(Order.id)).where(Order.store_id == store.id, Order.state == "picked"))
    counts["returns"] = _count(
        select(func.count(Return.id)).where(Return.store_id == store.id, Return.state.in_(RETURN_OPEN_STATES))
    )
    counts["answers"] = _count(select(func.count(Question.id)).join(Order).where(fresh_answers(store, now)))
    return counts


def late_to_stage(store: Store, now: datetime) -> int:
    """Orders that are picked and promised for before `now`, and stand at no place yet."""
    return _count(
        select(func.count(Order.id)).where(Order.store_id == store.id, Order.state == "picked", Order.promised_at < now)
    )


def fresh_answers(store: Store, now: datetime) -> ColumnElement[bool]:
    """Questions that customers answered lately and nobody read, of orders that somebody still works on."""
    return and_(
        Order.store_id == store.id,
        Order.state.in_(ORDER_OPEN_STATES - {"ready"}),
        Question.state == "answered",
        Question.seen_at.is_(None),
        Question.answered_at >= now - _ANSWER_SHOWN,
    )


def next_promise(store: Store, now: datetime) -> datetime | None:
    """The earliest promise of an order that is still to be made ready, after `now`."""
    return db.session.scalar(
        select(func.min(Order.promised_at)).where(
            Order.store_id == store.id, Order.state.in_(("received", "picking", "picked")), Order.promised_at > now
        )
    )


def _bags(store: Store, *conditions: ColumnElement[bool]) -> int:
    return _count(select(func.count(Package.id)).join(Order).where(Package.store_id == store.id, *conditions))


def _walks_since(store: Store, midnight: datetime) -> Select[int]:
    """Open walks and those of this day; when one ended is asked besides, because that is what the index knows."""
    walks = select(Wave.id).where(Wave.store_id == store.id)
    over = walks.where(Wave.state == "finished", Wave.finished_at >= midnight, Wave.released_at >= midnight)
    return select(union_all(walks.where(Wave.state.in_(OPEN_WAVES)), over).subquery().c.id)


def _today(store: Store, now: datetime) -> Sequence[datetime]:
    hours = hours_of(store)
    day = hours.local_day(now)
    return hours.instant(day, 0), hours.instant(day + timedelta(days=1), 0)


def _count(statement: Select[int]) -> int:
    return int(db.session.execute(statement).scalar_one())
