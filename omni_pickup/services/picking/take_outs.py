"""The task of taking a cancelled piece out of a bag whose rest is still wanted."""

from __future__ import annotations

from sqlalchemy import select

from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.picking import FloorTask
from omni_pickup.services.floor_tasks import cancel_task, do_task


def count_taken_out(package_id: int, order_line_id: int, pieces: int, *, by: Actor) -> None:
    """The pieces are out: their tasks are done to that extent, the oldest first."""
    for task in _open_tasks(package_id):
        if task.order_line_id == order_line_id and pieces > 0:
            done = min(pieces, task.quantity - task.done_quantity)
            do_task(task, pieces=done, by=by)
            pieces -= done


def drop_take_outs(package_id: int, *, by: Actor) -> None:
    """The bag is no more: nothing has to leave it."""
    for task in _open_tasks(package_id):
        cancel_task(task, by=by)


def _open_tasks(package_id: int) -> list[FloorTask]:
    return list(
        db.session.scalars(
            select(FloorTask)
            .where(FloorTask.package_id == package_id, FloorTask.kind == "take_out", FloorTask.state == "open")
            .order_by(FloorTask.id)
        )
    )
