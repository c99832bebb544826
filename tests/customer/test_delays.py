"""An order that will be later than promised: the page names the time that the message told, and no promise moves."""

from __future__ import annotations

from datetime import timedelta

from omni_pickup import clock
from omni_pickup.models import transaction
from omni_pickup.queries.promises.estimates import delayed_until
from omni_pickup.services.promises.promise_checks import recheck_promises
from tests.customer.browsing import Phone
from tests.customer.conftest import Make
from tests.customer.test_pickups import page
from tests.floor import Shop, fresh


def test_a_told_delay_is_on_the_page_with_its_own_time(make: Make, phone: Phone, shop: Shop) -> None:
    order = make("received", promised_at=clock.now() - timedelta(minutes=40))
    assert "will be ready" not in page(phone, order)
    with transaction():
        assert recheck_promises(shop.store, now=clock.now()) == 1
    text = page(phone, order)
    assert text.startswith("Your order takes a little longer. We wanted to be ready at ")
    assert "Your order will be ready by" in text


def test_a_delay_is_said_before_the_promise_has_passed(make: Make, phone: Phone, shop: Shop) -> None:
    order = make("received", promised_at=clock.now() + timedelta(minutes=2))
    assert page(phone, order).startswith("Ada , your order will be ready by ")
    with transaction():
        told = fresh(order)
        told.expected_at, told.delay_told_at = clock.now() + timedelta(minutes=50), clock.now()
    text = page(phone, order)
    assert text.startswith("Your order takes a little longer. Your order will be ready by")
    assert "sorry" not in text


def test_the_promise_counts_again_when_there_is_no_delay_any_more(make: Make, shop: Shop) -> None:
    now = clock.now()
    order = make("received", promised_at=now + timedelta(minutes=30))
    order.delay_told_at, order.expected_at = now, now + timedelta(minutes=20)
    assert delayed_until(order, now) is None
    order.expected_at = now + timedelta(minutes=50)
    assert delayed_until(order, now) is not None
    assert delayed_until(order, now + timedelta(hours=2)) is None
    order.delay_told_at = None
    assert delayed_until(order, now) is None
