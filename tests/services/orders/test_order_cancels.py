"""Cancelling an order or a piece of it, before and after picking, bagging and staging."""

from __future__ import annotations

from typing import Any

import pytest

from omni_pickup.errors import Invalid, NotFound, TakeOutFirst, WrongState
from omni_pickup.models import transaction
from omni_pickup.models.orders import Order
from omni_pickup.services.handoff.handoffs import hand_over
from omni_pickup.services.orders.order_cancels import cancel_order, cancel_pieces
from omni_pickup.services.picking.packages import pack_bag, take_out_piece
from omni_pickup.services.picking.picks import pick_pieces
from omni_pickup.services.picking.put_backs import put_back
from omni_pickup.services.picking.short_picks import short_pick
from omni_pickup.services.picking.staging import stage_bag
from tests.builders import collect_order, stock_of
from tests.floor import (
    ANIA,
    Shop,
    bags_in,
    counters,
    differences,
    events_of,
    floor_tasks,
    fresh,
    last_event,
    locked,
    make_picked,
    make_place,
    make_queued,
    make_ready,
    pack_and_stage,
    question_of,
    reread,
    tasks_of,
)


def cancel(order: Order, **values: Any) -> Order:
    with transaction():
        return cancel_order(locked(order), **{"reason": "changed my mind", "by": ANIA, **values})


def cancel_some(order: Order, line_id: str = "1", quantity: int = 1) -> Order:
    with transaction():
        return cancel_pieces(locked(order), line_id, quantity, reason="one less", by=ANIA)


def test_cancelling_before_picking_frees_every_piece_at_once(shop: Shop) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 2), (shop.mug, 3)])
    assert cancel(order).state == "cancelled"
    assert stock_of(shop.store, shop.shirt) == {"on_hand": 10}
    assert stock_of(shop.store, shop.mug) == {"on_hand": 10}
    assert counters(order) == {"cancelled": 2}
    assert {task.state for task in tasks_of(order)} == {"cancelled"}
    assert floor_tasks(shop.store, "put_back") == []
    assert differences() == []


def test_cancelling_twice_is_quiet_and_changes_nothing(shop: Shop) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 2)])
    cancel(order)
    before = events_of(order)
    assert cancel(order).state == "cancelled"
    assert events_of(order) == before


def test_a_collected_order_cannot_be_cancelled(shop: Shop) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 2)])
    collect_order(order)
    with pytest.raises(WrongState):
        cancel(order)
    assert counters(order) == {"collected": 2}


def test_cancelling_after_picking_asks_for_a_put_back_and_keeps_the_pieces_reserved(shop: Shop) -> None:
    order = make_picked(shop.store, shop.client, [(shop.shirt, 2)])
    cancel(order)
    assert counters(order) == {"cancelled": 2, "to_put_back": 2}
    assert stock_of(shop.store, shop.shirt) == {"on_hand": 10, "reserved": 2}
    assert [(task.quantity, task.reason) for task in floor_tasks(shop.store, "put_back")] == [(2, "cancelled")]
    assert differences() == []


def test_cancelling_a_ready_order_flags_and_unstages_its_bags_but_remembers_their_place(shop: Shop) -> None:
    order = make_ready(shop.store, shop.client, [(shop.shirt, 2)])
    assert order.state == "ready"
    cancel(order)
    (bag,) = bags_in(order)
    assert (bag.state, bag.take_out, bag.staging_location.code) == ("packed", 2, "S-01")
    (task,) = floor_tasks(shop.store, "put_back")
    assert task.package_id == bag.id
    with transaction():
        put_back(reread(task), sellable=2, by=ANIA)
    assert bags_in(order)[0].state == "emptied"
    assert stock_of(shop.store, shop.shirt) == {"on_hand": 10}
    assert differences() == []


def test_cancelling_tells_the_channel_what_it_owes(shop: Shop) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 2), (shop.mug, 1)])
    cancel(order)
    assert (fresh(order).refund_state, fresh(order).refund_due_minor) == ("due", 2500)
    told = last_event(order, "order.refund_due")["refund_due"]
    assert told["amount"] == {"amount": "25.00", "currency": "PLN"}
    assert told["reason"] == "cancelled"
    assert "changed my mind" not in str(last_event(order, "order.cancel_asked"))
    assert fresh(order).contact.closing_reason == "changed my mind"


def test_an_unpaid_order_owes_nothing_back_and_asks_less_at_the_till(shop: Shop) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 2)], payment_state="due", payment_due_minor=2000)
    cancel_some(order)
    assert (fresh(order).refund_due_minor, fresh(order).payment_due_minor) == (0, 1000)


