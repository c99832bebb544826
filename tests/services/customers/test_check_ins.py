"""Check-in: the customer is coming or here, and exactly one person goes."""

from __future__ import annotations

from typing import Any

import pytest

from omni_pickup.errors import AlreadyTaken, Forbidden, Invalid, WrongState
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import CUSTOMER, Actor
from omni_pickup.models.orders import CheckIn, Order
from omni_pickup.services.customers.check_ins import check_in, take_check_in
from omni_pickup.services.orders.order_cancels import cancel_order
from tests.floor import ANIA, Shop, events_of, fresh, locked, make_queued, make_ready, reread
from tests.people import make_staff


def announce(order: Order, kind: str = "here", **values: Any) -> CheckIn:
    with transaction():
        return check_in(locked(order), kind=kind, by=CUSTOMER, **values)


def test_a_customer_can_check_in_before_the_order_is_ready(shop: Shop) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    announce(order, "on_my_way")
    announce(order, bay="2", vehicle="red van")
    assert fresh(order).on_my_way_at is not None
    assert fresh(order).arrived_at is not None
    assert fresh(order).contact.vehicle == "red van"
    assert fresh(order).state == "received"
    assert events_of(order)[-2:] == ["order.on_my_way", "order.arrived"]


def test_a_double_tap_is_one_check_in_and_another_bay_is_noted_on_it(shop: Shop) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    first = announce(order, bay="1")
    before = events_of(order)
    assert announce(order, bay="1").id == first.id
    assert events_of(order) == before
    announce(order, bay="2")
    assert (reread(first).bay, db.session.query(CheckIn).count()) == ("2", 1)


def test_nobody_checks_in_for_an_order_that_has_ended(shop: Shop) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    announce(order)
    with transaction():
        cancel_order(locked(order), reason="no", by=ANIA)
    assert db.session.query(CheckIn).one().ended_at is not None
    with pytest.raises(WrongState):
        announce(order)


@pytest.mark.parametrize("values", [{"kind": "flying"}, {"source": "rumour"}, {"bay": "9"}])
def test_kinds_sources_and_bays_are_known_ones(shop: Shop, values: dict[str, str]) -> None:
    with transaction():
        reread(shop.store).bays = ["1", "2"]
    order = make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    with pytest.raises(Invalid):
        announce(order, **values)
    assert db.session.query(CheckIn).count() == 0


def test_the_first_to_take_it_goes_and_the_second_hears_who(shop: Shop) -> None:
    order = make_ready(shop.store, shop.client, [(shop.shirt, 1)])
    row = announce(order)
    ania, bartek = (Actor("staff", staff_id=make_staff(login, shop.store).id) for login in ("ania", "bartek"))
    for _ in range(2):
        with transaction():
            take_check_in(reread(row), by=ania)
    with pytest.raises(AlreadyTaken) as refused, transaction():
        take_check_in(reread(row), by=bartek)
    assert refused.value.message == "Ania is going."
    assert events_of(order).count("order.check_in_taken") == 1


def test_a_machine_goes_to_nobody_and_nobody_goes_to_who_has_left(shop: Shop) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    row = announce(order)
    with pytest.raises(Forbidden), transaction():
        take_check_in(reread(row), by=ANIA)
    with transaction():
        cancel_order(locked(order), reason="no", by=ANIA)
    ania = Actor("staff", staff_id=make_staff("ania", shop.store).id)
    with pytest.raises(WrongState), transaction():
        take_check_in(reread(row), by=ania)
