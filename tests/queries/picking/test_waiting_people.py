"""Who waits, and for how long."""

from __future__ import annotations

from datetime import timedelta

import pytest

from omni_pickup import clock
from omni_pickup.models import transaction
from omni_pickup.models.actors import CUSTOMER, SYSTEM, Actor
from omni_pickup.models.orders import Order
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.queries.picking.waiting_people import untaken, waiting_people
from omni_pickup.services.customers.check_ins import check_in, take_check_in
from omni_pickup.services.orders.order_cancels import cancel_order
from tests.floor import Shop, make_queued, make_ready, make_shop, reread
from tests.people import make_staff

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def shop() -> Shop:
    return make_shop()


def announce(order: Order, kind: str = "here", *, minutes: float = 0, **more: object) -> None:
    with transaction():
        at = clock.now() - timedelta(minutes=minutes)
        check_in(get_order_by_key(order.id), kind=kind, by=CUSTOMER, at=at, **more)


def test_the_longest_wait_comes_first_taken_or_not(shop: Shop) -> None:
    short, long = (make_ready(shop.store, shop.client, [(shop.mug, 1)]) for _ in range(2))
    announce(short, minutes=1)
    announce(long, minutes=4)
    assert [person.number for person in waiting_people(shop.store)] == [long.number, short.number]


def test_who_is_on_the_way_comes_after_who_is_here_the_soonest_first(shop: Shop) -> None:
    here, soon, later = (make_ready(shop.store, shop.client, [(shop.mug, 1)]) for _ in range(3))
    announce(later, "on_my_way", eta=clock.now() + timedelta(minutes=20))
    announce(soon, "on_my_way", eta=clock.now() + timedelta(minutes=5))
    announce(here)
    people = waiting_people(shop.store)
    assert [person.number for person in people] == [here.number, soon.number, later.number]
    assert [person.here for person in people] == [True, False, False]


def test_who_was_on_the_way_and_has_come_waits_once(shop: Shop) -> None:
    order = make_ready(shop.store, shop.client, [(shop.mug, 1)])
    announce(order, "on_my_way", minutes=9)
    announce(order)
    (person,) = waiting_people(shop.store)
    assert person.here


def test_a_card_says_what_is_left_and_who_collects(shop: Shop) -> None:
    order = make_queued(
        shop.store,
        shop.client,
        [(shop.mug, 2), (shop.shirt, 1)],
        contact={"name": "Anna Nowak", "collector_name": "Piotr Lis"},
    )
    announce(order, bay=None, vehicle="Red Volvo")
    (person,) = waiting_people(shop.store)
    assert (person.left, person.queued, person.name, person.vehicle) == (3, 3, "Lis P.", "Red Volvo")
    assert person.taken_by is None


def test_the_alarm_is_about_who_is_here_and_nobody_goes_to(shop: Shop) -> None:
    taken, waiting, coming = (make_ready(shop.store, shop.client, [(shop.mug, 1)]) for _ in range(3))
    announce(taken)
    announce(waiting)
    announce(coming, "on_my_way")
    ania = make_staff("ania", shop.store, name="Ania Wrona")
    with transaction():
        row = check_in(get_order_by_key(taken.id), kind="here", by=CUSTOMER)
        take_check_in(reread(row), by=Actor("staff", staff_id=ania.id))
    people = waiting_people(shop.store)
    assert [person.number for person in untaken(people)] == [waiting.number]
    assert [person.taken_by for person in people if person.number == taken.number] == ["Ania"]


def test_a_cancelled_orders_customer_waits_no_more(shop: Shop) -> None:
    order = make_queued(shop.store, shop.client, [(shop.mug, 1)])
    announce(order)
    with transaction():
        cancel_order(get_order_by_key(order.id), reason="customer", by=SYSTEM)
    assert waiting_people(shop.store) == []
