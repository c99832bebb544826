"""Whether promises will be kept: what is expected is noted beside them, and a delay is told once.

A promise is never moved in silence and never by the system itself. Staff may replace it by one that can be kept;
then the customer is told as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, update

from omni_pickup import clock
from omni_pickup.models.actors import SYSTEM, Actor
from omni_pickup.models.base import db, table_of
from omni_pickup.models.floors import enter_floor
from omni_pickup.models.orders import Order
from omni_pickup.models.stores import Store
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.queries.promises.estimates import TO_MAKE_READY, Estimate, estimate_of, estimates_of
from omni_pickup.queries.promises.opening_hours import hours_of
from omni_pickup.queries.shapes import instant_shape
from omni_pickup.rules.estimates import is_delay, new_promise
from omni_pickup.services.order_states import record_order
from omni_pickup.services.stock.stock_deficits import recheck_endangered

#: What is expected is noted anew when it is off by so much; nobody looks at less.
_WORTH_NOTING = timedelta(minutes=5)
#: A promise that moves by less is not worth a message.
_WORTH_MOVING = timedelta(minutes=30)
_ORDERS = table_of(Order)
# Without the order's version: a new estimate is nobody's change, and must not refuse a tablet's.
_NOTE = update(_ORDERS).where(_ORDERS.c.id == bindparam("order")).values(expected_at=bindparam("expected"))


def check_promise(order: Order, *, by: Actor) -> bool:
    """Replace the promise by one that can be kept, if it cannot; True when it moved and the customer is told.

    An order with nothing left to make ready, or one that waits for its customer, keeps its promise.
    """
    now = clock.now()
    db.session.flush()
    expected_at = estimate_of(order.store, order.id, now)
    promised_at = None if expected_at is None else new_promise(hours_of(order.store), expected_at)
    if promised_at is None or promised_at < order.promised_at + _WORTH_MOVING:
        return False
    before, order.promised_at, order.expected_at = order.promised_at, promised_at, expected_at
    extra = {"promised_before": instant_shape(before, order.store.timezone)}
    record_order(order, "order.promise_changed", by=by, extra=extra)
    # The pieces that are missing are missing from whoever has the latest promise; that may be somebody else now.
    recheck_endangered(order.store_id, [line.item_id for line in order.lines], by=by)
    return True


def needs_recheck(store: Store, now: datetime) -> bool:
    """Whether `recheck_promises` would write anything; a read."""
    return any(_is_news(one) for one in estimates_of(store, now))


def recheck_promises(store: Store, *, now: datetime, by: Actor = SYSTEM) -> int:
    """Note what is expected of every waiting order, and tell the delays that nobody told yet; returns how many."""
    enter_floor(store.id)
    news = [one for one in estimates_of(store, now) if _is_news(one)]
    _note(news)
    late = sorted(one.order_id for one in news if _has_to_be_told(one))
    return sum(_tell_delay(get_order_by_key(order_id), now, by) for order_id in late)


def _is_news(one: Estimate) -> bool:
    if one.expected_at is None:
        return False
    return one.noted_at is None or abs(one.expected_at - one.noted_at) >= _WORTH_NOTING or _has_to_be_told(one)


def _has_to_be_told(one: Estimate) -> bool:
    return not one.was_told and is_delay(one.promised_at, one.expected_at)


def _note(news: Sequence[Estimate]) -> None:
    rows = [{"order": one.order_id, "expected": one.expected_at} for one in sorted(news, key=lambda one: one.order_id)]
    if rows:
        db.session.connection().execute(_NOTE, rows)


def _tell_delay(order: Order, now: datetime, by: Actor) -> bool:
    """Tell it once; whoever was faster, or a change since the estimate, leaves nothing to tell."""
    if order.delay_told_at is not None or order.state not in TO_MAKE_READY or order.expected_at is None:
        return False
    if not is_delay(order.promised_at, order.expected_at):
        return False
    ready_by = instant_shape(new_promise(hours_of(order.store), order.expected_at), order.store.timezone)
    if ready_by is None:
        return False
    order.delay_told_at = now
    told = {"ready_by": ready_by}
    record_order(order, "order.delay_expected", by=by, extra=told, details=told)
    return True
