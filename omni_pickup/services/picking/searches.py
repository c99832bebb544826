""" "Not here": a bag that is not at its place is searched for, and the order is not ready until it stands again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from omni_pickup.errors import WrongState
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.packages import Package
from omni_pickup.models.picking import FloorTask
from omni_pickup.queries.picking.packages import lock_package
from omni_pickup.services.floor_tasks import do_task, open_task
from omni_pickup.services.order_states import settle_order
from omni_pickup.services.picking.bag_contents import unstage
from omni_pickup.services.picking.packages import record_package


def report_missing_bag(package: Package, *, by: Actor, at: datetime | None = None) -> FloorTask:
    """Open the search for a bag; its place is kept as the one where it was last seen. Twice is one search."""
    bag = lock_package(package)
    known = _open_searches(bag)
    if known:
        return known[0]
    if bag.state != "staged":
        raise WrongState("This bag does not stand anywhere.", state=bag.state)
    unstage(bag)
    pieces = sum(content.quantity for content in bag.contents)
    task = open_task(
        "search",
        store_id=bag.store_id,
        reason="not_here",
        by=by,
        quantity=pieces,
        order_id=bag.order_id,
        package_id=bag.id,
    )
    record_package(bag.order, bag, "order.bag_missing", by=by, at=at)
    settle_order(bag.order, by=by, occurred_at=at)
    return task


def close_searches(bag: Package, *, by: Actor) -> None:
    """The bag stands at a place again: nobody has to look for it."""
    for task in _open_searches(bag):
        do_task(task, pieces=task.quantity - task.done_quantity, by=by)


def _open_searches(bag: Package) -> list[FloorTask]:
    return list(
        db.session.scalars(
            select(FloorTask).where(
                FloorTask.package_id == bag.id, FloorTask.kind == "search", FloorTask.state == "open"
            )
        )
    )
