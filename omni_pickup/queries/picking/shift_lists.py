"""What is still open when somebody goes home, or the store closes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from omni_pickup.models.base import db
from omni_pickup.models.orders import Order
from omni_pickup.models.picking import OPEN_WAVES, FloorTask, Wave
from omni_pickup.models.staff import Staff
from omni_pickup.models.stores import Store

MOST_ROWS = 100


@dataclass(frozen=True, slots=True)
class OpenWalk:
    """A walk that is not over; `number` is what its paper says."""

    number: int
    public_id: str
    state: str
    picker: str | None
    is_mine: bool
    orders: int


@dataclass(frozen=True, slots=True)
class ShiftList:
    """Walks, orders whose bags stand nowhere yet, orders promised before closing, and tasks that I took on."""

    walks: Sequence[OpenWalk]
    unstaged: Sequence[Order]
    due: Sequence[Order]
    my_tasks: int

    @property
    def mine(self) -> int:
        """How much of it is this person's."""
        return sum(walk.is_mine for walk in self.walks) + self.my_tasks

    @property
    def is_empty(self) -> bool:
        return not (self.walks or self.unstaged or self.due or self.my_tasks)


def shift_list(store: Store, staff_id: int, *, before: datetime) -> ShiftList:
    """What is open at the store; `before` is when it closes."""
    waves = db.session.execute(
        select(Wave, Staff.name)
        .outerjoin(Staff, Staff.id == Wave.picker_id)
        .where(Wave.store_id == store.id, Wave.state.in_(OPEN_WAVES))
        .order_by(Wave.id)
    )
    orders = select(Order).where(Order.store_id == store.id).order_by(Order.promised_at).limit(MOST_ROWS)
    due = orders.where(Order.state.in_(("received", "picking")), Order.promised_at <= before)
    mine = select(func.count(FloorTask.id)).where(
        FloorTask.store_id == store.id, FloorTask.state == "open", FloorTask.assigned_id == staff_id
    )
    return ShiftList(
        walks=[_walk(wave, name, staff_id) for wave, name in waves],
        unstaged=db.session.scalars(orders.where(Order.state == "picked")).unique().all(),
        due=db.session.scalars(due).unique().all(),
        my_tasks=int(db.session.scalar(mine) or 0),
    )


def _walk(wave: Wave, name: str | None, staff_id: int) -> OpenWalk:
    return OpenWalk(
        number=wave.id,
        public_id=wave.public_id,
        state=wave.state,
        picker=name.split()[0] if name else None,
        is_mine=wave.picker_id == staff_id,
        orders=sum(tote.pulled_out_at is None for tote in wave.totes),
    )
