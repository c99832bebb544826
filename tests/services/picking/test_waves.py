"""Waves: who is picked next, in which order the shelves come, and that no task is ever in two walks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from omni_pickup import clock
from omni_pickup.errors import AlreadyTaken, NothingToPick, PaymentVoid, WrongState
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import Actor
from omni_pickup.models.orders import Order
from omni_pickup.models.picking import PickTask, Wave
from omni_pickup.models.staff import Staff
from omni_pickup.models.stock import StockLevel
from omni_pickup.queries.picking.waves import get_wave, open_waves, wave_tasks
from omni_pickup.services.customers.check_ins import check_in
from omni_pickup.services.floor.shifts import hand_over_work
from omni_pickup.services.picking.picks import pick_pieces
from omni_pickup.services.picking.short_picks import short_pick
from omni_pickup.services.picking.waves import (
    finish_wave,
    pause_wave,
    pick_order_now,
    pull_out_order,
    release_wave,
    resume_wave,
    take_over_wave,
)
from tests.builders import make_item, make_stock
from tests.floor import ANIA, Shop, differences, events_of, fresh, locked, make_queued, reread, tasks_of
from tests.people import make_staff


@pytest.fixture
def ania(shop: Shop) -> Staff:
    return make_staff("ania", shop.store)


def release(shop: Shop, picker: Staff, size: int = 6) -> Wave:
    with transaction():
        return release_wave(shop.store, picker=picker, size=size, by=ANIA)


def in_wave(wave: Wave) -> list[int]:
    return [tote.order_id for tote in sorted(wave.totes, key=lambda tote: tote.letter)]


def promised(minutes: int) -> dict[str, object]:
    return {"promised_at": clock.now() + timedelta(minutes=minutes)}


def test_waiting_people_come_first_then_the_earliest_promise(shop: Shop, ania: Staff) -> None:
    late, soon, waiting = (
        make_queued(shop.store, shop.client, [(shop.shirt, 1)], **promised(minutes)) for minutes in (90, 10, 300)
    )
    with transaction():
        check_in(locked(waiting), kind="here", source="staff", by=ANIA)
    assert in_wave(release(shop, ania)) == [waiting.id, soon.id, late.id]


def test_a_wave_takes_no_more_orders_than_asked_and_gives_each_a_tote_letter(shop: Shop, ania: Staff) -> None:
    for _ in range(3):
        make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    wave = release(shop, ania, size=2)
    assert sorted(tote.letter for tote in wave.totes) == ["A", "B"]
    assert len(in_wave(release(shop, ania, size=2))) == 1


def test_the_walk_goes_from_shelf_to_shelf_as_people_read_the_signs(shop: Shop, ania: Staff) -> None:
    places = {"A-10": make_item("TEN"), "A-2": make_item("TWO"), "B-1": make_item("BEE")}
    for place, item in places.items():
        make_stock(shop.store, item, 5)
        with transaction():
            db.session.execute(update(StockLevel).where(StockLevel.item_id == item.id).values(location=place))
    make_queued(shop.store, shop.client, [(item, 1) for item in places.values()])
    wave = release(shop, ania)
    assert [stop.location for stop in wave_tasks(wave.id)] == ["A-2", "A-10", "B-1"]
    assert [stop.tote for stop in wave_tasks(wave.id)] == ["A", "A", "A"]


def test_releasing_begins_the_picking_of_its_orders(shop: Shop, ania: Staff) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    release(shop, ania)
    assert fresh(order).state == "picking"
    assert fresh(order).picking_started_at is not None
    assert "order.picking_started" in events_of(order)


def test_a_task_is_never_in_two_walks(shop: Shop, ania: Staff) -> None:
    make_queued(shop.store, shop.client, [(shop.shirt, 1), (shop.mug, 1)])
    release(shop, ania)
    with pytest.raises(NothingToPick):
        release(shop, make_staff("bartek", shop.store))
    assert len(open_waves(shop.store.id)) == 1


def test_void_orders_and_recalled_items_are_left_alone(shop: Shop, ania: Staff) -> None:
    make_queued(shop.store, shop.client, [(shop.shirt, 1)], payment_state="void")
    order = make_queued(shop.store, shop.client, [(shop.mug, 1)])
    with transaction():
        reread(shop.mug).stop_sale = True
    with pytest.raises(NothingToPick):
        release(shop, ania)
    assert fresh(order).state == "received"


def test_an_order_whose_only_item_is_blocked_waits_for_the_count(shop: Shop, ania: Staff) -> None:
    make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    both = make_queued(shop.store, shop.client, [(shop.shirt, 1), (shop.mug, 1)])
    with transaction():
        db.session.execute(update(StockLevel).where(StockLevel.item_id == shop.shirt.id).values(blocked=True))
    assert in_wave(release(shop, ania)) == [both.id]


def test_a_piece_put_off_is_not_in_the_very_next_walk(shop: Shop, ania: Staff) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    release(shop, ania)
    with transaction():
        assert short_pick(reread(tasks_of(order)[0]), pieces=1, reason="pick_later", by=ANIA) is None
    assert tasks_of(order)[0].state == "queued"
    with pytest.raises(NothingToPick):
        release(shop, ania)
    with transaction():
        assert in_wave(pick_order_now(locked(order), picker=ania, by=ANIA)) == [order.id]


def test_pick_now_says_who_has_the_order(shop: Shop, ania: Staff) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    release(shop, ania)
    with pytest.raises(AlreadyTaken) as refused, transaction():
        pick_order_now(locked(order), picker=reread(ania), by=ANIA)
    assert refused.value.message == f"Ania is picking order {order.number}."


def test_pick_now_refuses_a_void_order(shop: Shop, ania: Staff) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 1)], payment_state="void")
    with pytest.raises(PaymentVoid), transaction():
        pick_order_now(locked(order), picker=ania, by=ANIA)


def test_a_pause_keeps_the_place_and_double_taps_are_quiet(shop: Shop, ania: Staff) -> None:
    make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    wave = release(shop, ania)
    for _ in range(2):
        with transaction():
            pause_wave(reread(wave), by=ANIA)
    assert reread(wave).state == "paused"
    with transaction():
        resume_wave(reread(wave), by=ANIA)
    assert (reread(wave).state, reread(wave).paused_at) == ("open", None)


def test_an_order_pulled_out_before_its_first_piece_is_as_if_nobody_had_begun(shop: Shop, ania: Staff) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    other = make_queued(shop.store, shop.client, [(shop.mug, 1)])
    wave = release(shop, ania)
    with transaction():
        pull_out_order(reread(wave), locked(order), by=ANIA)
    assert fresh(order).state == "received"
    assert fresh(order).picking_started_at is None
    assert tasks_of(order)[0].state == "queued"
    assert fresh(other).state == "picking"


def test_only_an_order_of_the_walk_can_be_pulled_out(shop: Shop, ania: Staff) -> None:
    make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    wave = release(shop, ania)
    stranger = make_queued(shop.store, shop.client, [(shop.mug, 1)])
    with pytest.raises(WrongState), transaction():
        pull_out_order(reread(wave), locked(stranger), by=ANIA)


def test_finishing_gives_unfetched_pieces_back_and_keeps_what_was_picked(shop: Shop, ania: Staff) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 2), (shop.mug, 1)])
    wave = release(shop, ania)
    with transaction():
        pick_pieces(reread(tasks_of(order)[0]), pieces=1, by=ANIA)
    with transaction():
        finish_wave(reread(wave), by=ANIA)
    assert [(task.state, task.left) for task in tasks_of(order)] == [("queued", 1), ("queued", 1)]
    assert fresh(order).state == "picking"
    with pytest.raises(WrongState), transaction():
        pause_wave(reread(wave), by=ANIA)
    assert len(in_wave(release(shop, ania))) == 1
    assert differences() == []


def test_another_picker_takes_over_and_the_event_names_the_one_before(shop: Shop, ania: Staff) -> None:
    make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    wave, bartek = release(shop, ania), make_staff("bartek", shop.store)
    with transaction():
        take_over_wave(get_wave(wave.public_id, shop.store.id), picker=bartek, by=ANIA)
    assert reread(wave).picker_id == bartek.id


def test_at_the_end_of_a_shift_all_work_goes_to_a_colleague(shop: Shop, ania: Staff) -> None:
    for _ in range(2):
        make_queued(shop.store, shop.client, [(shop.shirt, 1)])
        release(shop, ania)
    bartek = make_staff("bartek", shop.store)
    with transaction():
        assert hand_over_work(shop.store, giver=reread(ania), taker=reread(bartek), by=ANIA) == 2
    db.session.rollback()
    assert {wave.picker_id for wave in open_waves(shop.store.id)} == {bartek.id}


def test_what_another_tablet_took_meanwhile_is_not_taken_twice(shop: Shop, ania: Staff) -> None:
    """The twin of the guarded UPDATE: a stale reading of the queue wins nothing."""
    order: Order = make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    (task,) = tasks_of(order)
    with transaction():
        db.session.execute(update(PickTask).where(PickTask.id == task.id).values(state="assigned"))
    with pytest.raises(NothingToPick), transaction():
        pick_order_now(locked(order), picker=reread(ania), by=ANIA)


def test_pick_now_takes_the_order_out_of_the_walk_in_which_it_was_seen(shop: Shop, ania: Staff) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    other = make_queued(shop.store, shop.client, [(shop.mug, 1)])
    seen_in, bartek = release(shop, ania), make_staff("bartek", shop.store)
    with transaction():
        wave = pick_order_now(locked(order), picker=bartek, out_of=reread(seen_in), by=ANIA)
    assert in_wave(wave) == [order.id]
    walks = {task.order_id: task.wave_id for one in (order, other) for task in tasks_of(one)}
    assert walks == {order.id: wave.id, other.id: seen_in.id}
    # Whoever saw it in the first walk, too, was too late: it is in another one now.
    with pytest.raises(AlreadyTaken), transaction():
        pick_order_now(locked(order), picker=reread(ania), out_of=reread(seen_in), by=ANIA)


def test_whoever_picks_now_goes_to_the_customer(shop: Shop, ania: Staff) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    with transaction():
        waiting = check_in(locked(order), kind="here", by=ANIA)
    with transaction():
        pick_order_now(locked(order), picker=reread(ania), by=Actor("staff", staff_id=ania.id))
    assert reread(waiting).taken_by_id == ania.id
