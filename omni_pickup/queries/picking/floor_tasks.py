"""The counted work that waits at a store beside picking."""

from __future__ import annotations

from sqlalchemy import func, select

from omni_pickup.errors import NotFound
from omni_pickup.models.base import db, is_writing
from omni_pickup.models.floors import enter_floor
from omni_pickup.models.picking import FloorTask
from omni_pickup.models.stores import Store


def get_floor_task(public_id: str, store: Store) -> FloorTask:
    """The task of that store; locked and read anew inside a transaction. Raises NotFound."""
    statement = select(FloorTask).where(FloorTask.public_id == public_id, FloorTask.store_id == store.id)
    if is_writing():
        enter_floor(store.id)
        statement = statement.with_for_update(of=FloorTask, key_share=True).execution_options(populate_existing=True)
    task = db.session.scalars(statement).one_or_none()
    if task is None:
        raise NotFound("There is no such task here.")
    return task


def open_tasks(store: Store, *, kind: str | None = None, limit: int = 200) -> list[FloorTask]:
    """The open tasks of a store, of one kind if given, the oldest first."""
    statement = select(FloorTask).where(FloorTask.store_id == store.id, FloorTask.state == "open")
    if kind is not None:
        statement = statement.where(FloorTask.kind == kind)
    return list(db.session.scalars(statement.order_by(FloorTask.id).limit(limit)))


def open_task_counts(store: Store) -> dict[str, int]:
    """How many tasks are open, by kind; a kind without any is left out."""
    rows = db.session.execute(
        select(FloorTask.kind, func.count())
        .where(FloorTask.store_id == store.id, FloorTask.state == "open")
        .group_by(FloorTask.kind)
        .order_by(FloorTask.kind)
    )
    return {kind: int(count) for kind, count in rows}
