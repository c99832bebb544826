"""The hold ladder: reminders, one extension, and the end of an order that nobody fetched."""

from __future__ import annotations

from datetime import timedelta

import pytest

from omni_pickup.errors import WrongState
from omni_pickup.models import transaction
from omni_pickup.models.orders import Order
from omni_pickup.services.customers.check_ins import check_in
from omni_pickup.services.orders.expiries import expire_due_orders, extend_hold, remind_due_orders
from omni_pickup.services.picking.put_backs import put_back
from tests.builders import stock_of
from tests.floor import (
    ANIA,
    Shop,
    bags_in,
    counters,
    differences,
    events_of,
    floor_tasks,
    fresh,
    last_event,
    locked,
    make_picked,
    make_ready,
    reread,
)

SECOND = timedelta(seconds=1)


@pytest.fixture
def order(shop: Shop) -> Order:
    return make_ready(shop.store, shop.client, [(shop.shirt, 2)])


def expire(at) -> int:
    with transaction():
        return expire_due_orders(at)


def remind(at) -> int:
    with transaction():
        return remind_due_orders(at)


def test_an_order_nobody_fetched_expires_with_its_money_due_and_a_put_back(order: Order, shop: Shop) -> None:
    assert expire(order.hold_until - SECOND) == 0
    assert expire(order.hold_until) == 1
    assert (fresh(order).state, counters(order)) == ("expired", {"cancelled": 2, "to_put_back": 2})
    assert fresh(order).refund_due_minor == 2000
    assert last_event(order, "order.refund_due")["refund_due"]["reason"] == "no_show"
    (task,) = floor_tasks(shop.store, "put_back")
    assert (task.reason, task.package_id) == ("expired", bags_in(order)[0].id)
    with transaction():
        put_back(reread(task), sellable=2, by=ANIA)
    assert stock_of(shop.store, shop.shirt) == {"on_hand": 10}
    assert fresh(order).state == "expired"
    assert differences() == []


def test_expiring_twice_is_once(order: Order) -> None:
    expire(order.hold_until)
    assert expire(order.hold_until) == 0
    assert events_of(order).count("order.expired") == 1


@pytest.mark.parametrize("kind", ["on_my_way", "here"])
def test_who_is_on_the_way_or_here_does_not_lose_the_order(order: Order, kind: str) -> None:
    with transaction():
        check_in(locked(order), kind=kind, by=ANIA)
    assert expire(order.hold_until + timedelta(days=1)) == 0
    assert fresh(order).state == "ready"


def test_an_order_that_is_not_ready_has_no_deadline(shop: Shop) -> None:
    order = make_picked(shop.store, shop.client, [(shop.shirt, 1)])
    assert expire(order.received_at + timedelta(days=365)) == 0
    with pytest.raises(WrongState), transaction():
        extend_hold(locked(order), by=ANIA)


def test_the_customer_can_extend_once(order: Order) -> None:
    before = order.hold_until
    with transaction():
        extend_hold(locked(order), by=ANIA)
    assert fresh(order).hold_until == before + timedelta(days=3)
    assert events_of(order)[-1] == "order.hold_extended"
    assert expire(before) == 0
    with pytest.raises(WrongState, match="already extended"), transaction():
        extend_hold(locked(order), by=ANIA)
    assert expire(before + timedelta(days=3)) == 1


def test_a_reminder_comes_once_for_each_of_the_last_two_days(order: Order) -> None:
    assert remind(order.ready_at + SECOND) == 0
    last_day, day_before = order.hold_until - timedelta(hours=23), order.hold_until - timedelta(hours=47)
    assert [remind(day_before), remind(day_before + SECOND), remind(last_day), remind(last_day + SECOND)] == [
        1,
        0,
        1,
        0,
    ]
    assert events_of(order).count("order.reminder_due") == 2


def test_work_is_limited_so_that_no_tick_takes_long(shop: Shop) -> None:
    orders = [make_ready(shop.store, shop.client, [(shop.shirt, 1)]) for _ in range(3)]
    late = max(order.hold_until for order in orders)
    with transaction():
        assert expire_due_orders(late, limit=2) == 2
    with transaction():
        assert expire_due_orders(late, limit=2) == 1
    with transaction():
        assert remind_due_orders(late, limit=0) == 0
