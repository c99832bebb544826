"""A promise that can no longer be kept is replaced by one that can, and the customer is told."""

from __future__ import annotations

from datetime import timedelta

from omni_pickup import clock
from omni_pickup.models.actors import Actor
from omni_pickup.models.orders import Order
from omni_pickup.queries.opening_hours import hours_of
from omni_pickup.queries.shapes import instant_shape
from omni_pickup.rules.promises import rounded_up, sla
from omni_pickup.services.order_states import record_order


def check_promise(order: Order, *, by: Actor) -> bool:
    """Judge the promise by the pieces still to fetch and the store's pace; True when it had to move.

    The new promise is the store's next opening after the work that is left. An order with nothing left to fetch
    keeps its promise.
    """
    left = sum(line.open - line.picked for line in order.lines)
    now = clock.now()
    minutes = left * 60 / max(1, order.store.pace_per_hour)
    if not left or sla(now, order.promised_at, minutes) == "on_time":
        return False
    promised_at = hours_of(order.store).add_open_time(now, order.store.prep_minutes + minutes)
    # Half an hour more or less is not worth a message; somebody who was told three times stops believing.
    if promised_at is None or promised_at < order.promised_at + timedelta(minutes=30):
        return False
    before, order.promised_at = order.promised_at, rounded_up(promised_at)
    extra = {"promised_before": instant_shape(before, order.store.timezone)}
    record_order(order, "order.promise_changed", by=by, extra=extra)
    return True
