"""Pick tasks: pieces of one order line to fetch. Per line, `open - picked` is what its tasks have left."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from omni_pickup import keys
from omni_pickup.errors import WrongState
from omni_pickup.models.base import db
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.models.picking import PickTask, Wave
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.rules.lifecycle import TASK_MOVES, may_move
from omni_pickup.rules.sentences import sentence

LIVE = ("queued", "assigned")


def lock_task(task: PickTask) -> tuple[Order, OrderLine]:
    """The task's order, locked before the task itself, and the line that it fetches; all read anew."""
    order = get_order_by_key(task.order_id)
    db.session.refresh(task, with_for_update={"of": PickTask, "key_share": True})
    return order, next(line for line in order.lines if line.id == task.order_line_id)


def queue_pieces(order: Order, line: OrderLine, pieces: int, *, not_before: datetime | None = None) -> PickTask:
    """Ask for `pieces` more of a line that was not asked for before."""
    task = PickTask(
        public_id=keys.new_id("pck"),
        store_id=order.store_id,
        order_id=order.id,
        order_line_id=line.id,
        quantity=pieces,
        not_before=not_before,
    )
    db.session.add(task)
    db.session.flush()
    return task


def cancel_unpicked(line: OrderLine, pieces: int) -> None:
    """Take `pieces` that nobody fetched yet out of the line's tasks, queued ones before those in somebody's walk."""
    for task in _live_tasks(line):
        less = min(pieces, task.left)
        task.cancelled += less
        pieces -= less
        close_if_empty(task)
    db.session.flush()


def close_if_empty(task: PickTask) -> None:
    """A task with nothing left to fetch is done, or cancelled when nothing of it was ever fetched."""
    if task.left == 0 and task.state in LIVE:
        move_task(task, "done" if task.picked or task.short else "cancelled")


def reopen_task(task: PickTask) -> None:
    """Ask for pieces of a finished task again: in its walk while that goes on, else from the queue."""
    if task.state == "done":
        move_task(task, "queued")
    wave = None if task.wave_id is None else db.session.get(Wave, task.wave_id)
    if task.state == "queued" and wave is not None and wave.state != "finished":
        move_task(task, "assigned")
    elif task.state == "queued":
        task.wave_id, task.walk_position = None, None


def requeue_task(task: PickTask, *, not_before: datetime | None = None) -> None:
    """Give an unfinished task back to the queue, for anybody's next walk."""
    if task.state == "assigned":
        move_task(task, "queued")
    task.wave_id, task.walk_position = None, None
    task.not_before = not_before or task.not_before


def move_task(task: PickTask, state: str) -> None:
    """Raises WrongState for a move that the lifecycle does not know."""
    if not may_move(TASK_MOVES, task.state, state):
        raise WrongState(sentence("This pick is %(state)s.", state=task.state), state=task.state)
    task.state = state


def _live_tasks(line: OrderLine) -> list[PickTask]:
    tasks = db.session.scalars(
        select(PickTask)
        .where(PickTask.order_line_id == line.id, PickTask.state.in_(LIVE))
        .order_by(PickTask.state.desc(), PickTask.id.desc())
        .execution_options(populate_existing=True)
    )
    return list(tasks.unique())
