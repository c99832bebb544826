"""After a short pick: what is offered, what each answer does, and what happens when nobody answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from omni_pickup import clock
from omni_pickup.errors import InsufficientStock, Invalid, WrongState
from omni_pickup.models import db, transaction
from omni_pickup.models.events import OutboxMessage
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order, Question
from omni_pickup.models.transfers import Transfer
from omni_pickup.queries.picking.task_lists import answer_rows
from omni_pickup.services.orders.question_answers import answer_question, expire_due_questions
from omni_pickup.services.picking.picks import pick_pieces
from omni_pickup.services.picking.questions import note_answer_seen, propose_substitute
from omni_pickup.services.picking.short_picks import short_pick
from omni_pickup.services.transfers.transfer_arrivals import receive_transfer
from omni_pickup.services.transfers.transfers import ship_transfer
from tests.builders import make_item, make_stock, stock_of
from tests.floor import (
    ANIA,
    Shop,
    counters,
    differences,
    events_of,
    fresh,
    last_event,
    line_of,
    make_neighbour,
    make_place,
    make_queued,
    pack_and_stage,
    question_of,
    reread,
    tasks_of,
)
from tests.people import make_store


def make_short(shop: Shop, lines: list[tuple[Item, int]], pieces: int = 1, **values: Any) -> tuple[Order, Question]:
    order = make_queued(shop.store, shop.client, lines, **values)
    with transaction():
        short_pick(reread(tasks_of(order)[0]), pieces=pieces, reason="damaged", by=ANIA)
    return fresh(order), question_of(order)


def answer(question: Question, choice: str, **details: str) -> Order:
    with transaction():
        return answer_question(reread(question), choice=choice, details=details, by=ANIA)


def propose(question: Question, item: Item, **values: Any) -> None:
    with transaction():
        propose_substitute(reread(question), reread(item), by=ANIA, **values)


def choices(question: Question) -> list[str]:
    return [option["choice"] for option in reread(question).options]


def test_with_nothing_else_in_the_order_only_a_refund_can_be_offered(shop: Shop) -> None:
    order, question = make_short(shop, [(shop.shirt, 1)])
    assert choices(question) == ["cancel"]
    assert question.default_choice == "cancel"
    assert order.state == "picking"


def test_the_rest_other_stores_and_a_transfer_are_offered_where_they_exist(shop: Shop) -> None:
    wola = make_neighbour(shop, "WAW-02", name="Warszawa Wola")
    make_stock(wola, shop.shirt, 3)
    _, question = make_short(shop, [(shop.shirt, 2)])
    assert choices(question) == ["other_store", "wait_transfer", "rest_now", "cancel"]
    assert question.options[0]["store"] == "WAW-02"
    assert question.options[0]["ready_by"] is not None
    assert question.default_choice == "rest_now"


def test_a_customer_is_sent_no_further_than_the_owner_allows_and_to_the_nearest_first(shop: Shop) -> None:
    for code, km in (("WAW-02", 49.0), ("WAW-03", 51.0), ("WAW-04", 7.5)):
        make_stock(make_neighbour(shop, code, km=km), shop.shirt, 3)
    make_stock(make_store("WAW-05"), shop.shirt, 3)
    _, question = make_short(shop, [(shop.shirt, 1)])
    offered = [option for option in reread(question).options if option["choice"] == "other_store"]
    assert [(option["store"], option["distance_km"]) for option in offered] == [("WAW-04", 7.5), ("WAW-02", 49.0)]


def test_without_coordinates_only_a_store_of_the_same_city_is_offered(shop: Shop) -> None:
    cities = ("Warszawa", "Kraków")
    there = [make_store(f"AAA-0{number}") for number in range(2)]
    with transaction():
        reread(shop.store).address = {"city": "Warszawa", "country": "PL"}
        for store, city in zip(there, cities, strict=True):
            reread(store).address = {"city": city, "country": "PL"}
    for store in there:
        make_stock(store, shop.shirt, 3)
    _, question = make_short(shop, [(shop.shirt, 1)])
    offered = [option["store"] for option in reread(question).options if option["choice"] == "other_store"]
    assert offered == ["AAA-00"]


def test_the_second_best_item_named_at_ordering_is_offered_if_it_is_not_dearer(shop: Shop) -> None:
    dear = make_item("DEAR", price_minor=2000)
    make_stock(shop.store, dear, 5)
    order = make_queued(shop.store, shop.client, [(shop.shirt, 1), (shop.shirt, 1)])
    with transaction():
        first, second = fresh_lines(order)
        first.backup_item_id, second.backup_item_id = shop.mug.id, dear.id
    for task in tasks_of(order):
        with transaction():
            short_pick(reread(task), pieces=1, reason="damaged", by=ANIA)
    asked = db.session.query(Question).order_by(Question.id).all()
    assert [option.get("sku") for option in asked[0].options if option["choice"] == "substitute"] == ["MUG"]
    assert "substitute" not in choices(asked[1])


def fresh_lines(order: Order) -> list[Any]:
    return [reread(line) for line in order.lines]


def test_the_customer_has_two_open_hours_by_default(shop: Shop) -> None:
    _, question = make_short(shop, [(shop.shirt, 2)])
    assert timedelta(minutes=119) < question.deadline_at - question.asked_at <= timedelta(minutes=121)


def test_an_open_question_keeps_the_order_from_being_ready(shop: Shop) -> None:
    order, question = make_short(shop, [(shop.shirt, 2)])
    make_place(shop.store)
    with transaction():
        pick_pieces(reread(tasks_of(order)[0]), pieces=1, by=ANIA)
    pack_and_stage(order, {"1": 1})
    assert fresh(order).state == "picked"
    answer(question, "rest_now")
    assert fresh(order).state == "ready"
    assert fresh(order).refund_due_minor == 1000
    assert last_event(order, "order.refund_due")["refund_due"]["reason"] == "short"


def test_cancelling_the_only_line_ends_the_order_with_its_money_due(shop: Shop) -> None:
    order, question = make_short(shop, [(shop.shirt, 1)])
    answer(question, "cancel")
    assert (fresh(order).state, counters(order)) == ("cancelled", {"short": 1})
    assert fresh(order).refund_due_minor == 1000
    assert differences() == []


def test_the_same_answer_twice_is_one_answer_and_another_one_is_refused(shop: Shop) -> None:
    order, question = make_short(shop, [(shop.shirt, 2)])
    answer(question, "rest_now")
    before = events_of(order)
    answer(question, "rest_now")
    assert events_of(order) == before
    with pytest.raises(WrongState):
        answer(question, "cancel")


@pytest.mark.parametrize("details", [{}, {"sku": "NOT-OFFERED"}])
def test_what_was_not_offered_cannot_be_chosen(shop: Shop, details: dict[str, str]) -> None:
    _, question = make_short(shop, [(shop.shirt, 2)])
    with pytest.raises(Invalid):
        answer(question, "substitute", **details)
    assert reread(question).state == "open"


def test_a_substitute_is_a_line_of_its_own_reserved_at_once(shop: Shop) -> None:
    order, question = make_short(shop, [(shop.shirt, 2)])
    propose(question, shop.mug)
    answer(question, "substitute", sku="MUG")
    assert counters(order) == {"open": 1, "short": 1, "substituted": 1}
    line = line_of(order, "1-s1")
    assert (line.item.sku, line.open, line.substitute_of_id, line.unit_price_minor) == (
        "MUG",
        1,
        line_of(order).id,
        500,
    )
    assert stock_of(shop.store, shop.mug)["reserved"] == 1
    assert [task.left for task in tasks_of(order)] == [1, 1]
    assert fresh(order).refund_due_minor == 500
    assert last_event(order, "order.refund_due")["refund_due"]["reason"] == "cheaper_substitute"
    assert last_event(order, "order.question_answered")["question"]["answer"] == {"choice": "substitute", "sku": "MUG"}
    assert differences() == []


def test_a_substitute_never_costs_more_than_what_was_paid(shop: Shop) -> None:
    dear = make_item("DEAR", price_minor=9900)
    make_stock(shop.store, dear, 5)
    order, question = make_short(shop, [(shop.shirt, 2)])
    with pytest.raises(Invalid):
        propose(question, dear, price_minor=1001)
    propose(question, dear)
    assert reread(question).options[0]["price_minor"] == 1000
    answer(question, "substitute", sku="DEAR")
    assert fresh(order).refund_due_minor == 0


def test_a_proposal_that_is_not_there_or_the_same_item_is_refused(shop: Shop) -> None:
    none_left = make_item("GONE")
    _, question = make_short(shop, [(shop.shirt, 2)])
    with pytest.raises(InsufficientStock):
        propose(question, none_left)
    with pytest.raises(Invalid):
        propose(question, shop.shirt)


def test_a_substitute_gone_meanwhile_leaves_the_question_open(shop: Shop) -> None:
    order, question = make_short(shop, [(shop.shirt, 2)])
    propose(question, shop.mug)
    make_queued(shop.store, shop.client, [(shop.mug, 10)])
    with pytest.raises(InsufficientStock):
        answer(question, "substitute", sku="MUG")
    assert reread(question).state == "open"
    assert counters(order) == {"open": 1, "short": 1}
    assert differences() == []


def test_another_store_gets_a_child_order_reserved_there_at_once(shop: Shop) -> None:
    wola = make_neighbour(shop, "WAW-02", name="Warszawa Wola")
    make_stock(wola, shop.shirt, 3)
    order, question = make_short(shop, [(shop.shirt, 1)])
    answer(question, "other_store", store="WAW-02")
    child = db.session.query(Order).filter_by(parent_id=order.id).one()
    assert (child.external_id, child.store.code, child.state) == (None, "WAW-02", "received")
    assert (counters(child), child.contact.name) == ({"open": 1}, "Ada Nowak")
    assert stock_of(wola, shop.shirt) == {"on_hand": 3, "reserved": 1}
    assert counters(order) == {"short": 1, "substituted": 1}
    assert fresh(order).refund_due_minor == 0
    assert "order.moved" in events_of(order)
    assert differences() == []


def test_who_moved_everything_is_not_told_that_it_was_cancelled(shop: Shop) -> None:
    make_stock(make_neighbour(shop, "WAW-02"), shop.shirt, 3)
    order, question = make_short(shop, [(shop.shirt, 1)])
    answer(question, "other_store", store="WAW-02")
    assert fresh(order).state == "cancelled"
    pending = {row.kind for row in db.session.query(OutboxMessage).filter_by(order_id=order.id, state="pending")}
    assert "message.moved" in pending
    assert "message.cancelled" not in pending


def test_waiting_for_a_transfer_keeps_the_order_open_until_it_arrives(shop: Shop) -> None:
    wola = make_neighbour(shop, "WAW-02")
    make_stock(wola, shop.shirt, 3)
    order, question = make_short(shop, [(shop.shirt, 1)])
    answer(question, "wait_transfer", store="WAW-02")
    assert fresh(order).state == "picking"
    assert stock_of(wola, shop.shirt) == {"on_hand": 3, "reserved": 1}
    transfer = db.session.query(Transfer).one()
    with transaction():
        row = reread(transfer)
        ship_transfer(row, {row.lines[0].id: 1}, by=ANIA)
    with transaction():
        row = reread(transfer)
        receive_transfer(row, {row.lines[0].id: 1}, by=ANIA)
    assert counters(order) == {"open": 1}
    assert tasks_of(order)[-1].left == 1
    assert differences() == []


def test_when_nobody_answers_the_default_applies(shop: Shop) -> None:
    order, question = make_short(shop, [(shop.shirt, 2)])
    with transaction():
        assert expire_due_questions(clock.now()) == 0
    with transaction():
        assert expire_due_questions(question.deadline_at) == 1
    assert reread(question).answer == {"choice": "rest_now"}
    assert fresh(order).refund_due_minor == 1000


def test_what_is_still_to_be_paid_goes_with_the_goods_to_the_other_store(shop: Shop) -> None:
    make_stock(make_neighbour(shop, "WAW-02"), shop.shirt, 3)
    order, question = make_short(shop, [(shop.shirt, 2)], payment_state="due", payment_due_minor=2000)
    answer(question, "other_store", store="WAW-02")
    child = db.session.query(Order).filter_by(parent_id=order.id).one()
    assert (child.payment_due_minor, fresh(order).payment_due_minor) == (1000, 1000)


def test_an_answer_that_somebody_read_is_nothing_to_do_any_more(shop: Shop) -> None:
    order, question = make_short(shop, [(shop.shirt, 2)])
    with pytest.raises(WrongState), transaction():
        note_answer_seen(reread(question), by=ANIA)
    db.session.rollback()
    answer(question, "rest_now")
    assert [row.question.id for row in answer_rows(shop.store, clock.now())] == [question.id]
    for _ in range(2):
        with transaction():
            note_answer_seen(reread(question), by=ANIA)
    assert answer_rows(shop.store, clock.now()) == []
    assert events_of(order).count("order.answer_seen") == 1
