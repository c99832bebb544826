"""The numbers around the board's rows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from omni_pickup import clock
from omni_pickup.models import transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.queries.picking.boards import floor_version, handoff_counts, next_promise, picker_lines, to_do_counts
from omni_pickup.queries.picking.waves import open_waves
from omni_pickup.services import events
from omni_pickup.services.orders.order_cancels import cancel_order
from omni_pickup.services.picking.picks import pick_pieces
from omni_pickup.services.picking.waves import finish_wave, release_wave
from tests.floor import Shop, make_picked, make_queued, make_ready, make_shop, reread, tasks_of
from tests.people import make_staff, make_store

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def shop() -> Shop:
    return make_shop()


def test_the_version_changes_with_the_stores_events_and_those_of_no_store_only(shop: Shop) -> None:
    other = make_store("STO-01")
    seen = [floor_version(shop.store.id)]
    for store_id, changes in ((shop.store.id, True), (None, True), (other.id, False)):
        with transaction():
            events.record("test.happened", by=SYSTEM, data={}, store_id=store_id)
        seen.append(floor_version(shop.store.id))
        assert (seen[-1] != seen[-2]) is changes


def test_a_picker_shows_pieces_done_of_pieces_asked_and_the_open_walk(shop: Shop) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 3)])
    ania = make_staff("ania", shop.store, name="Ania Wrona")
    with transaction():
        wave = release_wave(shop.store, picker=ania, by=SYSTEM)
    (task,) = tasks_of(order)
    with transaction():
        pick_pieces(reread(task), pieces=2, by=SYSTEM)
    (line,) = picker_lines(shop.store, clock.now())
    assert (line.name, line.done, line.pieces, line.wave) == ("Ania", 2, 3, wave.public_id)
    with transaction():
        pick_pieces(reread(task), pieces=1, by=SYSTEM)
        finish_wave(reread(open_waves(shop.store.id)[0]), by=SYSTEM)
    (line,) = picker_lines(shop.store, clock.now())
    assert (line.done, line.pieces, line.wave) == (3, 3, None)


def test_yesterdays_walks_are_forgotten(shop: Shop) -> None:
    make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    ania = make_staff("ania", shop.store)
    with transaction():
        wave = release_wave(shop.store, picker=ania, by=SYSTEM)
        finish_wave(wave, by=SYSTEM)
    assert picker_lines(shop.store, clock.now() + timedelta(days=2)) == []


def test_bags_due_out_count_those_that_are_here_and_those_that_left_today(shop: Shop) -> None:
    make_ready(shop.store, shop.client, [(shop.mug, 1)])
    make_ready(shop.store, shop.client, [(shop.mug, 1)], promised_at=clock.now() + timedelta(days=3))
    counts = handoff_counts(shop.store, clock.now())
    assert (counts.ready, counts.bags_left, counts.bags_today) == (2, 1, 1)


def test_ready_orders_that_grow_old_are_counted(shop: Shop) -> None:
    make_ready(shop.store, shop.client, [(shop.mug, 1)])
    later = clock.now() + timedelta(days=3, minutes=1)
    assert handoff_counts(shop.store, clock.now()).aged == 0
    assert handoff_counts(shop.store, later).aged == 1
    assert handoff_counts(shop.store, later).last_day == 1


def test_what_is_to_do_is_counted_by_its_row(shop: Shop) -> None:
    nothing = to_do_counts(shop.store, clock.now())
    assert set(nothing.values()) == {0}
    cancelled = make_picked(shop.store, shop.client, [(shop.mug, 2)])
    make_picked(shop.store, shop.client, [(shop.mug, 1)])
    with transaction():
        cancel_order(get_order_by_key(cancelled.id), reason="customer", by=SYSTEM)
    counts = to_do_counts(shop.store, clock.now())
    assert {name: number for name, number in counts.items() if number} == {"put_back": 1, "staging": 1}


def test_the_next_promise_is_the_earliest_that_is_still_to_be_kept(shop: Shop) -> None:
    now = clock.now()
    assert next_promise(shop.store, now) is None
    for minutes in (-5, 40, 20):
        make_queued(shop.store, shop.client, [(shop.mug, 1)], promised_at=now + timedelta(minutes=minutes))
    found = next_promise(shop.store, now)
    assert found is not None
    assert round((found - now).total_seconds() / 60) == 20
