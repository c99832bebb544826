"""Promises are checked when the queue changes; what is expected stands beside them, and a delay is told once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.events import OutboxMessage
from omni_pickup.models.orders import Order
from omni_pickup.models.paces import StorePace
from omni_pickup.queries.promises.estimates import estimates_of
from omni_pickup.services.picking.picks import pick_pieces
from omni_pickup.services.picking.short_picks import short_pick
from omni_pickup.services.promises.promise_checks import check_promise, needs_recheck, recheck_promises
from omni_pickup.services.stock.stock_levels import set_level
from omni_pickup.services.stores.day_hours import set_day_hours
from omni_pickup.services.stores.stores import pause_store
from tests.builders import make_stock, set_clock
from tests.floor import ANIA, Shop, events_of, fresh, last_event, make_queued, make_ready, reread, tasks_of

NOON = datetime.fromisoformat("2026-11-23T12:00:00+01:00")


@pytest.fixture(autouse=True)
def quiet_noon(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Noon in Warszawa at a store that is open from nine to nine, where three people fetch a piece a minute."""
    set_clock(monkeypatch, NOON.isoformat())
    week = {day: [["09:00", "21:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    with transaction():
        shop.store.hours, shop.store.pickers, shop.store.pace_per_hour = week, 3, 60
    make_stock(shop.store, shop.shirt, 1000)


def promised(shop: Shop, minutes: float, pieces: int = 5, **values: Any) -> Order:
    """An order in the queue that is promised so many minutes after noon."""
    at = NOON + timedelta(minutes=minutes)
    return make_queued(shop.store, shop.client, [(shop.shirt, pieces)], promised_at=at, first_promised_at=at, **values)


def recheck(shop: Shop, now: datetime = NOON) -> int:
    with transaction():
        return recheck_promises(shop.store, now=now)


def on_shift(shop: Shop, people: int) -> None:
    with transaction():
        db.session.add(StorePace(store_id=shop.store.id, hours={}, orders=0, on_shift=people, on_shift_at=NOON))


def pick_all(order: Order) -> None:
    for task in tasks_of(order):
        with transaction():
            pick_pieces(reread(task), pieces=task.quantity, by=ANIA)


def short(order: Order, *, reason: str) -> None:
    (task,) = tasks_of(order)
    with transaction():
        short_pick(reread(task), pieces=1, reason=reason, by=ANIA)


def expected(order: Order) -> datetime | None:
    """What is noted beside the promise."""
    with transaction():
        found: datetime | None = db.session.scalar(db.select(Order.expected_at).where(Order.id == order.id))
    return found


def messages(order: Order) -> list[dict[str, Any]]:
    """What the customer is told about a delay."""
    with transaction():
        rows = db.session.scalars(
            db.select(OutboxMessage.details).where(
                OutboxMessage.order_id == order.id, OutboxMessage.kind == "message.delayed"
            )
        )
        return list(rows)


def test_what_will_be_kept_is_noted_and_not_told(shop: Shop) -> None:
    order = promised(shop, 60)
    assert recheck(shop) == 0
    assert expected(order) == NOON + timedelta(minutes=10)
    assert messages(order) == []


def test_a_delay_is_told_once_and_the_promise_stays_where_it_was(shop: Shop) -> None:
    before = [promised(shop, 1, pieces=90) for _ in range(2)]
    order = promised(shop, 20)
    assert recheck(shop) == 3
    # Sixty minutes for what stands before it, five for its own pieces, five to stage them, and a quarter of room.
    assert messages(order) == [{"ready_by": "2026-11-23T13:25:00+01:00"}]
    assert last_event(order, "order.delay_expected")["promised_at"] == "2026-11-23T12:20:00+01:00"
    assert fresh(order).promised_at == fresh(order).first_promised_at == NOON + timedelta(minutes=20)
    assert fresh(order).delay_told_at == NOON
    for minutes in (0, 30, 120):
        assert recheck(shop, NOON + timedelta(minutes=minutes)) == 0
    assert [len(messages(one)) for one in (order, *before)] == [1, 1, 1]


def test_what_is_rolled_back_was_never_told(shop: Shop) -> None:
    order = promised(shop, -30)
    with pytest.raises(ZeroDivisionError), transaction():
        _ = recheck_promises(shop.store, now=NOON) / 0
    assert messages(order) == []
    assert fresh(order).delay_told_at is None
    assert recheck(shop) == 1
    assert len(messages(order)) == 1


def test_a_few_minutes_are_at_risk_and_not_told(shop: Shop) -> None:
    order = promised(shop, -4)
    assert recheck(shop) == 0
    assert expected(order) == NOON + timedelta(minutes=10)


def test_a_picker_who_leaves_delays_what_is_behind(shop: Shop) -> None:
    promised(shop, 60, pieces=150)
    order = promised(shop, 70)
    assert recheck(shop) == 1
    assert messages(order) == []
    on_shift(shop, 1)
    assert recheck(shop) == 1
    assert len(messages(order)) == 1


def test_a_measured_pace_that_is_slower_than_set_is_what_counts(shop: Shop) -> None:
    order = promised(shop, 20)
    assert recheck(shop) == 0
    with transaction():
        slow = {"minutes_per_order": 20.0, "minutes_per_piece": 6.0, "measured_at": NOON}
        db.session.add(StorePace(store_id=shop.store.id, hours={}, orders=143, on_shift=0, **slow))
    assert recheck(shop) == 1
    assert expected(order) == NOON + timedelta(minutes=20 + 5 * 6 + 5)


def test_a_big_order_that_is_taken_before_others_delays_them(shop: Shop) -> None:
    order = promised(shop, 30)
    assert recheck(shop) == 0
    big = promised(shop, 600, pieces=180)
    assert recheck(shop) == 0
    with transaction():
        db.session.get_one(Order, big.id).picking_started_at = NOON
    assert recheck(shop) == 1
    assert messages(big) == []
    assert len(messages(order)) == 1


def test_hours_that_change_for_today_are_told_to_whoever_was_promised_before(shop: Shop) -> None:
    order, tomorrow = promised(shop, 60, pieces=70), promised(shop, 24 * 60)
    assert recheck(shop) == 1
    with transaction():
        set_day_hours(db.session.merge(shop.store), NOON.date(), [("09:00", "12:30")], by=SYSTEM)
    assert recheck(shop) == 0
    other = promised(shop, 90, pieces=40)
    assert recheck(shop) == 1
    assert messages(other)[0]["ready_by"].startswith("2026-11-24T09:")
    assert messages(tomorrow) == []
    assert len(messages(order)) == 1


def test_a_pause_keeps_what_was_promised(shop: Shop) -> None:
    order = promised(shop, 60)
    with transaction():
        pause_store(db.session.merge(shop.store), until=None, reason="flood", by=SYSTEM)
    assert recheck(shop) == 0
    assert messages(order) == []


def test_pieces_that_are_put_off_are_expected_later(shop: Shop) -> None:
    order = promised(shop, 30)
    short(order, reason="pick_later")
    recheck(shop)
    assert expected(order) == NOON + timedelta(minutes=25)


def test_an_order_that_waits_for_its_customer_or_for_money_is_nobodys_turn(shop: Shop) -> None:
    asked = promised(shop, -60)
    short(asked, reason="damaged")
    promised(shop, -60, payment_state="void")
    make_ready(shop.store, shop.client, [(shop.shirt, 1)], promised_at=NOON - timedelta(hours=1))
    assert estimates_of(shop.store, NOON) == []
    assert recheck(shop) == 0


def test_what_is_picked_is_late_until_it_is_staged(shop: Shop) -> None:
    order = promised(shop, -15)
    pick_all(order)
    assert recheck(shop) == 1
    assert expected(order) == NOON + timedelta(minutes=5)


def test_noting_an_estimate_is_nobodys_change(shop: Shop) -> None:
    order = promised(shop, 60)
    version = fresh(order).version
    recheck(shop)
    assert fresh(order).version == version
    assert "order.delay_expected" not in events_of(order)


def test_nothing_is_written_while_nothing_changes(shop: Shop) -> None:
    promised(shop, 60)
    assert needs_recheck(shop.store, NOON)
    recheck(shop)
    assert not needs_recheck(shop.store, NOON)
    assert not needs_recheck(shop.store, NOON + timedelta(minutes=4))
    assert needs_recheck(shop.store, NOON + timedelta(minutes=6))


def test_staff_replace_a_promise_that_cannot_be_kept_and_the_customer_hears_it(shop: Shop) -> None:
    order = promised(shop, -60)
    recheck(shop)
    with transaction():
        assert check_promise(fresh(order), by=SYSTEM)
    assert fresh(order).promised_at == NOON + timedelta(minutes=25)
    assert fresh(order).first_promised_at == NOON - timedelta(minutes=60)
    assert last_event(order, "order.promise_changed")["promised_before"] == "2026-11-23T11:00:00+01:00"
    assert messages(order) == [{"ready_by": "2026-11-23T12:25:00+01:00"}, {}]
    with transaction():
        assert not check_promise(fresh(order), by=SYSTEM)


def test_whoever_is_moved_behind_the_others_takes_over_their_danger(shop: Shop) -> None:
    moved, next_ = promised(shop, -60), promised(shop, 15)
    with transaction():
        set_level(shop.store, "SHIRT", {"on_hand": 8}, by=SYSTEM)
    assert [fresh(order).lines[0].endangered for order in (moved, next_)] == [0, 2]
    with transaction():
        assert check_promise(fresh(moved), by=SYSTEM)
    assert [fresh(order).lines[0].endangered for order in (moved, next_)] == [2, 0]
    assert last_event(next_, "order.secured")["pieces"] == 0


def test_a_store_that_closes_for_good_leaves_its_promises_to_people(shop: Shop) -> None:
    order = promised(shop, 60)
    with transaction():
        db.session.merge(shop.store).hours = {}
    assert recheck(shop) == 0
    with transaction():
        assert not check_promise(fresh(order), by=SYSTEM)
