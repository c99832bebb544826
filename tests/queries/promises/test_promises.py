"""The ready-by time from real hours, the queue ahead, slots and cut-offs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from omni_pickup import clock
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.clients import Client
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order
from omni_pickup.models.paces import StorePace
from omni_pickup.models.picking import PickTask
from omni_pickup.models.stores import Store
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.queries.promises.promises import promise_for
from omni_pickup.queries.shapes import instant_shape
from omni_pickup.services.orders.order_cancels import cancel_order
from omni_pickup.services.orders.orders import place_order
from omni_pickup.services.stores.stores import put_store
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


def test_a_slot_may_be_counted_in_pieces(client: Client, item: Item, monkeypatch: pytest.MonkeyPatch) -> None:
    slots = {"slot_minutes": 60, "slot_capacity": 5, "slot_unit": "pieces", "pace_per_hour": 100_000}
    make_place(item, pickup=slots)
    set_clock(monkeypatch, MORNING)
    promises = [told(order(client, pieces)) for pieces in (3, 3, 2, 8, 1)]
    # Three and two fit into one slot, eight get one for themselves.
    assert [promise and promise[11:13] for promise in promises] == ["12", "13", "12", "14", "13"]


def test_a_cancelled_order_makes_room_in_its_slot(client: Client, item: Item, monkeypatch: pytest.MonkeyPatch) -> None:
    make_place(item, pickup={"slot_minutes": 60, "slot_capacity": 1, "pace_per_hour": 100_000})
    set_clock(monkeypatch, MORNING)
    first = order(client, 1)
    with transaction():
        cancel_order(get_order_by_key(first.id), reason="customer", by=SYSTEM)
    assert told(order(client, 1)) == told(first)


def test_the_longest_line_decides(client: Client, item: Item, monkeypatch: pytest.MonkeyPatch) -> None:
    store = make_place(item, pickup={"prep_minutes": 30, "prep_minutes_by_handling": {"bulky": 240, "locked": 45}})
    make_stock(store, make_item("SOFA", handling=["bulky", "fragile"]), 5)
    make_stock(store, make_item("WATCH", handling=["locked"]), 5)
    set_clock(monkeypatch, MORNING)

    def placed(*skus: str) -> str | None:
        with transaction():
            made = place_order(order_values(dict.fromkeys(skus, 1)), client_id=client.id, by=SYSTEM)[0]
            db.session.execute(db.delete(PickTask))
        return told(made)

    assert placed("A") == "2026-11-23T10:30:00+01:00"
    assert placed("A", "WATCH") == "2026-11-23T10:45:00+01:00"
    assert placed("WATCH", "SOFA", "A") == "2026-11-23T14:00:00+01:00"


def keep(store: Store, **values: Any) -> None:
    """What the worker knows of the store."""
    with transaction():
        db.session.add(StorePace(store_id=store.id, **{"hours": {}, "orders": 0, "on_shift": 0, **values}))


def test_the_measured_pace_beats_the_setting(client: Client, item: Item, monkeypatch: pytest.MonkeyPatch) -> None:
    store = make_place(item)
    keep(store, minutes_per_order=10.0, minutes_per_piece=2.0, orders=143, measured_at=clock.now())
    set_clock(monkeypatch, MORNING)
    order(client, 10)
    order(client, 5)
    # Twenty minutes for two orders and thirty for fifteen pieces stand before the third.
    assert promised(store, MORNING) == "2026-11-23T12:50:00+01:00"


def test_a_slow_hour_of_the_week_is_slow(client: Client, item: Item, monkeypatch: pytest.MonkeyPatch) -> None:
    store = make_place(item)
    # The hours of Monday from ten to twelve.
    slow = {"10": [3.0, 40], "11": [1.0, 40]}
    keep(store, minutes_per_order=0.0, minutes_per_piece=1.0, hours=slow, orders=80, measured_at=clock.now())
    set_clock(monkeypatch, MORNING)
    order(client, 30)
    assert promised(store, MORNING) == "2026-11-23T13:10:00+01:00"


def test_fewer_people_on_shift_than_planned_take_longer_until_closing(
    client: Client, item: Item, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make_place(item, pickup={"pickers": 3})
    set_clock(monkeypatch, MORNING)
    order(client, 90)
    assert promised(store, MORNING) == "2026-11-23T12:30:00+01:00"
    keep(store, on_shift=1, on_shift_at=datetime.fromisoformat(MORNING))
    assert promised(store, MORNING) == "2026-11-23T13:30:00+01:00"
    tomorrow = datetime.fromisoformat("2026-11-24T10:00:00+01:00")
    assert promised(store, MORNING, requested_from=tomorrow) == "2026-11-24T12:30:00+01:00"


@pytest.mark.parametrize(("on_shift", "minutes_old"), [(0, 0), (1, 16), (9, 0)])
def test_the_plan_counts_when_nobody_was_seen_lately_or_more_than_planned(
    client: Client, item: Item, monkeypatch: pytest.MonkeyPatch, on_shift: int, minutes_old: int
) -> None:
    store = make_place(item, pickup={"pickers": 3})
    set_clock(monkeypatch, MORNING)
    order(client, 90)
    seen = datetime.fromisoformat(MORNING) - timedelta(minutes=minutes_old)
    keep(store, on_shift=on_shift, on_shift_at=seen)
    assert promised(store, MORNING) == "2026-11-23T12:30:00+01:00"


def test_whoever_is_still_there_at_night_says_nothing_about_tomorrow(
    client: Client, item: Item, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make_place(item, pickup={"pickers": 3})
    set_clock(monkeypatch, MORNING)
    order(client, 90)
    night, early = "2026-11-23T22:00:00+01:00", "2026-11-24T08:00:00+01:00"
    keep(store, on_shift=1, on_shift_at=datetime.fromisoformat(night))
    assert promised(store, night) == "2026-11-24T11:30:00+01:00"
    with transaction():
        db.session.scalars(db.select(StorePace)).one().on_shift_at = datetime.fromisoformat(early)
    assert promised(store, early) == "2026-11-24T12:30:00+01:00"


def test_a_promise_takes_two_statements_and_three_with_slots(
    client: Client, item: Item, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make_place(item)
    keep(store, minutes_per_order=10.0, minutes_per_piece=2.0, orders=143, measured_at=clock.now())
    set_clock(monkeypatch, MORNING)
    order(client, 10)
    assert len(statements(lambda: promised(store, MORNING))) == 2
    store.slot_minutes, store.slot_capacity = 60, 100
    assert len(statements(lambda: promised(store, MORNING))) == 3


def statements(run: Callable[[], object]) -> list[str]:
    """What the database is asked meanwhile."""
    found: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        del connection, cursor, rest
        found.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        run()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return [statement for statement in found if statement.startswith("SELECT")]
