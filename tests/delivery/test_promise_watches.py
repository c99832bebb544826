"""The worker sees at once where the work changed, checks everything now and then, and writes only what is news."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from omni_pickup import clock
from omni_pickup.delivery import promise_watches
from omni_pickup.delivery.messages import compose
from omni_pickup.delivery.outboxes import claim_due
from omni_pickup.delivery.promise_watches import SWEEP_SECONDS, PromiseWatch
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.orders import Order
from omni_pickup.services import events
from tests.builders import make_stock, set_clock
from tests.floor import Shop, events_of, make_queued, make_shop

NOON = datetime.fromisoformat("2026-11-23T12:00:00+01:00")


@pytest.fixture
def shop(app: object, monkeypatch: pytest.MonkeyPatch) -> Shop:
    set_clock(monkeypatch, NOON.isoformat())
    shop = make_shop()
    make_stock(shop.store, shop.shirt, 1000)
    return shop


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Stores in the order of being checked."""
    found: list[int] = []
    check = promise_watches._check

    def note(store_id: int) -> None:
        found.append(store_id)
        check(store_id)

    monkeypatch.setattr(promise_watches, "_check", note)
    return found


def late(shop: Shop) -> Order:
    return make_queued(shop.store, shop.client, [(shop.shirt, 5)], promised_at=NOON - timedelta(hours=1))


def change(shop: Shop, type_: str = "order.received") -> None:
    with transaction():
        events.record(type_, by=SYSTEM, data={}, store_id=shop.store.id)


def test_a_new_watch_looks_at_every_store_with_work(shop: Shop, checked: list[int]) -> None:
    order = late(shop)
    watch = PromiseWatch()
    assert watch() is False
    assert checked == [shop.store.id]
    assert "order.delay_expected" in events_of(order)


def test_a_store_without_work_is_left_alone(shop: Shop, checked: list[int]) -> None:
    PromiseWatch()()
    assert checked == []


def test_a_store_where_something_happened_is_checked_at_once_and_once(shop: Shop, checked: list[int]) -> None:
    watch = PromiseWatch()
    watch()
    change(shop)
    change(shop)
    watch()
    watch()
    assert checked == [shop.store.id]


def test_what_the_watch_itself_tells_is_no_news_to_it(shop: Shop, checked: list[int]) -> None:
    late(shop)
    watch = PromiseWatch()
    for _ in range(3):
        watch()
    assert checked == [shop.store.id]


def test_time_alone_makes_orders_late_and_is_watched_too(
    shop: Shop, checked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 5)], promised_at=NOON + timedelta(minutes=30))
    watch, started = PromiseWatch(), clock.monotonic()
    watch()
    assert "order.delay_expected" not in events_of(order)
    set_clock(monkeypatch, (NOON + timedelta(minutes=40)).isoformat())
    watch()
    assert checked == [shop.store.id]
    monkeypatch.setattr(clock, "monotonic", lambda: started + SWEEP_SECONDS + 1)
    watch()
    assert checked == [shop.store.id] * 2
    assert "order.delay_expected" in events_of(order)


def test_a_chain_is_checked_a_few_stores_at_a_time(
    shop: Shop, checked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(promise_watches, "STORES_AT_ONCE", 1)
    monkeypatch.setattr(promise_watches, "stores_with_work", lambda: [shop.store.id, shop.store.id + 1])
    monkeypatch.setattr(promise_watches, "_check", checked.append)
    watch = PromiseWatch()
    assert watch() is True
    assert watch() is False
    assert checked == [shop.store.id, shop.store.id + 1]


def test_the_message_of_a_delay_names_the_time_that_is_expected(shop: Shop) -> None:
    order = late(shop)
    PromiseWatch()()
    with transaction():
        (claim,) = [one for one in claim_due(10) if one.order_id == order.id]
        letter = compose(claim).letter
    # Five pieces, five minutes to stage them and a quarter of an hour of room.
    assert "12:25" in letter.text
    assert "11:00" not in letter.text
    assert db.session.get_one(Order, order.id).promised_at == NOON - timedelta(hours=1)
