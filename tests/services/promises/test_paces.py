"""What promises are counted from is kept fresh: the pace from finished walks, the people from their tablets."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from omni_pickup import clock
from omni_pickup.models import db, transaction
from omni_pickup.models.paces import StorePace
from omni_pickup.models.staff import Staff, StaffSession
from omni_pickup.models.stores import Store
from omni_pickup.queries.promises.paces import COUNT_LASTS, pace_row
from omni_pickup.queries.promises.walk_times import SEEN_WITHIN, walks_of
from omni_pickup.rules.paces import hour_of_week
from omni_pickup.services.picking.picks import pick_pieces
from omni_pickup.services.picking.waves import finish_wave, pause_wave, pick_order_now, resume_wave
from omni_pickup.services.promises.paces import (
    MEASURE_EVERY,
    changed_shifts,
    count_shifts,
    measure_due_paces,
    measure_pace,
)
from omni_pickup.services.staff.staff_sessions import open_session, revoke_session
from tests.floor import ANIA, Shop, fresh, make_queued, reread, tasks_of
from tests.people import make_device, make_staff, make_store

#: A Monday in Warszawa, ten o'clock on the wall.
MONDAY_TEN = datetime.fromisoformat("2026-11-23T10:00:00+01:00")


@pytest.fixture
def picker(shop: Shop) -> Staff:
    return make_staff("ania", shop.store)


def walk(shop: Shop, picker: Staff, *, pieces: int, minutes: float, began: datetime, pause: float = 0) -> None:
    """One order fetched in so many minutes, with a pause within them."""
    order = make_queued(shop.store, shop.client, [(shop.shirt, pieces)])
    with transaction():
        wave = pick_order_now(fresh(order), picker=picker, by=ANIA, at=began)
        if pause:
            pause_wave(wave, by=ANIA, at=began + timedelta(minutes=1))
            resume_wave(wave, by=ANIA, at=began + timedelta(minutes=1 + pause))
    for task in tasks_of(order):
        with transaction():
            pick_pieces(reread(task), pieces=pieces, by=ANIA, at=began)
    with transaction():
        finish_wave(reread(wave), by=ANIA, at=began + timedelta(minutes=minutes))


def test_a_walk_is_measured_by_its_own_events(shop: Shop, picker: Staff) -> None:
    walk(shop, picker, pieces=3, minutes=12, began=MONDAY_TEN)
    (found,) = walks_of(shop.store, MONDAY_TEN + timedelta(days=1))
    assert (found.minutes, found.orders, found.pieces) == (12, 1, 3)
    assert found.hour == hour_of_week(MONDAY_TEN)


def test_a_pause_is_no_work(shop: Shop, picker: Staff) -> None:
    walk(shop, picker, pieces=1, minutes=60, began=MONDAY_TEN, pause=50)
    (found,) = walks_of(shop.store, MONDAY_TEN + timedelta(days=1))
    assert found.minutes == 10


def test_old_walks_and_those_of_other_stores_say_nothing(shop: Shop, picker: Staff) -> None:
    walk(shop, picker, pieces=1, minutes=10, began=MONDAY_TEN)
    assert walks_of(make_store("BER-01"), MONDAY_TEN) == []
    assert walks_of(shop.store, MONDAY_TEN + timedelta(days=57)) == []


def test_a_measured_pace_says_from_how_many_orders(shop: Shop, picker: Staff) -> None:
    for number in range(4):
        walk(shop, picker, pieces=1 + number % 2, minutes=10, began=MONDAY_TEN + timedelta(hours=number))
    with transaction():
        measure_pace(shop.store, now=MONDAY_TEN + timedelta(days=1))
    row = pace_row(shop.store)
    assert row is not None
    assert row.orders == 4
    assert row.measured_at == MONDAY_TEN + timedelta(days=1)
    assert {hour: orders for hour, (_, orders) in row.hours.items()} == {"10": 1, "11": 1, "12": 1, "13": 1}
    assert row.minutes_per_piece is not None
    assert 1 < (row.minutes_per_order or 0) + row.minutes_per_piece < 10


def test_a_store_without_walks_keeps_its_setting_and_is_not_asked_again_at_once(shop: Shop) -> None:
    now = clock.now()
    with transaction():
        assert measure_due_paces(now, limit=10) == 1
    row = pace_row(shop.store)
    assert row is not None
    assert (row.minutes_per_piece, row.orders) == (None, 0)
    with transaction():
        assert measure_due_paces(now + MEASURE_EVERY - timedelta(minutes=1), limit=10) == 0
        assert measure_due_paces(now + MEASURE_EVERY + timedelta(minutes=1), limit=10) == 1


def test_stores_are_measured_a_few_at_a_time_the_longest_ago_first(shop: Shop) -> None:
    others = [make_store(code) for code in ("A", "B")]
    now = clock.now()
    with transaction():
        assert measure_due_paces(now, limit=2) == 2
    with transaction():
        assert measure_due_paces(now, limit=2) == 1
    assert all(pace_row(store) for store in (shop.store, *others))


def sign_in(person: Staff, store: Store) -> StaffSession:
    device, _ = make_device(store)
    with transaction():
        return open_session(person, kind="pin", device=device, hours=12)[0]


def on_shift(store: Store) -> int:
    row = pace_row(store)
    return 0 if row is None else row.on_shift


def count(now: datetime) -> int:
    with transaction():
        changed = count_shifts(now)
    db.session.expire_all()
    return changed


def test_people_on_shift_are_those_signed_in_on_the_stores_tablets(shop: Shop, picker: Staff) -> None:
    other = make_store("BER-01")
    sign_in(picker, shop.store)
    sign_in(make_staff("bartek", shop.store), shop.store)
    sign_in(make_staff("lena", other), other)
    assert count(clock.now()) == 2
    assert (on_shift(shop.store), on_shift(other)) == (2, 1)


def test_one_person_on_two_tablets_is_one_person(shop: Shop, picker: Staff) -> None:
    sign_in(picker, shop.store)
    sign_in(picker, shop.store)
    count(clock.now())
    assert on_shift(shop.store) == 1


def test_a_manager_in_the_office_is_not_on_the_floor(shop: Shop) -> None:
    manager = make_staff("ewa", shop.store, role="manager")
    with transaction():
        open_session(manager, kind="password", hours=1)
    assert count(clock.now()) == 0


def test_whoever_signs_out_or_is_not_seen_any_more_has_left(shop: Shop, picker: Staff) -> None:
    session = sign_in(picker, shop.store)
    colleague = sign_in(make_staff("bartek", shop.store), shop.store)
    count(clock.now())
    with transaction():
        revoke_session(db.session.get_one(StaffSession, session.id), by=ANIA)
    assert count(clock.now()) == 1
    assert on_shift(shop.store) == 1
    count(colleague.last_seen_at + SEEN_WITHIN + timedelta(seconds=1))
    assert on_shift(shop.store) == 0


def test_nothing_is_written_while_nobody_comes_or_goes(shop: Shop, picker: Staff) -> None:
    sign_in(picker, shop.store)
    now = clock.now()
    assert count(now) == 1
    assert changed_shifts(now + timedelta(minutes=1)) == {}
    assert count(now + timedelta(minutes=1)) == 0


def test_a_count_is_renewed_before_it_is_too_old_to_be_believed(shop: Shop, picker: Staff) -> None:
    sign_in(picker, shop.store)
    now = clock.now()
    count(now)
    later = now + COUNT_LASTS / 2
    assert count(later) == 1
    (at,) = db.session.scalars(db.select(StorePace.on_shift_at)).all()
    assert at == later
