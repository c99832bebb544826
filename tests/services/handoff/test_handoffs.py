"""The moment the goods are given away, all of it, in part or not at all, and taking that back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from omni_pickup import clock, keys
from omni_pickup.errors import (
    BagsMissing,
    ChangedMeanwhile,
    Invalid,
    PaymentDue,
    PaymentVoid,
    StopSale,
    TooLate,
    WrongBag,
    WrongState,
)
from omni_pickup.models import db, transaction
from omni_pickup.models.events import OutboxMessage
from omni_pickup.models.orders import CheckIn, Order, PickupCode
from omni_pickup.models.packages import Handoff
from omni_pickup.models.returns import Return
from omni_pickup.queries.orders.orders import pickup_code
from omni_pickup.queries.picking.waiting_people import waiting_people
from omni_pickup.services.customers.check_ins import check_in
from omni_pickup.services.handoff.handoff_plans import LineResult
from omni_pickup.services.handoff.handoff_undos import undo_handoff
from omni_pickup.services.handoff.handoffs import hand_over, note_nobody_came
from omni_pickup.services.orders.order_cancels import cancel_order
from omni_pickup.services.orders.order_changes import report_refund
from omni_pickup.services.picking.packages import pack_bag
from omni_pickup.services.picking.put_backs import put_back
from omni_pickup.services.stock.stock_adjustments import apply_adjustments
from tests.builders import stock_of
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
    make_ready,
    pack_and_stage,
    reread,
)


def give(order: Order, bags: list[str] | None = None, **values: Any) -> Handoff:
    scanned = [bag.public_id for bag in bags_in(order)] if bags is None else bags
    with transaction():
        usual = {"method": "id", "given_checks": ["photo_id"], "by": ANIA}
        return hand_over(locked(order), scanned_packages=scanned, **{**usual, **values})


def undo(handoff: Handoff) -> None:
    with transaction():
        undo_handoff(reread(handoff), by=ANIA)


def make_two_bags(shop: Shop) -> Order:
    """Two shirts in bag 1 and a mug in bag 2, both staged."""
    order = make_picked(shop.store, shop.client, [(shop.shirt, 2), (shop.mug, 1)])
    make_place(shop.store)
    pack_and_stage(order, {"1": 2})
    pack_and_stage(order, {"2": 1})
    return fresh(order)


def test_a_handoff_closes_the_order_and_settles_the_books(shop: Shop) -> None:
    order = make_two_bags(shop)
    handoff = give(order)
    assert (handoff.result, fresh(order).state) == ("collected", "collected")
    assert counters(order) == {"collected": 2}
    assert stock_of(shop.store, shop.shirt) == {"on_hand": 8}
    assert [bag.state for bag in bags_in(order)] == ["handed_over", "handed_over"]
    assert pickup_code(order) is not None
    assert events_of(order)[-2:] == ["order.handed_over", "order.collected"]
    assert differences() == []


def test_a_double_tap_is_one_handoff(shop: Shop) -> None:
    order = make_two_bags(shop)
    first = give(order)
    before = events_of(order)
    assert give(order).id == first.id
    assert events_of(order) == before


def test_the_second_tablet_with_an_old_screen_is_told_so(shop: Shop) -> None:
    order = make_two_bags(shop)
    version = order.version
    give(order, expected_version=version)
    with pytest.raises(ChangedMeanwhile):
        give(order, expected_version=version)
    assert db.session.query(Handoff).count() == 1


def test_a_missing_bag_stops_the_handoff_and_is_named(shop: Shop) -> None:
    order = make_two_bags(shop)
    first, second = bags_in(order)
    with pytest.raises(BagsMissing) as refused:
        give(order, [first.public_id])
    assert refused.value.message == "Scan 1 more bag: 2."
    assert refused.value.details["missing"] == [second.public_id]
    assert counters(order) == {"open": 2, "picked": 2}


def test_a_bag_of_somebody_else_stops_the_handoff(shop: Shop) -> None:
    order, other = make_two_bags(shop), make_ready(shop.store, shop.client, [(shop.shirt, 1)])
    with pytest.raises(WrongBag):
        give(order, [bag.public_id for bag in (*bags_in(order), *bags_in(other))])
    assert fresh(order).state == "ready"


def test_nothing_leaves_before_the_order_is_ready(shop: Shop) -> None:
    order = make_picked(shop.store, shop.client, [(shop.shirt, 1)])
    with transaction():
        pack_bag(locked(order), contents={"1": 1}, by=ANIA)
    with pytest.raises(WrongState):
        give(order)


def test_void_stops_the_handoff_and_due_asks_for_the_receipt(shop: Shop) -> None:
    void = make_ready(shop.store, shop.client, [(shop.shirt, 1)])
    with transaction():
        locked(void).payment_state = "void"
    with pytest.raises(PaymentVoid):
        give(void)
    due = make_ready(shop.store, shop.client, [(shop.shirt, 1)], payment_state="due", payment_due_minor=1000)
    with pytest.raises(PaymentDue):
        give(due, paid_receipt=" ")
    handoff = give(due, paid_receipt="POS-1-0042")
    assert (handoff.paid_receipt, fresh(due).paid_receipt) == ("POS-1-0042", "POS-1-0042")
    assert (fresh(due).payment_state, fresh(due).payment_due_minor) == ("paid", None)


def test_a_recalled_item_is_never_handed_over(shop: Shop) -> None:
    order = make_two_bags(shop)
    with transaction():
        reread(shop.mug).stop_sale = True
    with pytest.raises(StopSale) as refused:
        give(order)
    assert refused.value.details["items"] == ["MUG"]
    assert fresh(order).state == "ready"


def test_a_refused_piece_was_never_collected_so_it_is_no_return(shop: Shop) -> None:
    order = make_two_bags(shop)
    handoff = give(order, lines={"1": LineResult(1, 1, "too small"), "2": LineResult(1)})
    assert (handoff.result, fresh(order).state) == ("partly", "collected")
    assert counters(order) == {"cancelled": 1, "to_put_back": 1, "collected": 1}
    assert stock_of(shop.store, shop.shirt) == {"on_hand": 9, "reserved": 1}
    assert fresh(order).refund_due_minor == 1000
    assert last_event(order, "order.refund_due")["refund_due"]["reason"] == "refused"
    (task,) = floor_tasks(shop.store, "put_back")
    assert (task.reason, task.quantity) == ("refused", 1)
    with transaction():
        put_back(reread(task), sellable=1, by=ANIA)
    assert stock_of(shop.store, shop.shirt) == {"on_hand": 9}
    assert differences() == []


def test_everything_refused_closes_the_order_as_cancelled(shop: Shop) -> None:
    order = make_ready(shop.store, shop.client, [(shop.shirt, 2)])
    handoff = give(order, lines={"1": LineResult(0, 2, "changed my mind")})
    assert (handoff.result, fresh(order).state) == ("refused", "cancelled")
    assert bags_in(order)[0].state == "emptied"
    assert differences() == []


def test_a_bag_left_for_tomorrow_goes_on_waiting(shop: Shop) -> None:
    order = make_two_bags(shop)
    first, _ = bags_in(order)
    handoff = give(order, [first.public_id], lines={"1": LineResult(2)})
    assert (handoff.result, fresh(order).state) == ("partly", "ready")
    assert (counters(order), counters(order, "2")) == ({"collected": 2}, {"open": 1, "picked": 1})
    assert differences() == []
    give(order, [bags_in(order)[1].public_id])
    assert fresh(order).state == "collected"


def test_part_of_a_bag_may_stay_in_it(shop: Shop) -> None:
    order = make_ready(shop.store, shop.client, [(shop.shirt, 2)])
    give(order, lines={"1": LineResult(1)})
    assert fresh(order).state == "ready"
    assert [(bag.state, bag.contents[0].quantity) for bag in bags_in(order)] == [("staged", 1)]
    give(order)
    assert counters(order) == {"collected": 2}
    assert differences() == []


@pytest.mark.parametrize(
    "lines",
    [
        {},
        {"1": LineResult(3)},
        {"9": LineResult(1)},
        {"1": LineResult(0, 1)},
        {"1": LineResult(-1)},
        {"1": LineResult(0)},
    ],
)
def test_results_that_make_no_sense_change_nothing(shop: Shop, lines: dict[str, LineResult]) -> None:
    order = make_ready(shop.store, shop.client, [(shop.shirt, 2)])
    with pytest.raises(Invalid):
        give(order, lines=lines)
    assert counters(order) == {"open": 2, "picked": 2}


def test_what_the_till_has_sold_already_leaves_the_books_once(shop: Shop) -> None:
    order = make_ready(shop.store, shop.client, [(shop.shirt, 2)])
    sale = {"sku": "SHIRT", "delta": -2, "reason": "sale", "reference": "POS-1", "order": order.public_id}
    with transaction():
        apply_adjustments(shop.store, shop.client.id, [sale], by=ANIA)
    handoff = give(order)
    assert stock_of(shop.store, shop.shirt) == {"on_hand": 8}
    assert [line.settled_by_till for line in handoff.lines] == [2]
    assert differences() == []
    undo(handoff)
    assert differences() == []
    give(order)
    assert stock_of(shop.store, shop.shirt) == {"on_hand": 8}
    assert differences() == []


def test_a_refused_piece_that_the_till_has_sold_is_in_the_books_again_whatever_bag_it_was_in(shop: Shop) -> None:
    order = make_picked(shop.store, shop.client, [(shop.shirt, 2)])
    make_place(shop.store)
    for _ in range(2):
        pack_and_stage(order, {"1": 1})
    sale = {"sku": "SHIRT", "delta": -2, "reason": "sale", "reference": "POS-1", "order": order.public_id}
    with transaction():
        apply_adjustments(shop.store, shop.client.id, [sale], by=ANIA)
    handoff = give(order, lines={"1": LineResult(1, 1, "too small")})
    assert [line.settled_by_till for line in handoff.lines] == [1, 0]
    assert stock_of(shop.store, shop.shirt) == {"on_hand": 9, "reserved": 1}
    assert differences() == []


def test_what_the_till_sold_of_a_cancelled_order_is_back_in_the_books(shop: Shop) -> None:
    order = make_ready(shop.store, shop.client, [(shop.shirt, 2)])
    sale = {"sku": "SHIRT", "delta": -2, "reason": "sale", "reference": "POS-1", "order": order.public_id}
    with transaction():
        apply_adjustments(shop.store, shop.client.id, [sale], by=ANIA)
    with transaction():
        cancel_order(locked(order), reason="no", by=ANIA)
    assert stock_of(shop.store, shop.shirt) == {"on_hand": 10, "reserved": 2}
    assert differences() == []


def test_whoever_waited_is_no_longer_waiting(shop: Shop) -> None:
    order = make_two_bags(shop)
    with transaction():
        check_in(locked(order), kind="here", by=ANIA)
    give(order, [bags_in(order)[0].public_id], lines={"1": LineResult(2)})
    assert db.session.query(CheckIn).one().ended_at is not None


def test_when_nobody_came_everything_goes_on_waiting(shop: Shop) -> None:
    order = make_ready(shop.store, shop.client, [(shop.shirt, 1)])
    with transaction():
        check_in(locked(order), kind="here", by=ANIA)
    with transaction():
        handoff = note_nobody_came(locked(order), by=ANIA)
    assert (handoff.result, fresh(order).state) == ("nobody_came", "ready")
    assert db.session.query(CheckIn).one().ended_at is not None
    with pytest.raises(WrongState):
        undo(handoff)
    give(order)
    assert fresh(order).state == "collected"


def test_an_undone_handoff_leaves_the_books_as_before(shop: Shop) -> None:
    order = make_two_bags(shop)
    handoff = give(order)
    for _ in range(2):
        undo(handoff)
    assert fresh(order).state == "ready"
    assert counters(order) == {"open": 2, "picked": 2}
    assert stock_of(shop.store, shop.shirt) == {"on_hand": 10, "reserved": 2}
    assert [bag.state for bag in bags_in(order)] == ["staged", "staged"]
    assert (fresh(order).collected_at, reread(handoff).undone_at is None) == (None, False)
    assert differences() == []
    assert give(order).id != handoff.id
    assert fresh(order).state == "collected"


def test_after_an_undone_handoff_the_customer_waits_as_before(shop: Shop) -> None:
    order = make_two_bags(shop)
    came = clock.now() - timedelta(minutes=7)
    with transaction():
        check_in(locked(order), kind="here", vehicle="Red Volvo", by=ANIA, at=came)
    handoff = give(order)
    row = db.session.query(CheckIn).one()
    assert row.ended_at is not None
    undo(handoff)
    db.session.refresh(row)
    assert (row.ended_at, row.at) == (None, came)
    assert [(one.number, one.here) for one in waiting_people(shop.store)] == [(order.number, True)]


def test_an_undone_partial_handoff_wants_the_refused_piece_again(shop: Shop) -> None:
    order = make_two_bags(shop)
    handoff = give(order, lines={"1": LineResult(1, 1, "too small"), "2": LineResult(1)})
    undo(handoff)
    assert counters(order) == {"open": 2, "picked": 2}
    assert floor_tasks(shop.store, "put_back") == []
    assert (fresh(order).refund_due_minor, fresh(order).refund_state) == (0, "none")
    assert fresh(order).state == "ready"
    assert differences() == []


def test_a_refused_piece_that_is_on_its_shelf_stays_refused(shop: Shop) -> None:
    order = make_two_bags(shop)
    handoff = give(order, lines={"1": LineResult(1, 1, "too small"), "2": LineResult(1)})
    with transaction():
        put_back(reread(floor_tasks(shop.store, "put_back")[0]), sellable=1, by=ANIA)
    undo(handoff)
    assert counters(order) == {"open": 1, "picked": 1, "cancelled": 1}
    assert fresh(order).state == "ready"
    assert differences() == []


NOTHING = {"1": LineResult(0, 2, "changed my mind")}


def make_refused(shop: Shop) -> tuple[Order, Handoff]:
    """Two shirts at 10.00, and the customer at the counter takes neither."""
    order = make_ready(shop.store, shop.client, [(shop.shirt, 2)])
    return order, give(order, lines=NOTHING)


def test_an_undone_full_refusal_leaves_everything_as_before(shop: Shop) -> None:
    order, handoff = make_refused(shop)
    assert (fresh(order).refund_due_minor, fresh(order).refund_state) == (2000, "due")
    for _ in range(2):
        undo(handoff)
    assert (fresh(order).state, fresh(order).cancelled_at) == ("ready", None)
    assert counters(order) == {"open": 2, "picked": 2}
    assert stock_of(shop.store, shop.shirt) == {"on_hand": 10, "reserved": 2}
    assert [(bag.state, bag.contents[0].quantity) for bag in bags_in(order)] == [("staged", 2)]
    assert floor_tasks(shop.store, "put_back") == []
    code = db.session.query(PickupCode).filter_by(order_id=order.id).one()
    assert (code.active, unsent(order, "cancelled")) == (True, 0)
    assert differences() == []
    give(order)
    assert counters(order) == {"collected": 2}
    assert stock_of(shop.store, shop.shirt) == {"on_hand": 8}
    assert differences() == []


def unsent(order: Order, message: str) -> int:
    return (
        db.session.query(OutboxMessage).filter_by(order_id=order.id, kind=f"message.{message}", state="pending").count()
    )


def test_the_channel_is_told_that_an_undone_refusal_needs_no_refund(shop: Shop) -> None:
    order, handoff = make_refused(shop)
    undo(handoff)
    assert (fresh(order).refund_due_minor, fresh(order).refund_state) == (0, "none")
    assert fresh(order).lines[0].refund_pieces == 0
    assert last_event(order, "order.refund_withdrawn")["refund_withdrawn"] == {
        "amount": {"amount": "20.00", "currency": "PLN"},
        "reason": "handoff_undone",
        "lines": [{"line_id": "1", "pieces": 2}],
    }
    assert events_of(order)[-3:] == ["order.refund_withdrawn", "order.handoff_undone", "order.set_back"]


def test_what_was_confirmed_before_the_refusal_stays_confirmed(shop: Shop) -> None:
    order = make_ready(shop.store, shop.client, [(shop.shirt, 3)])
    with transaction():
        row = locked(order)
        row.refund_due_minor = row.refund_confirmed_minor = 500
        row.refund_state = "confirmed"
    undo(give(order, lines={"1": LineResult(0, 3, "no")}))
    assert (fresh(order).refund_due_minor, fresh(order).refund_state) == (500, "confirmed")


@pytest.mark.parametrize("state", ["requested", "confirmed"])
def test_a_refusal_stands_once_the_channel_pays_it_back(shop: Shop, state: str) -> None:
    order, handoff = make_refused(shop)
    with transaction():
        report_refund(locked(order), state=state, reference="R-1", by=ANIA)
    with pytest.raises(WrongState, match="paid back"):
        undo(handoff)
    assert (fresh(order).state, counters(order)) == ("cancelled", {"cancelled": 2, "to_put_back": 2})


def test_a_refusal_stands_once_all_of_it_is_being_put_back(shop: Shop) -> None:
    order, handoff = make_refused(shop)
    with transaction():
        put_back(reread(floor_tasks(shop.store, "put_back")[0]), sellable=1, by=ANIA)
    with pytest.raises(WrongState, match="put back"):
        undo(handoff)
    assert (fresh(order).state, counters(order)) == ("cancelled", {"cancelled": 2, "to_put_back": 1})
    assert differences() == []


def test_of_a_full_refusal_only_what_is_on_its_shelf_stays_refused(shop: Shop) -> None:
    order = make_two_bags(shop)
    handoff = give(order, lines={"1": LineResult(0, 2, "no"), "2": LineResult(0, 1, "no")})
    shirts, _ = sorted(floor_tasks(shop.store, "put_back"), key=lambda task: -task.quantity)
    with transaction():
        put_back(reread(shirts), sellable=2, by=ANIA)
    undo(handoff)
    assert (counters(order), counters(order, "2")) == ({"cancelled": 2}, {"open": 1, "picked": 1})
    assert (fresh(order).state, fresh(order).refund_due_minor) == ("ready", 2000)
    assert differences() == []


def test_a_refusal_does_not_open_an_order_that_was_cancelled_since(shop: Shop) -> None:
    order = make_two_bags(shop)
    handoff = give(order, [bags_in(order)[0].public_id], lines=NOTHING)
    assert (handoff.result, fresh(order).state) == ("refused", "ready")
    with transaction():
        cancel_order(locked(order), reason="no", by=ANIA)
    with pytest.raises(WrongState, match="cancelled"):
        undo(handoff)
    assert fresh(order).state == "cancelled"
    assert differences() == []


@pytest.mark.parametrize(("due", "refused"), [(2000, 2), (500, 2), (2000, 1)])
def test_who_pays_at_the_till_pays_after_an_undone_refusal_what_was_due_before(
    shop: Shop, due: int, refused: int
) -> None:
    order = make_ready(shop.store, shop.client, [(shop.shirt, 2)])
    with transaction():
        row = locked(order)
        row.payment_state, row.payment_due_minor = "due", due
    handoff = give(order, lines={"1": LineResult(2 - refused, refused, "no")}, paid_receipt="R-7")
    undo(handoff)
    # What was paid at the till for the piece that was taken stays paid.
    left = due if refused == 2 else 1000
    assert (fresh(order).payment_state, fresh(order).payment_due_minor) == ("due", left)
    assert fresh(order).refund_due_minor == 0


def test_a_line_total_that_does_not_divide_evenly_comes_back_to_nothing(shop: Shop) -> None:
    order = make_ready(shop.store, shop.client, [(shop.shirt, 3)])
    with transaction():
        locked(order).lines[0].paid_total_minor = 1000
    for refused in (1, 2):
        undo(give(order, lines={"1": LineResult(0, refused, "no")}))
        assert fresh(order).refund_due_minor == 0
    give(order, lines={"1": LineResult(0, 1, "no")})
    second = give(order, lines={"1": LineResult(0, 2, "no")})
    undo(second)
    assert fresh(order).refund_due_minor == 333


def test_a_handoff_stands_when_time_is_over_or_a_return_names_the_order(shop: Shop) -> None:
    order = make_two_bags(shop)
    handoff = give(order)
    with transaction():
        now = clock.now()
        values = {"announced_at": now, "expires_at": now, "updated_at": now}
        db.session.add(
            Return(public_id=keys.new_id("ret"), order_id=order.id, fingerprint="", link_digest="x", **values)
        )
    with pytest.raises(WrongState, match="return"):
        undo(handoff)
    with transaction():
        reread(handoff).recorded_at = clock.now() - timedelta(minutes=11)
    with pytest.raises(TooLate):
        undo(handoff)
    assert counters(order) == {"collected": 2}


def test_only_the_last_handoff_can_be_undone(shop: Shop) -> None:
    order = make_two_bags(shop)
    first = give(order, [bags_in(order)[0].public_id], lines={"1": LineResult(2)})
    give(order, [bags_in(order)[1].public_id])
    with pytest.raises(WrongState, match="undo that first"):
        undo(first)


def test_who_refuses_everything_of_an_unpaid_order_needs_no_receipt(shop: Shop) -> None:
    order = make_ready(shop.store, shop.client, [(shop.shirt, 2)], payment_state="due", payment_due_minor=2000)
    handoff = give(order, lines={"1": LineResult(0, 1, "damaged")})
    assert (handoff.result, handoff.paid_receipt) == ("refused", None)
    assert fresh(order).payment_due_minor == 1000
    undo(handoff)
    assert fresh(order).payment_due_minor == 2000
    assert differences() == []
