"""Counted work beside picking: put-backs, counts, searches, take-outs and transfers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from omni_pickup import clock, keys
from omni_pickup.errors import Forbidden, WrongState
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.picking import FloorTask
from omni_pickup.models.stores import Store
from omni_pickup.rules.lifecycle import FLOOR_TASK_MOVES, may_move
from omni_pickup.services import events

KINDS = ("put_back", "count", "search", "take_out", "transfer_ship", "transfer_receive")


def open_task(
    kind: str,
    *,
    store_id: int,
    reason: str,
    by: Actor,
    quantity: int = 0,
    item_id: int | None = None,
    order_id: int | None = None,
    order_line_id: int | None = None,
    package_id: int | None = None,
    transfer_id: int | None = None,
    return_line_id: int | None = None,
) -> FloorTask:
    """Open a task. A second count of the same item at the same store joins the one that is already open."""
    if kind == "count" and (same := _open_count(store_id, item_id)) is not None:
        return same
    task = FloorTask(
        public_id=keys.new_id("tsk"),
        store_id=store_id,
        kind=kind,
        reason=reason,
        quantity=quantity,
        item_id=item_id,
        order_id=order_id,
        order_line_id=order_line_id,
        package_id=package_id,
        transfer_id=transfer_id,
        return_line_id=return_line_id,
        opened_at=clock.now(),
    )
    db.session.add(task)
    db.session.flush()
    _record(task, "task.opened", by)
    return task


def do_task(task: FloorTask, *, pieces: int, by: Actor) -> FloorTask:
    """Count `pieces` as done; the task is done with its last piece. Raises WrongState for a closed task."""
    if task.state != "open":
        raise WrongState("This task is already closed.", state=task.state)
    task.done_quantity += pieces
    if task.done_quantity >= task.quantity:
        _close(task, "done")
    db.session.flush()
    _record(task, "task.done" if task.state == "done" else "task.progressed", by)
    return task


def claim_task(task: FloorTask, *, by: Actor) -> FloorTask:
    """Take a task on: the first wins. Claiming one's own again is quiet.

    Raises Forbidden when nobody is named, WrongState when it is closed or somebody else has it.
    """
    if by.staff_id is None:
        raise Forbidden("A person takes a task on.")
    if task.state != "open":
        raise WrongState("This task is already closed.", state=task.state)
    if task.assigned_id == by.staff_id:
        return task
    if task.assigned_id is not None:
        raise WrongState("Somebody else is already doing this.", state="claimed")
    task.assigned_id = by.staff_id
    db.session.flush()
    _record(task, "task.claimed", by)
    return task


def release_task(task: FloorTask, *, by: Actor) -> FloorTask:
    """Give an open task back for anybody to take; one that nobody has stays as it is."""
    if task.state == "open" and task.assigned_id is not None:
        task.assigned_id = None
        db.session.flush()
        _record(task, "task.released", by)
    return task


def cancel_task(task: FloorTask, *, by: Actor) -> FloorTask:
    """Take back a task that is no longer needed; a closed one stays as it is."""
    if task.state == "open":
        _close(task, "cancelled")
        db.session.flush()
        _record(task, "task.cancelled", by)
    return task


def _close(task: FloorTask, state: str) -> None:
    if not may_move(FLOOR_TASK_MOVES, task.state, state):
        raise WrongState("This task is already closed.", state=task.state)
    task.state, task.done_at = state, clock.now()


def _open_count(store_id: int, item_id: int | None) -> FloorTask | None:
    return db.session.scalars(
        select(FloorTask)
        .where(
            FloorTask.store_id == store_id,
            FloorTask.item_id == item_id,
            FloorTask.kind == "count",
            FloorTask.state == "open",
        )
        .limit(1)
    ).first()


def task_shape(task: FloorTask) -> dict[str, Any]:
    """The public shape of a task."""
    return {
        "id": task.public_id,
        "kind": task.kind,
        "state": task.state,
        "reason": task.reason,
        "quantity": task.quantity,
        "done": task.done_quantity,
    }


def _record(task: FloorTask, type_: str, by: Actor) -> None:
    store = db.session.get_one(Store, task.store_id)
    events.record(
        type_,
        by=by,
        data={**task_shape(task), "store": store.code},
        store_id=task.store_id,
        order_id=task.order_id,
    )
