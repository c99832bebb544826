"""What a tablet hears back: public shapes, so that the answer may be kept and given again."""

from __future__ import annotations

from typing import Any

from omni_pickup.models.base import db
from omni_pickup.models.orders import Order
from omni_pickup.models.packages import Handoff, Package
from omni_pickup.models.picking import PickTask, Wave
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.queries.picking.packages import package_shape
from omni_pickup.queries.picking.waves import task_shape, wave_shape
from omni_pickup.services.handoff.handoff_checks import CodeCheck
from omni_pickup.services.handoff.handoffs import handoff_shape


def order_part(order: Order) -> dict[str, Any]:
    """What a screen needs to go on with an order: its state, and the version for its next command."""
    db.session.flush()
    return {"order": {"id": order.public_id, "number": order.number, "state": order.state, "version": order.version}}


def task_answer(task: PickTask) -> dict[str, Any]:
    """The pick task after the command."""
    return {"task": task_shape(task), **order_part(get_order_by_key(task.order_id))}


def bag_answer(bag: Package) -> dict[str, Any]:
    """The bag after the command."""
    return {"package": package_shape(bag), **order_part(bag.order)}


def wave_answer(wave: Wave) -> dict[str, Any]:
    """The walk after the command."""
    return {"wave": wave_shape(wave)}


def handoff_answer(handoff: Handoff) -> dict[str, Any]:
    """The handoff, and what it made of the order."""
    order = get_order_by_key(handoff.order_id)
    return {"handoff": handoff_shape(order, handoff), **order_part(order)}


def code_answer(check: CodeCheck) -> dict[str, Any]:
    """Whether a code was right; a wrong one says how many tries are left."""
    elsewhere = None if check.elsewhere is None else check.elsewhere.code
    answer = {
        "right": check.right,
        "holder": check.holder,
        "tries_left": check.tries_left,
        "elsewhere": elsewhere,
        "ready": check.ready,
    }
    return answer if check.order is None else {**answer, **order_part(check.order)}