def test_cancelling_withdraws_the_open_question_and_refunds_the_short_pieces_too(shop: Shop) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 2)])
    with transaction():
        short_pick(reread(tasks_of(order)[0]), pieces=1, reason="damaged", by=ANIA)
    assert question_of(order).state == "open"
    cancel(order)
    assert question_of(order).state == "withdrawn"
    assert fresh(order).state == "cancelled"
    assert fresh(order).refund_due_minor == 2000
    assert differences() == []


def test_a_line_cancel_takes_pieces_that_nobody_fetched_yet_first(shop: Shop) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 3)])
    with transaction():
        pick_pieces(reread(tasks_of(order)[0]), pieces=2, by=ANIA)
    cancel_some(order)
    assert counters(order) == {"open": 2, "picked": 2, "cancelled": 1}
    assert floor_tasks(shop.store, "put_back") == []
    assert fresh(order).state == "picked"
    assert differences() == []


def test_cancelling_one_of_two_bagged_items_does_not_throw_the_order_back_to_the_start(shop: Shop) -> None:
    order = make_ready(shop.store, shop.client, [(shop.shirt, 1), (shop.mug, 1)])
    cancel_some(order, "2")
    assert fresh(order).state == "picked"
    (bag,) = bags_in(order)
    assert (bag.state, bag.take_out) == ("packed", 1)
    assert [task.quantity for task in floor_tasks(shop.store, "take_out")] == [1]


def test_handoff_refuses_a_flagged_bag_until_the_piece_is_out_and_the_bag_stands_again(shop: Shop) -> None:
    order = make_ready(shop.store, shop.client, [(shop.shirt, 1), (shop.mug, 1)])
    cancel_some(order, "2")
    (bag,) = bags_in(order)
    with pytest.raises(TakeOutFirst), transaction():
        hand_over(locked(order), scanned_packages=[bag.public_id], method="id", given_checks=["photo_id"], by=ANIA)
    with pytest.raises(TakeOutFirst), transaction():
        stage_bag(reread(bag), "S-01", by=ANIA)
    with transaction():
        take_out_piece(reread(bag), "2", by=ANIA)
    assert floor_tasks(shop.store, "take_out") == []
    assert fresh(order).state == "picked"
    with transaction():
        stage_bag(reread(bag), "S-01", by=ANIA)
    assert fresh(order).state == "ready"
    with transaction():
        hand_over(locked(order), scanned_packages=[bag.public_id], method="id", given_checks=["photo_id"], by=ANIA)
    assert fresh(order).state == "collected"
    assert differences() == []


def test_a_bag_that_stands_nowhere_is_flagged_before_a_staged_one(shop: Shop) -> None:
    order = make_picked(shop.store, shop.client, [(shop.shirt, 2)])
    make_place(shop.store)
    pack_and_stage(order, {"1": 1})
    with transaction():
        pack_bag(locked(order), contents={"1": 1}, by=ANIA)
    cancel_some(order)
    assert [(bag.state, bag.take_out) for bag in bags_in(order)] == [("staged", 0), ("packed", 1)]


def test_a_loose_piece_is_carried_back_before_a_bag_is_opened(shop: Shop) -> None:
    order = make_picked(shop.store, shop.client, [(shop.shirt, 2)])
    make_place(shop.store)
    pack_and_stage(order, {"1": 1})
    cancel_some(order)
    assert [(bag.state, bag.take_out) for bag in bags_in(order)] == [("staged", 0)]
    assert fresh(order).state == "ready"


def test_cancelling_the_last_open_piece_ends_the_order(shop: Shop) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    cancel_some(order)
    assert fresh(order).state == "cancelled"
    assert "order.line_cancelled" not in events_of(order)


def test_a_refunded_line_never_blocks_ready(shop: Shop) -> None:
    order = make_picked(shop.store, shop.client, [(shop.shirt, 1)])
    other = make_queued(shop.store, shop.client, [(shop.shirt, 1), (shop.mug, 1)])
    make_place(shop.store)
    with transaction():
        pick_pieces(reread(tasks_of(other)[0]), pieces=1, by=ANIA)
    cancel_some(other, "2")
    pack_and_stage(other, {"1": 1})
    assert fresh(other).state == "ready"
    assert fresh(order).state == "picked"


@pytest.mark.parametrize(
    ("line_id", "quantity", "error"), [("9", 1, NotFound), ("1", 0, Invalid), ("1", 3, WrongState)]
)
def test_a_wrong_line_or_quantity_changes_nothing(
    shop: Shop, line_id: str, quantity: int, error: type[Exception]
) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 2)])
    before = events_of(order)
    with pytest.raises(error):
        cancel_some(order, line_id, quantity)
    assert counters(order) == {"open": 2}
    assert events_of(order) == before
