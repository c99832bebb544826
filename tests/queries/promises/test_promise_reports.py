"""What was promised and what happened, by the hour on the store's wall."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from omni_pickup.models import db, transaction
from omni_pickup.models.clients import Client
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order
from omni_pickup.models.stores import Store
from omni_pickup.queries.promises.promise_reports import promise_report
from tests.builders import make_client, make_item, make_order, make_stock
from tests.people import make_store

#: Monday, ten o'clock on the wall in Warszawa.
TEN = datetime.fromisoformat("2026-11-23T10:00:00+01:00")
NOW = TEN + timedelta(days=1)


@pytest.fixture
def store(app: object) -> Store:
    return make_store()


@pytest.fixture
def item(store: Store) -> Item:
    item = make_item("A")
    make_stock(store, item, 1000)
    return item


@pytest.fixture
def client(app: object) -> Client:
    return make_client()


def promised(
    store: Store, client: Client, item: Item, at: datetime, minutes_late: float | None, state: str = "collected"
) -> Order:
    """An order promised for `at` and ready so many minutes after it; None is not ready yet."""
    order = make_order(store, client, [(item, 1)], promised_at=at, first_promised_at=at)
    with transaction():
        row = db.session.get_one(Order, order.id)
        row.state = "received" if minutes_late is None else state
        row.ready_at = None if minutes_late is None else at + timedelta(minutes=minutes_late)
    return order


def test_promises_are_told_by_the_hour_of_the_store(store: Store, client: Client, item: Item) -> None:
    for late in (-20, -5, 10):
        promised(store, client, item, TEN + timedelta(minutes=30), late)
    promised(store, client, item, TEN + timedelta(hours=3), 0, "ready")
    found = promise_report(store, now=NOW)
    assert list(found.hours) == [10, 13]
    assert (found.hours[10].promises, found.hours[10].kept) == (3, 2)
    assert (found.hours[10].median, found.hours[10].p90) == (-5, 10)
    assert (found.all.promises, found.all.kept) == (4, 3)


def test_the_first_promise_counts_whatever_was_told_later(store: Store, client: Client, item: Item) -> None:
    order = promised(store, client, item, TEN, 50)
    with transaction():
        db.session.get_one(Order, order.id).promised_at = TEN + timedelta(hours=1)
    assert promise_report(store, now=NOW).all.median == 50


def test_what_is_overdue_and_not_ready_is_broken_by_as_much_as_now(store: Store, client: Client, item: Item) -> None:
    promised(store, client, item, TEN, None)
    assert promise_report(store, now=TEN + timedelta(minutes=40)).all.median == 40
    assert promise_report(store, now=TEN - timedelta(minutes=1)).all.promises == 0


def test_what_ended_before_it_was_ready_says_nothing(store: Store, client: Client, item: Item) -> None:
    order = promised(store, client, item, TEN, None)
    with transaction():
        db.session.get_one(Order, order.id).state = "cancelled"
    assert promise_report(store, now=NOW).all.promises == 0


def test_a_report_begins_with_a_day_and_leaves_out_other_stores(store: Store, client: Client, item: Item) -> None:
    promised(store, client, item, TEN, 0)
    promised(store, client, item, TEN - timedelta(days=40), 0)
    assert promise_report(store, now=NOW).all.promises == 1
    assert promise_report(store, now=NOW, since=date(2026, 10, 1)).all.promises == 2
    assert promise_report(store, now=NOW, since=date(2026, 11, 24)).all.promises == 0
    assert promise_report(make_store("BER-01"), now=NOW).all.promises == 0


def test_the_repeated_hour_of_the_long_night_is_one_hour(store: Store, client: Client, item: Item) -> None:
    for text in ("2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"):
        promised(store, client, item, datetime.fromisoformat(text), 0)
    assert list(promise_report(store, now=NOW, since=date(2026, 10, 25)).hours) == [2]
