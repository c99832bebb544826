"""The end of somebody's shift: open walks and tasks go on in other hands."""

from __future__ import annotations

from sqlalchemy import select

from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.picking import FloorTask
from omni_pickup.models.staff import Staff
from omni_pickup.models.stores import Store
from omni_pickup.queries.picking.waves import open_waves
from omni_pickup.services import events
from omni_pickup.services.picking.waves import take_over_wave


def hand_over_work(store: Store, *, giver: Staff, taker: Staff, by: Actor) -> int:
    """Every open walk and assigned task of `giver` at this store is `taker`'s; returns how many there were."""
    waves = open_waves(store.id, picker_id=giver.id)
    for wave in waves:
        take_over_wave(wave, picker=taker, by=by)
    tasks = db.session.scalars(
        select(FloorTask).where(
            FloorTask.store_id == store.id, FloorTask.state == "open", FloorTask.assigned_id == giver.id
        )
    ).all()
    for task in tasks:
        task.assigned_id = taker.id
    moved = len(waves) + len(tasks)
    if moved:
        events.record(
            "shift.work_handed_over",
            by=by,
            data={"from": giver.public_id, "to": taker.public_id, "walks": len(waves), "tasks": len(tasks)},
            store_id=store.id,
        )
    return moved
