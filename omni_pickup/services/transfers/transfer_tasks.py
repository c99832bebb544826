"""The counted work that a transfer gives to the staff of both stores."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.picking import FloorTask
from omni_pickup.models.transfers import Transfer, TransferLine
from omni_pickup.services.floor_tasks import cancel_task, do_task, open_task


def open_ship_task(transfer: Transfer, *, by: Actor) -> None:
    """Ask the source store to send what was requested."""
    _open(transfer, "transfer_ship", transfer.source_store_id, sum(line.requested for line in transfer.lines), by)


def open_receive_task(transfer: Transfer, *, by: Actor) -> None:
    """Ask the destination to count in what was shipped."""
    _open(transfer, "transfer_receive", transfer.destination_store_id, sum(line.shipped for line in transfer.lines), by)


def close_ship_task(transfer: Transfer, *, by: Actor) -> None:
    """The task is done with what was really shipped, also when less was there than asked."""
    task = _task(transfer, "transfer_ship")
    if task is not None:
        task.quantity = sum(line.shipped for line in transfer.lines)
        do_task(task, pieces=task.quantity, by=by)


def drop_ship_task(transfer: Transfer, *, by: Actor) -> None:
    """Nobody has to send anything any more."""
    task = _task(transfer, "transfer_ship")
    if task is not None:
        cancel_task(task, by=by)


def count_received(transfer: Transfer, *, pieces: int, by: Actor) -> None:
    """Pieces were counted in at the destination."""
    task = _task(transfer, "transfer_receive")
    if task is not None:
        do_task(task, pieces=pieces, by=by)


def ask_for_counts(transfer: Transfer, lines: Sequence[TransferLine], *, by: Actor) -> None:
    """More came than was said to be sent: what the source has left is not what its books say."""
    for line in lines:
        open_task("count", store_id=transfer.source_store_id, item_id=line.item_id, reason="transfer_surplus", by=by)


def forget_pieces(transfer: Transfer, *, pieces: int, by: Actor) -> None:
    """Pieces were written off, so nobody waits for them; a task with nothing left to wait for is closed."""
    task = _task(transfer, "transfer_receive")
    if task is None:
        return
    task.quantity -= pieces
    if task.quantity == 0:
        cancel_task(task, by=by)
    elif task.done_quantity >= task.quantity:
        do_task(task, pieces=0, by=by)


def _open(transfer: Transfer, kind: str, store_id: int, pieces: int, by: Actor) -> None:
    open_task(
        kind,
        store_id=store_id,
        reason=transfer.reason or "transfer",
        quantity=pieces,
        order_id=transfer.order_id,
        transfer_id=transfer.id,
        by=by,
    )


def _task(transfer: Transfer, kind: str) -> FloorTask | None:
    return db.session.scalars(
        select(FloorTask).where(FloorTask.transfer_id == transfer.id, FloorTask.kind == kind, FloorTask.state == "open")
    ).first()
