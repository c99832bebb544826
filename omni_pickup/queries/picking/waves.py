"""Reads about walks: who could be picked next, and the stops of a walk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, or_, select

from omni_pickup.errors import NotFound
from omni_pickup.models.base import db
from omni_pickup.models.floors import enter_floor
from omni_pickup.models.items import Item
from omni_pickup.models.orders import CheckIn, Order, OrderLine
from omni_pickup.models.picking import PickTask, Tote, Wave
from omni_pickup.models.staff import Staff
from omni_pickup.models.stock import StockLevel
from omni_pickup.rules.lifecycle import ORDER_OPEN_STATES
from omni_pickup.rules.waves import WaveCandidate


@dataclass(frozen=True, slots=True)
class Stop:
    """One task of a walk, the shelf it begins at, and the letter of the tote it fills."""

    task: PickTask
    location: str | None
    backups: tuple[str, ...]
    on_hand: int
    tote: str


def get_wave(public_id: str, store_id: int) -> Wave:
    """A walk of that store. Raises NotFound."""
    enter_floor(store_id)
    wave = db.session.scalars(select(Wave).where(Wave.public_id == public_id, Wave.store_id == store_id)).one_or_none()
    if wave is None:
        raise NotFound("There is no such walk here.")
    return wave


def get_pick_task(public_id: str, store_id: int) -> PickTask:
    """A pick task of that store. Raises NotFound."""
    enter_floor(store_id)
    task = (
        db.session.scalars(select(PickTask).where(PickTask.public_id == public_id, PickTask.store_id == store_id))
        .unique()
        .one_or_none()
    )
    if task is None:
        raise NotFound("There is no such pick here.")
    return task


def wave_candidates(store_id: int, now: datetime) -> list[WaveCandidate]:
    """Orders with pieces that may be fetched now; one whose pieces are all blocked waits for the count."""
    left = PickTask.quantity - PickTask.picked - PickTask.short - PickTask.cancelled
    rows = db.session.execute(
        select(
            Order.id,
            Order.placed_at,
            Order.promised_at,
            func.sum(left),
            func.sum(case((func.coalesce(StockLevel.blocked, False), 0), else_=left)),
            _here_since(),
        )
        .join(PickTask, PickTask.order_id == Order.id)
        .join(OrderLine, OrderLine.id == PickTask.order_line_id)
        .join(Item, Item.id == OrderLine.item_id)
        .outerjoin(StockLevel, and_(StockLevel.store_id == PickTask.store_id, StockLevel.item_id == Item.id))
        .where(PickTask.store_id == store_id, _is_queued(now), Order.state.in_(ORDER_OPEN_STATES))
        .where(Order.payment_state != "void", ~Item.stop_sale)
        .group_by(Order.id, Order.placed_at, Order.promised_at)
    )
    return [
        WaveCandidate(
            key=key,
            pieces=int(pieces),
            placed_at=placed_at,
            promised_at=promised_at,
            waiting_since=waiting_since,
            pickable=pickable > 0,
        )
        for key, placed_at, promised_at, pieces, pickable, waiting_since in rows
    ]


def queued_tasks(order_id: int, now: datetime | None = None) -> list[PickTask]:
    """The order's tasks in nobody's walk, without recalled items; put-off ones too unless `now` is given."""
    statement = (
        select(PickTask)
        .join(OrderLine, OrderLine.id == PickTask.order_line_id)
        .join(Item, Item.id == OrderLine.item_id)
        .where(PickTask.order_id == order_id, _is_queued(now), ~Item.stop_sale)
        .order_by(PickTask.id)
    )
    return list(db.session.scalars(statement).unique())


def wave_tasks(wave_id: int) -> list[Stop]:
    """The walk's tasks with their shelves, in walk order once that is set."""
    rows = db.session.execute(
        select(PickTask, StockLevel, Tote.letter)
        .join(OrderLine, OrderLine.id == PickTask.order_line_id)
        .join(Tote, and_(Tote.wave_id == PickTask.wave_id, Tote.order_id == PickTask.order_id))
        .outerjoin(StockLevel, and_(StockLevel.store_id == PickTask.store_id, StockLevel.item_id == OrderLine.item_id))
        .where(PickTask.wave_id == wave_id)
        .order_by(PickTask.walk_position, PickTask.id)
    ).unique()
    return [_stop(task, level, letter) for task, level, letter in rows]


def open_waves(store_id: int, *, picker_id: int | None = None) -> Sequence[Wave]:
    """Walks that are not over, the oldest first."""
    statement = select(Wave).where(Wave.store_id == store_id, Wave.state.in_(("open", "paused"))).order_by(Wave.id)
    if picker_id is not None:
        statement = statement.where(Wave.picker_id == picker_id)
    return db.session.scalars(statement).all()


def wave_shape(wave: Wave) -> dict[str, Any]:
    """The public shape of a walk, as events freeze it."""
    picker = None if wave.picker_id is None else db.session.get_one(Staff, wave.picker_id).public_id
    return {
        "id": wave.public_id,
        "state": wave.state,
        "picker": picker,
        "totes": [
            {"order": tote.order.public_id, "letter": tote.letter, "pulled_out": tote.pulled_out_at is not None}
            for tote in wave.totes
        ],
    }


def task_shape(task: PickTask) -> dict[str, Any]:
    """The public shape of a pick task, in pieces."""
    return {
        "id": task.public_id,
        "state": task.state,
        "line_id": task.order_line.line_id,
        "sku": task.order_line.item.sku,
        "quantity": task.quantity,
        "picked": task.picked,
        "short": task.short,
        "cancelled": task.cancelled,
        "left": task.left,
    }


def _stop(task: PickTask, level: StockLevel | None, letter: str) -> Stop:
    if level is None:
        return Stop(task, None, (), 0, letter)
    return Stop(task, level.location, tuple(level.locations), level.on_hand, letter)


def _is_queued(now: datetime | None) -> Any:
    queued = PickTask.state == "queued"
    return queued if now is None else and_(queued, or_(PickTask.not_before.is_(None), PickTask.not_before <= now))


def _here_since() -> Any:
    """When the customer came; announcements from the road do not count as waiting."""
    return (
        select(func.min(CheckIn.at))
        .where(CheckIn.order_id == Order.id, CheckIn.kind == "here", CheckIn.ended_at.is_(None))
        .scalar_subquery()
    )
