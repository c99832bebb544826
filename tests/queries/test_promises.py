"""The ready-by time from real hours, the queue ahead, slots and cut-offs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.clients import Client
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order
from omni_pickup.models.picking import PickTask
from omni_pickup.models.stores import Store
from omni_pickup.queries.promises import promise_for
from omni_pickup.queries.shapes import instant_shape
from omni_pickup.services.orders import place_order
from omni_pickup.services.stores import put_store
from tests.builders import make_client, make_item, make_stock, order_values, set_clock, store_values

MORNING = "2026-11-23T10:00:00+01:00"


@pytest.fixture
def client(app: object) -> Client:
    return make_client()


@pytest.fixture
def item(app: object) -> Item:
    return make_item("A")


def make_place(item: Item | None = None, **values: Any) -> Store:
    """A store where one picker fetches 60 pieces an hour, and prepares an order in two hours."""
    pickup = {"pickers": 1, "pace_per_hour": 60, **values.pop("pickup", {})}
    with transaction():
        store, _ = put_store("WAW-01", store_values(pickup=pickup, **values), by=SYSTEM)
    if item is not None:
        make_stock(store, item, 1000)
    return store


def promised(store: Store, now: str, **named: Any) -> str | None:
    return instant_shape(promise_for(store, now=datetime.fromisoformat(now), **named), store.timezone)


def order(client: Client, quantity: int, **values: Any) -> Order:
    with transaction():
        return place_order(order_values({"A": quantity}, **values), client_id=client.id, by=SYSTEM)[0]


def told(order: Order) -> str | None:
    return instant_shape(order.promised_at, "Europe/Warsaw")


@pytest.mark.parametrize(
    ("now", "ready_by"),
    [
        ("2026-11-23T10:00:00+01:00", "2026-11-23T12:00:00+01:00"),
        ("2026-11-23T10:00:01+01:00", "2026-11-23T12:01:00+01:00"),
        ("2026-11-23T07:00:00+01:00", "2026-11-23T11:00:00+01:00"),
        ("2026-11-23T20:00:00+01:00", "2026-11-24T10:00:00+01:00"),
        ("2026-11-23T22:00:00+01:00", "2026-11-24T11:00:00+01:00"),
    ],
)
def test_preparation_counts_open_time_only(app: object, now: str, ready_by: str) -> None:
    assert promised(make_place(), now) == ready_by


def test_work_begins_at_the_later_of_now_and_the_requested_time(app: object) -> None:
    store, wanted = make_place(), datetime.fromisoformat("2026-11-25T12:00:00+01:00")
    assert promised(store, MORNING, requested_from=wanted) == "2026-11-25T14:00:00+01:00"
    assert promised(store, "2026-11-26T10:00:00+01:00", requested_from=wanted) == "2026-11-26T12:00:00+01:00"


def test_holidays_and_exceptions_are_closed(app: object) -> None:
    store = make_place(
        holidays={"country": "PL", "subdivision": None}, exceptions=[{"date": "2026-12-27", "hours": []}]
    )
    # Christmas Eve is a public holiday in Poland since 2025, then two days of Christmas and our own closed day.
    assert promised(store, "2026-12-23T20:30:00+01:00") == "2026-12-28T10:30:00+01:00"


@pytest.mark.parametrize(
    ("now", "ready_by"),
    [
        ("2026-03-29T00:30:00+01:00", "2026-03-29T03:30:00+02:00"),
        ("2026-10-25T01:30:00+02:00", "2026-10-25T02:30:00+01:00"),
    ],
)
def test_in_the_nights_when_clocks_change_two_hours_are_two_hours(app: object, now: str, ready_by: str) -> None:
    store = make_place(hours={day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")})
    assert promised(store, now) == ready_by


def test_from_the_cut_off_on_work_begins_on_the_next_open_day(app: object) -> None:
    store = make_place(pickup={"cut_off": "15:00"})
    assert promised(store, "2026-11-23T14:59:00+01:00") == "2026-11-23T16:59:00+01:00"
    assert promised(store, "2026-11-23T15:00:00+01:00") == "2026-11-24T11:00:00+01:00"


def test_a_store_that_never_opens_promises_nothing(app: object) -> None:
    assert promised(make_place(hours={}), MORNING) is None


def test_an_order_that_takes_longer_to_fetch_than_to_prepare_is_promised_later(app: object) -> None:
    store = make_place()
    assert promised(store, MORNING, pieces=120) == "2026-11-23T12:00:00+01:00"
    assert promised(store, MORNING, pieces=180) == "2026-11-23T13:00:00+01:00"


def test_the_queue_ahead_stretches_the_promise(client: Client, item: Item, monkeypatch: pytest.MonkeyPatch) -> None:
    make_place(item)
    set_clock(monkeypatch, MORNING)
    promises = [told(order(client, 30)) for _ in range(3)]
    assert promises == [f"2026-11-23T1{time}:00+01:00" for time in ("2:00", "2:30", "3:00")]


def test_pickers_share_the_queue(client: Client, item: Item, monkeypatch: pytest.MonkeyPatch) -> None:
    make_place(item, pickup={"pickers": 3})
    set_clock(monkeypatch, MORNING)
    order(client, 90)
    assert told(order(client, 1)) == "2026-11-23T12:30:00+01:00"


def test_pieces_that_are_picked_no_longer_wait(client: Client, item: Item, monkeypatch: pytest.MonkeyPatch) -> None:
    store = make_place(item)
    set_clock(monkeypatch, MORNING)
    order(client, 60)
    with transaction():
        task = db.session.scalars(db.select(PickTask)).one()
        task.picked, task.state = 60, "done"
    assert promised(store, MORNING) == "2026-11-23T12:00:00+01:00"


def test_work_for_next_week_does_not_delay_what_is_wanted_today(
    client: Client, item: Item, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make_place(item)
    set_clock(monkeypatch, MORNING)
    order(client, 60, requested_from="2026-11-30T10:00:00+01:00")
    assert promised(store, MORNING) == "2026-11-23T12:00:00+01:00"
    order(client, 30)
    assert promised(store, MORNING) == "2026-11-23T12:30:00+01:00"


def test_a_full_slot_pushes_to_the_next_one(client: Client, item: Item, monkeypatch: pytest.MonkeyPatch) -> None:
    make_place(item, pickup={"slot_minutes": 60, "slot_capacity": 2, "pace_per_hour": 100_000})
    set_clock(monkeypatch, MORNING)
    promises = [told(order(client, 1)) for _ in range(5)]
    assert promises[0] is not None
    assert [promise and promise[11:13] for promise in promises] == ["12", "12", "13", "13", "14"]
