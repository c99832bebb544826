"""Short picks: each reason's effect, the block and its end, learning, and taking it back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from omni_pickup import clock
from omni_pickup.errors import InsufficientStock, Invalid, TooLate, WrongState
from omni_pickup.models import db, transaction
from omni_pickup.models.orders import Order
from omni_pickup.models.picking import ShortPick, ShortPickReason
from omni_pickup.models.stock import StockLevel, StockMovement
from omni_pickup.services.orders.order_cancels import cancel_order
from omni_pickup.services.orders.question_answers import answer_question
from omni_pickup.services.picking.short_pick_ends import found_it, undo_short_pick
from omni_pickup.services.picking.short_picks import short_pick
from omni_pickup.services.stock.learned_safety import lower_learned_safety
from omni_pickup.services.stock.stock_blocks import is_blocked
from omni_pickup.services.stock.stock_moves import Cause, move_stock
from tests.builders import stock_of
from tests.floor import (
    ANIA,
    Shop,
    counters,
    differences,
    events_of,
    floor_tasks,
    fresh,
    last_event,
    line_of,
    locked,
    make_queued,
    question_of,
    reread,
    tasks_of,
)


def short(order: Order, pieces: int = 1, reason: str = "not_found") -> ShortPick | None:
    (task, *_) = tasks_of(order)
    with transaction():
        return short_pick(reread(task), pieces=pieces, reason=reason, by=ANIA)


def undo(made: ShortPick) -> None:
    with transaction():
        undo_short_pick(reread(made), by=ANIA)


def find(shop: Shop, pieces: int = 1) -> int:
    with transaction():
        return found_it(shop.store, shop.shirt, pieces=pieces, by=ANIA)


@pytest.mark.parametrize(
    ("reason", "figures", "count_tasks"),
    [
        ("not_found", {"on_hand": 10, "reserved": 1}, 1),
        ("mismatch", {"on_hand": 9, "reserved": 1}, 1),
        ("damaged", {"on_hand": 9, "reserved": 1, "quarantine": 1}, 0),
        ("display", {"on_hand": 10, "reserved": 1, "display": 1}, 0),
    ],
)
def test_each_reason_has_its_effect_on_line_and_books(
    shop: Shop, reason: str, figures: dict[str, int], count_tasks: int
) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 2)])
    short(order, reason=reason)
    assert counters(order) == {"open": 1, "short": 1}
    assert stock_of(shop.store, shop.shirt) == figures
    assert len(floor_tasks(shop.store, "count")) == count_tasks
    assert is_blocked(shop.store.id, shop.shirt.id) == (reason == "not_found")
    assert last_event(order, "order.short_picked")["short_pick"]["reason"] == reason
    assert differences() == []


def test_pick_later_changes_no_counter_and_asks_nobody(shop: Shop) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 2)])
    assert short(order, reason="pick_later") is None
    assert counters(order) == {"open": 2}
    assert tasks_of(order)[0].not_before > clock.now()
    assert question_of(order) is None


def test_putting_off_what_is_promised_soon_moves_the_promise_and_tells_it(shop: Shop) -> None:
    promised_at = clock.now() + timedelta(seconds=10)
    order = make_queued(shop.store, shop.client, [(shop.shirt, 2)], promised_at=promised_at)
    short(order, reason="pick_later")
    assert fresh(order).promised_at > promised_at + timedelta(minutes=30)
    assert fresh(order).first_promised_at < fresh(order).promised_at
    assert "order.promise_changed" in events_of(order)


def test_a_reason_of_the_owner_acts_like_a_built_in_one(shop: Shop) -> None:
    with transaction():
        db.session.add(ShortPickReason(code="mouse_bite", acts_as="damaged", label={"en": "Eaten"}, position=0))
        db.session.add(ShortPickReason(code="old", acts_as="damaged", label={}, position=1, active=False))
    order = make_queued(shop.store, shop.client, [(shop.shirt, 2)])
    made = short(order, reason="mouse_bite")
    assert (made.reason, made.acts_as) == ("mouse_bite", "damaged")
    assert stock_of(shop.store, shop.shirt)["quarantine"] == 1
    for wrong in ("old", "nonsense"):
        with pytest.raises(Invalid):
            short(order, reason=wrong)


def test_other_open_orders_of_a_missing_item_are_flagged(shop: Shop) -> None:
    other = make_queued(shop.store, shop.client, [(shop.shirt, 3)])
    order = make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    short(order)
    assert line_of(other).endangered == 3
    assert events_of(other)[-1] == "order.endangered"


def test_a_blocked_item_can_no_longer_be_promised(shop: Shop) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    short(order)
    with pytest.raises(AssertionError, match="does not cover"):
        make_queued(shop.store, shop.client, [(shop.shirt, 1)])


def test_a_short_of_a_line_cancelled_meanwhile_still_tells_that_the_shelf_is_wrong(shop: Shop) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    with transaction():
        cancel_order(locked(order), reason="too late", by=ANIA)
    assert short(order) is None
    assert counters(order) == {"cancelled": 1}
    assert len(floor_tasks(shop.store, "count")) == 1
    assert differences() == []


@pytest.mark.parametrize(("pieces", "error"), [(0, Invalid), (3, WrongState)])
def test_only_pieces_that_were_asked_for_can_be_missing(shop: Shop, pieces: int, error: type[Exception]) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 2)])
    with pytest.raises(error):
        short(order, pieces)
    assert counters(order) == {"open": 2}


def test_found_it_lifts_the_block_and_reopens_the_line(shop: Shop) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 2)])
    other = make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    short(order, 2)
    assert find(shop, 2) == 2
    assert counters(order) == {"open": 2}
    assert fresh(order).state == "picking"
    assert not is_blocked(shop.store.id, shop.shirt.id)
    assert question_of(order).state == "withdrawn"
    assert tasks_of(order)[0].left == 2
    assert line_of(other).endangered == 0
    assert stock_of(shop.store, shop.shirt) == {"on_hand": 10, "reserved": 3}
    assert differences() == []


def test_fewer_found_than_missing_leaves_the_question_for_the_rest(shop: Shop) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 3)])
    short(order, 3)
    find(shop, 1)
    assert counters(order) == {"open": 1, "short": 2}
    assert (question_of(order).state, question_of(order).pieces) == ("open", 2)
    find(shop, 2)
    assert (counters(order), question_of(order).state) == ({"open": 3}, "withdrawn")
    assert differences() == []


def test_found_it_after_the_customer_chose_only_lifts_the_block(shop: Shop) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 2)])
    short(order)
    with transaction():
        answer_question(reread(question_of(order)), choice="rest_now", by=ANIA)
    assert find(shop) == 0
    assert counters(order) == {"open": 1, "short": 1}
    assert not is_blocked(shop.store.id, shop.shirt.id)


def test_a_found_piece_goes_to_who_was_promised_first(shop: Shop) -> None:
    late = make_queued(shop.store, shop.client, [(shop.shirt, 1)], promised_at=clock.now() + timedelta(hours=5))
    soon = make_queued(shop.store, shop.client, [(shop.shirt, 1)], promised_at=clock.now() + timedelta(hours=1))
    short(late)
    short(soon)
    find(shop)
    assert (counters(soon), counters(late)) == ({"open": 1}, {"short": 1})


def test_a_short_pick_can_be_undone_and_the_books_are_as_before(shop: Shop) -> None:
    for reason in ("not_found", "mismatch", "damaged", "display"):
        order = make_queued(shop.store, shop.client, [(shop.shirt, 2)])
        before = stock_of(shop.store, shop.shirt)
        made = short(order, reason=reason)
        for _ in range(2):
            undo(made)
        assert (counters(order), stock_of(shop.store, shop.shirt)) == ({"open": 2}, before)
        assert not is_blocked(shop.store.id, shop.shirt.id)
        assert floor_tasks(shop.store, "count") == []
        assert question_of(order).state == "withdrawn"
        assert fresh(order).state == "received"
        assert differences() == []


def test_the_block_stays_while_another_short_pick_says_so(shop: Shop) -> None:
    first, second = (make_queued(shop.store, shop.client, [(shop.shirt, 1)]) for _ in range(2))
    short(first)
    undo(short(second))
    assert is_blocked(shop.store.id, shop.shirt.id)


def test_an_undo_is_refused_when_time_is_over_the_customer_chose_or_somebody_counted(shop: Shop) -> None:
    def made_short() -> tuple[Order, ShortPick]:
        order = make_queued(shop.store, shop.client, [(shop.shirt, 2)])
        return order, short(order, reason="damaged")

    _, late = made_short()
    with transaction():
        reread(late).recorded_at = clock.now() - timedelta(minutes=11)
    with pytest.raises(TooLate):
        undo(late)
    order, answered = made_short()
    with transaction():
        answer_question(reread(question_of(order)), choice="cancel", by=ANIA)
    with pytest.raises(WrongState):
        undo(answered)
    _, counted = made_short()
    with transaction():
        db.session.execute(update(StockLevel).values(counted_at=clock.now()))
    with pytest.raises(WrongState, match="counted"):
        undo(counted)


def test_an_undo_is_refused_when_the_pieces_are_gone_meanwhile(shop: Shop) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 2)])
    made = short(order, 2)
    with transaction():
        move_stock(shop.store.id, shop.shirt.id, cause=Cause("adjustment", ANIA), on_hand=-9)
    with pytest.raises(InsufficientStock):
        undo(made)
    assert counters(order) == {"short": 2}
    assert differences() == []


def test_the_third_short_pick_keeps_a_piece_back_and_says_why(shop: Shop) -> None:
    for _ in range(3):
        made = short(make_queued(shop.store, shop.client, [(shop.shirt, 1)]), reason="mismatch")
    assert stock_of(shop.store, shop.shirt)["learned_safety"] == 1
    row = db.session.query(StockMovement).filter_by(kind="learned_safety").one()
    assert (row.reason, row.reference) == ("3 short picks in 30 days", made.public_id)
    undo(made)
    assert "learned_safety" not in stock_of(shop.store, shop.shirt)
    assert differences() == []


def test_a_manager_can_lower_what_was_learned(shop: Shop) -> None:
    for _ in range(3):
        short(make_queued(shop.store, shop.client, [(shop.shirt, 1)]), reason="mismatch")
    with transaction():
        assert lower_learned_safety(shop.store, shop.shirt, by=ANIA) == 0
    assert "learned_safety" not in stock_of(shop.store, shop.shirt)
    with pytest.raises(Invalid), transaction():
        lower_learned_safety(shop.store, shop.shirt, pieces=1, by=ANIA)
