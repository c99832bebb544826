"""What the customer changes, and that nobody else can: a refused form leaves every table as it was."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask_openapi3 import OpenAPI

from omni_pickup import clock, keys
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.events import Event
from omni_pickup.models.orders import CheckIn, Order
from omni_pickup.models.returns import Return
from omni_pickup.queries.orders.orders import pickup_code
from omni_pickup.services.customers.order_links import order_token, return_token
from omni_pickup.services.orders.question_answers import answer_question
from omni_pickup.services.picking.questions import propose_substitute
from omni_pickup.services.picking.short_picks import short_pick
from tests.builders import collect_order, dump_tables, make_item, make_stock
from tests.customer.browsing import Phone, assert_valid, make_phone, text_of
from tests.customer.conftest import Make
from tests.floor import Shop, counters, differences, events_of, fresh, make_neighbour, question_of, reread, tasks_of


def check_ins(order: Order) -> list[CheckIn]:
    db.session.rollback()
    return list(db.session.scalars(db.select(CheckIn).where(CheckIn.order_id == order.id)))


def short(order: Order, *, task: int = 0) -> None:
    """One line cannot be found."""
    with transaction():
        row = reread(tasks_of(order)[task])
        short_pick(row, pieces=row.left, reason="not_found", by=SYSTEM)


def value_of(page: str, words: str) -> str:
    """The radio beside these words."""
    found = re.search(r'value="(\d+)" required data-says="' + re.escape(words), page)
    assert found is not None, page
    return found[1]


def returns_of(order: Order) -> list[Return]:
    db.session.rollback()
    return list(db.session.scalars(db.select(Return).where(Return.order_id == order.id)))


def test_on_my_way_and_here_without_any_script(make: Make, phone: Phone) -> None:
    order = make()
    phone.open_link(order_token(order))
    answer = phone.post(f"/p/o/{order.number}/on-my-way")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/p/o/{order.number}")
    assert "You are on your way." in text_of(phone.get(f"/p/o/{order.number}"))
    assert phone.post(f"/p/o/{order.number}/here").status_code == 303
    assert phone.post(f"/p/o/{order.number}/here").status_code == 303
    assert [row.kind for row in check_ins(order)] == ["on_my_way", "here"]
    assert "I’m on my way" not in text_of(phone.get(f"/p/o/{order.number}"))


def test_bay_and_car_are_told_and_can_be_changed(make: Make, phone: Phone, shop: Shop) -> None:
    with transaction():
        store = reread(shop.store)
        store.curbside, store.bays = True, ["B1", "B2"]
    order = make(pickup_method="curbside")
    page = phone.open_link(order_token(order))
    assert f'href="/p/o/{order.number}/here"' in page.text
    form = phone.get(f"/p/o/{order.number}/here")
    assert_valid(form)
    assert "Which bay?" in text_of(form)
    for bay in ("B1", "B2"):
        phone.post(f"/p/o/{order.number}/here", {"bay": bay, "vehicle": " blue Kia Ceed "})
    assert [row.bay for row in check_ins(order)] == ["B2"]
    assert fresh(order).contact.vehicle == "blue Kia Ceed"
    wrong = phone.post(f"/p/o/{order.number}/here", {"bay": "Z9"})
    assert wrong.status_code == 422
    assert "Something is missing or not right." in text_of(wrong)


def test_nothing_is_chosen_before_the_customer_does(make: Make, phone: Phone) -> None:
    order = make("received")
    short(order)
    page = phone.open_link(order_token(order))
    assert_valid(page)
    assert text_of(page).startswith("One thing is missing. What should we do? We could not find 1 × T-shirt .")
    assert " checked" not in page.text
    assert ">Choose one</button>" in page.text
    form = {"question": question_of(order).public_id}
    for choice in ({}, {"choice": ""}, {"choice": "99"}, {"choice": "x"}, {"choice": "٣"}):
        answer = phone.post(f"/p/o/{order.number}/answer", {**form, **choice})
        assert answer.status_code == 422
        assert "Please choose one." in text_of(answer)
    assert question_of(order).state == "open"


def test_the_rest_is_taken(make: Make, phone: Phone) -> None:
    order = make("received")
    short(order)
    page = phone.open_link(order_token(order))
    form = {"question": question_of(order).public_id, "choice": value_of(page.text, "Take the rest now")}
    assert phone.post(f"/p/o/{order.number}/answer", form).status_code == 303
    assert question_of(order).answer == {"choice": "rest_now"}
    assert counters(order)["short"] == 1
    text = text_of(phone.get(f"/p/o/{order.number}"))
    assert "10.00 PLN will be paid back to you." in text
    assert "You take the rest now. We write to you when it is ready." in text
    late = phone.post(f"/p/o/{order.number}/answer", form)
    assert late.status_code == 422
    assert differences() == []


def test_cancelling_where_there_is_a_rest_means_the_whole_order(make: Make, phone: Phone) -> None:
    order = make("received")
    short(order)
    page = phone.open_link(order_token(order))
    form = {"question": question_of(order).public_id, "choice": value_of(page.text, "Cancel the whole order")}
    assert phone.post(f"/p/o/{order.number}/answer", form).status_code == 303
    assert fresh(order).state == "cancelled"
    assert "20.00 PLN will be paid back to you." in text_of(phone.get(f"/p/o/{order.number}"))
    assert differences() == []


def test_a_substitute_is_shown_with_its_price(make: Make, phone: Phone, shop: Shop) -> None:
    order = make("received")
    short(order)
    other = make_item("POLO", name="Polo shirt", price_minor=900, attributes={"colour": "navy"})
    make_stock(shop.store, other, 3)
    with transaction():
        propose_substitute(reread(question_of(order)), other, by=SYSTEM)
    page = phone.open_link(order_token(order))
    assert "Take Polo shirt, navy instead 1.00 PLN is paid back to you" in text_of(page)
    form = {
        "question": question_of(order).public_id,
        "choice": value_of(page.text, "Take Polo shirt, navy instead"),
    }
    assert phone.post(f"/p/o/{order.number}/answer", form).status_code == 303
    assert "Polo shirt, navy instead of T-shirt" in text_of(phone.get(f"/p/o/{order.number}"))
    said = text_of(phone.get(f"/p/o/{order.number}"))
    assert "You take Polo shirt, navy instead. We write to you when it is ready." in said


def test_an_order_that_moves_to_another_store_opens_in_the_same_browser(make: Make, phone: Phone, shop: Shop) -> None:
    there = make_neighbour(shop, "WAW-02", name="Warszawa Wola")
    make_stock(there, shop.shirt, 5)
    order = make("received")
    short(order)
    page = phone.open_link(order_token(order))
    assert re.search(r"Ready by .+, 3 km away", text_of(page))
    form = {"question": question_of(order).public_id, "choice": value_of(page.text, "Get it at Warszawa Wola")}
    answer = phone.post(f"/p/o/{order.number}/answer", form)
    assert answer.status_code == 303
    db.session.rollback()
    child = db.session.scalars(db.select(Order).where(Order.parent_id == order.id)).one()
    assert phone.get(f"/p/o/{child.number}").status_code == 200
    assert f'href="/p/o/{child.number}"' in phone.get(f"/p/o/{order.number}").text
    assert "You get it at Warszawa Wola ." in text_of(phone.get(f"/p/o/{order.number}"))


def test_who_waits_for_the_other_stores_piece_is_told_so(make: Make, phone: Phone, shop: Shop) -> None:
    make_stock(make_neighbour(shop, "WAW-02", name="Warszawa Wola"), shop.shirt, 5)
    order = make("received")
    short(order)
    page = phone.open_link(order_token(order))
    form = {"question": question_of(order).public_id, "choice": value_of(page.text, "Wait for it here")}
    assert phone.post(f"/p/o/{order.number}/answer", form).status_code == 303
    said = text_of(phone.get(f"/p/o/{order.number}"))
    assert "You wait for it here. Another store sends it. We write to you when it is here." in said


def test_a_piece_that_is_given_up_while_another_is_asked_about_is_said_to_be_cancelled(
    make: Make, phone: Phone
) -> None:
    order = make("received")
    short(order)
    with transaction():
        answer_question(reread(question_of(order)), choice="cancel", by=SYSTEM)
    assert "1 × T-shirt is cancelled." in text_of(phone.open_link(order_token(order)))


def test_what_is_gone_meanwhile_is_said_and_asked_again(make: Make, phone: Phone, shop: Shop) -> None:
    there = make_neighbour(shop, "WAW-02", name="Warszawa Wola")
    make_stock(there, shop.shirt, 1)
    order = make("received")
    short(order)
    page = phone.open_link(order_token(order))
    form = {"question": question_of(order).public_id, "choice": value_of(page.text, "Get it at Warszawa Wola")}
    make_stock(there, shop.shirt, 0, safety_stock=1)
    answer = phone.post(f"/p/o/{order.number}/answer", form)
    assert answer.status_code == 409
    assert "Somebody else was faster" in text_of(answer)
    assert question_of(order).state == "open"


def test_somebody_else_collects_with_an_own_code(make: Make, phone: Phone) -> None:
    order = make()
    phone.open_link(order_token(order))
    assert phone.post(f"/p/o/{order.number}/collector", {"name": "  "}).status_code == 422
    assert phone.post(f"/p/o/{order.number}/collector", {"name": " Piotr  Nowak "}).status_code == 303
    assert fresh(order).contact.collector_name == "Piotr Nowak"
    own, theirs = pickup_code(order), pickup_code(order, "collector")
    assert theirs is not None
    assert theirs != own
    assert theirs[:3] in text_of(phone.get(f"/p/o/{order.number}"))
    assert phone.post(f"/p/o/{order.number}/collector", {"nobody": "1"}).status_code == 303
    assert fresh(order).contact.collector_name is None
    assert pickup_code(order, "collector") is None


def test_more_time_is_given_once(make: Make, phone: Phone) -> None:
    order = make()
    before = order.hold_until
    assert "Keep it longer" in text_of(phone.open_link(order_token(order)))
    assert phone.post(f"/p/o/{order.number}/longer").status_code == 303
    assert fresh(order).hold_until > before
    assert "Keep it longer" not in text_of(phone.get(f"/p/o/{order.number}"))
    again = phone.post(f"/p/o/{order.number}/longer")
    assert again.status_code == 409
    assert "This is not possible any more." in text_of(again)


def test_an_order_is_cancelled_by_its_customer(make: Make, phone: Phone) -> None:
    order = make()
    phone.open_link(order_token(order))
    assert phone.post(f"/p/o/{order.number}/cancel").status_code == 303
    assert fresh(order).state == "cancelled"
    event = db.session.scalars(db.select(Event).where(Event.type == "order.cancelled")).one()
    assert event.actor_kind == "customer"
    text = text_of(phone.get(f"/p/o/{order.number}"))
    assert "Cancel the order" not in text
    assert differences() == []


def test_a_return_is_announced_and_cancelled_again(make: Make, phone: Phone) -> None:
    order = make()
    phone.open_link(order_token(order))
    collect_order(order)
    shirt, mug = fresh(order).lines
    nothing = phone.post(f"/p/o/{order.number}/return", {f"pieces-{shirt.id}": "0"})
    assert nothing.status_code == 422
    form = {f"pieces-{mug.id}": "2", f"reason-{mug.id}": "defective", f"pieces-{shirt.id}": "0"}
    answer = phone.post(f"/p/o/{order.number}/return", form)
    [ret] = returns_of(order)
    assert answer.headers["Location"] == f"/r/o/{ret.rma_number}"
    assert [(line.sku, line.said, line.reason) for line in ret.lines] == [("MUG", 2, "defective")]
    page = phone.get(f"/r/o/{ret.rma_number}")
    assert_valid(page)
    assert "Please bring it back by " in text_of(page)
    assert "2 × Mug" in text_of(page)
    assert phone.post(f"/p/o/{order.number}/return", form).status_code == 422
    assert f"/r/o/{ret.rma_number}" in phone.get(f"/p/o/{order.number}").text
    assert phone.post(f"/r/o/{ret.rma_number}/cancel").status_code == 303
    assert "You keep the goods." in text_of(phone.get(f"/r/o/{ret.rma_number}"))


def test_the_link_to_a_return_opens_the_return_alone(app: OpenAPI, make: Make, phone: Phone) -> None:
    order = make()
    phone.open_link(order_token(order))
    collect_order(order)
    line = fresh(order).lines[0]
    phone.post(f"/p/o/{order.number}/return", {f"pieces-{line.id}": "1"})
    [ret] = returns_of(order)
    other = make_phone(app)
    page = other.open_link(return_token(ret), "r")
    assert page.status_code == 200
    assert order.number not in text_of(page)
    assert other.get(f"/p/o/{order.number}").status_code == 404


def test_the_calendar_file_holds_no_secret(make: Make, phone: Phone) -> None:
    order = make(contact={"language": "pl"})
    phone.open_link(order_token(order))
    answer = phone.get(f"/p/o/{order.number}/pickup.ics")
    assert answer.content_type == "text/calendar; charset=utf-8"
    lines = answer.text.split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert all(len(line.encode()) <= 75 for line in lines)
    assert f"SUMMARY:Odebrać zamówienie {order.number}" in lines
    assert (pickup_code(order) or "") not in answer.text
    assert order_token(order) not in answer.text
    assert "<bdi>" not in answer.text


ADDRESSES = (
    "/p/o/{order}/on-my-way",
    "/p/o/{order}/here",
    "/p/o/{order}/not-here",
    "/p/o/{order}/answer",
    "/p/o/{order}/collector",
    "/p/o/{order}/longer",
    "/p/o/{order}/cancel",
    "/p/o/{order}/return",
    "/r/o/{ret}/cancel",
)


def unsafe_rules(app: OpenAPI) -> Iterator[str]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("customer.") and "POST" in (rule.methods or set()):
            yield rule.rule


def test_every_unsafe_address_is_in_the_list(app: OpenAPI) -> None:
    known = {address.replace("{order}", "<number>").replace("{ret}", "<rma>") for address in ADDRESSES}
    assert set(unsafe_rules(app)) == known | {"/p/", "/p/o/language"}


@pytest.mark.parametrize("address", ADDRESSES)
def test_another_customers_order_looks_as_if_it_were_not_there(app: OpenAPI, make: Make, address: str) -> None:
    mine, theirs = make(), make()
    collected = make()
    collect_order(collected)
    ret = announced(collected)
    path = address.format(order=theirs.number, ret=ret.rma_number)
    form = {"name": "Eve", "choice": "0", f"pieces-{collected.lines[0].id}": "1"}
    acquainted = make_phone(app)
    acquainted.open_link(order_token(mine))
    before = dump_tables()
    for phone in (acquainted, make_phone(app)):
        answer = phone.post(path, form)
        assert answer.status_code == 404
        assert "This link does not open anything." in text_of(answer)
    assert dump_tables() == before


def announced(order: Order) -> Return:
    now = clock.now()
    ret = Return(
        public_id=keys.new_id("ret"),
        order_id=order.id,
        fingerprint="",
        announced_at=now,
        expires_at=now,
        updated_at=now,
        link_version=1,
        link_digest=keys.digest(keys.new_token()),
    )
    with transaction():
        db.session.add(ret)
    return ret


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_form_without_its_token_or_from_elsewhere_changes_nothing(
    app: OpenAPI, make: Make, phone: Phone, address: str
) -> None:
    order = make()
    phone.open_link(order_token(order))
    path = address.format(order=order.number, ret="R1")
    before = dump_tables()
    for form in ({}, {"csrf_token": "wrong"}):
        answer = phone.send("POST", path, form)
        assert answer.status_code == 400
        assert "Please press the button once more." in text_of(answer)
    assert phone.post(path, {}, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert dump_tables() == before


def test_a_customer_action_is_recorded_as_the_customers(make: Make, phone: Phone) -> None:
    order = make()
    phone.open_link(order_token(order))
    phone.post(f"/p/o/{order.number}/here")
    assert "order.arrived" in events_of(order)
    event = db.session.scalars(db.select(Event).where(Event.type == "order.arrived")).one()
    assert (event.actor_kind, event.staff_id) == ("customer", None)
