"""The page in every situation, read as the customer reads it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask_openapi3 import OpenAPI

from omni_pickup import clock
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import CUSTOMER, SYSTEM, Actor
from omni_pickup.models.orders import CheckIn, Order
from omni_pickup.queries.orders.orders import pickup_code
from omni_pickup.queries.picking.waiting_people import waiting_people
from omni_pickup.services.customers.check_ins import check_in, take_check_in
from omni_pickup.services.customers.order_links import order_token
from omni_pickup.services.orders.expiries import expire_due_orders
from omni_pickup.services.orders.order_cancels import cancel_order
from omni_pickup.services.orders.order_changes import report_refund, set_collector
from omni_pickup.services.picking.picks import pick_pieces
from tests.builders import collect_order, set_clock
from tests.customer.browsing import Phone, assert_valid, text_of
from tests.customer.conftest import Make
from tests.floor import Shop, events_of, fresh, locked, reread, tasks_of
from tests.people import make_staff


def page(phone: Phone, order: Order) -> str:
    """Its words; the HTML is checked on the way."""
    answer = phone.open_link(order_token(order))
    assert answer.status_code == 200
    assert_valid(answer)
    return text_of(answer)


def change_store(shop: Shop, **values: Any) -> None:
    with transaction():
        store = reread(shop.store)
        for name, value in values.items():
            setattr(store, name, value)


def test_a_received_order_says_until_when_it_will_be_ready(make: Make, phone: Phone) -> None:
    text = page(phone, make("received", promised_at=clock.now() + timedelta(minutes=40)))
    assert text.startswith("Ada , your order will be ready by ")
    assert "We have it and start soon." in text
    assert "I’m on my way" in text


def test_the_code_is_shown_only_when_the_order_is_ready(make: Make, phone: Phone) -> None:
    early, ready = make("picked", promised_at=clock.now() + timedelta(hours=1)), make()
    for order, shown in ((early, False), (ready, True)):
        answer = phone.open_link(order_token(order))
        code = pickup_code(order) or ""
        assert (code[:3] in text_of(answer)) is shown
        assert ('class="qr"' in answer.text) is shown


def test_picking_is_counted_in_pieces(make: Make, phone: Phone) -> None:
    order = make("received", promised_at=clock.now() + timedelta(hours=1))
    with transaction():
        pick_pieces(reread(tasks_of(order)[1]), pieces=2, by=SYSTEM)
    assert "We are picking it now, 2 of 3 pieces." in page(phone, order)


def test_a_late_order_says_sorry(make: Make, phone: Phone) -> None:
    text = page(phone, make("picked", promised_at=clock.now() - timedelta(minutes=5)))
    assert text.startswith("Your order takes a little longer. We wanted to be ready at ")


def test_a_ready_order_says_how_many_bags_and_until_when(make: Make, phone: Phone) -> None:
    text = page(phone, make())
    assert text.startswith("Ada , your order is ready. 1 bag is waiting for you. Please collect it by ")


def test_whom_somebody_goes_to_sees_the_name(make: Make, phone: Phone, shop: Shop) -> None:
    staff = make_staff("bartek", shop.store, name="Bartek Sowa")
    order = make(pickup_method="curbside")
    with transaction():
        check_in(locked(order), kind="here", bay="B4", vehicle="blue Kia Ceed", by=CUSTOMER)
    text = page(phone, order)
    assert text.startswith("We know that you are here. Stay in your car")
    assert "Bay B4 , blue Kia Ceed" in text
    with transaction():
        row = db.session.scalars(db.select(CheckIn).where(CheckIn.order_id == order.id)).one()
        take_check_in(row, by=Actor("staff", staff_id=staff.id))
    text = page(phone, order)
    assert text.startswith("Bartek is bringing your order to bay B4 .")
    assert "Sowa" not in text


def test_who_is_not_there_yet_takes_it_back_and_nobody_is_called(make: Make, phone: Phone) -> None:
    order = make()
    with transaction():
        check_in(locked(order), kind="here", by=CUSTOMER)
    assert "I’m not there yet" in page(phone, order)
    for _ in range(2):
        assert phone.post(f"/p/o/{order.number}/not-here").status_code == 303
    text = page(phone, order)
    assert text.startswith("Ada , your order is ready.")
    assert "I’m not there yet" not in text
    assert waiting_people(fresh(order).store) == []
    assert fresh(order).arrived_at is None
    assert events_of(order).count("order.arrival_taken_back") == 1


def test_the_page_says_when_the_order_last_changed(make: Make, phone: Phone) -> None:
    assert "Last change at " in page(phone, make())


def test_who_comes_too_early_is_told_what_is_left(make: Make, phone: Phone) -> None:
    order = make("received", promised_at=clock.now() + timedelta(hours=1))
    with transaction():
        check_in(locked(order), kind="here", by=CUSTOMER)
    assert "3 pieces are still to be picked" in page(phone, order)


def test_a_collected_order_shows_the_receipt(make: Make, phone: Phone) -> None:
    order = make()
    collect_order(order)
    text = page(phone, order)
    assert text.startswith("You have collected your order. Everything was handed over at ")
    assert "2 × Mug" in text
    assert "Total 20.00 PLN" in text
    assert "Return something" in text


def test_a_gift_shows_no_prices(make: Make, phone: Phone) -> None:
    order = make(gift=True)
    assert "This is a gift." in page(phone, order)
    collect_order(order)
    assert "PLN" not in page(phone, order)


def test_a_partly_collected_order_counts(make: Make, phone: Phone) -> None:
    order = make()
    collect_order(order, {"1": 1})
    with transaction():
        cancel_order(locked(order), reason="x", by=SYSTEM)
    text = page(phone, order)
    assert "1 of 3 pieces were handed over at " in text
    assert "2 × Mug 2 pieces were cancelled" in text
    assert "10.00 PLN will be paid back to you." in text
    assert "Total 10.00 PLN" in text


def test_a_cancelled_order_speaks_of_the_money(make: Make, phone: Phone) -> None:
    order = make()
    with transaction():
        cancel_order(locked(order), reason="x", by=SYSTEM)
    assert "20.00 PLN will be paid back to you." in page(phone, order)
    for state, words in (
        ("requested", "20.00 PLN is being paid back to you."),
        ("failed", "Paying back 20.00 PLN has not worked."),
        ("confirmed", "20.00 PLN has been paid back to you."),
    ):
        with transaction():
            report_refund(locked(order), state=state, reference=state, by=SYSTEM)
        assert words in page(phone, order)


def test_an_unpaid_order_that_was_cancelled_has_nothing_to_pay(make: Make, phone: Phone) -> None:
    order = make(payment_state="due", payment_due_minor=2000)
    assert "20.00 PLN to pay when you collect." in page(phone, order)
    with transaction():
        cancel_order(locked(order), reason="x", by=SYSTEM)
    assert "There is nothing to pay." in page(phone, order)


def test_a_failed_payment_hides_the_code(make: Make, phone: Phone) -> None:
    order = make()
    with transaction():
        locked(order).payment_state = "void"
    assert "The payment has failed." in page(phone, order)
    assert "say this code" not in page(phone, order)


def test_an_expired_order_says_what_to_do(make: Make, phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    order = make()
    with transaction():
        expire_due_orders((order.hold_until or clock.now()) + timedelta(minutes=1))
    text = page(phone, order)
    assert text.startswith("Nobody collected your order in time.")
    assert "please order it again" in text


def test_a_closed_door_is_told_before_somebody_drives(
    make: Make, phone: Phone, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = make()
    days = {day: [["09:00", "21:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    change_store(shop, hours=days)
    set_clock(monkeypatch, "2026-11-21T22:30:00+01:00")
    text = page(phone, order)
    assert "The store is closed now. It opens tomorrow at 09:00." in text
    assert "I’m on my way" not in text
    set_clock(monkeypatch, "2026-11-21T15:30:00+01:00")
    assert "Open today until 21:00" in page(phone, order)


def test_a_store_that_never_closes_says_so(make: Make, phone: Phone) -> None:
    assert "Open around the clock" in page(phone, make())


def test_a_paused_store_does_not_frighten(make: Make, phone: Phone, shop: Shop) -> None:
    order = make()
    change_store(shop, paused_at=clock.now(), pause_reason="flood")
    text = page(phone, order)
    assert "takes no new orders at the moment. Yours is not affected." in text
    assert "flood" not in text


def test_goods_for_grown_ups_ask_for_an_id(make: Make, phone: Phone, shop: Shop) -> None:
    with transaction():
        reread(shop.mug).min_age = 18
    assert "Please bring an ID. Whoever collects must be 18 or older." in page(phone, make())


def test_the_collector_has_a_code_of_their_own(make: Make, phone: Phone) -> None:
    order = make()
    with transaction():
        set_collector(locked(order), {"name": "Piotr Nowak"}, by=CUSTOMER)
    text = page(phone, order)
    code = pickup_code(order, "collector") or ""
    assert f"{code[:3]}\N{NO-BREAK SPACE}{code[3:]}".replace("\N{NO-BREAK SPACE}", " ") in text
    assert "Piotr Nowak may collect it, too." in text.replace(" may", " may")


def test_stored_text_is_inert(make: Make, phone: Phone, shop: Shop) -> None:
    evil = "<script>alert(1)</script>\u202e<img src=x hx-get=/p/>"
    with transaction():
        reread(shop.mug).name = evil
    order = make(contact={"name": evil, "vehicle": evil, "collector_name": evil})
    answer = phone.open_link(order_token(order))
    assert "<script>alert" not in answer.text
    assert "<img src=x" not in answer.text
    assert re.search(r"<bdi>[^<]*&lt;script&gt;", answer.text)
    assert_valid(answer)


def test_a_poll_is_answered_with_304_until_something_changes(make: Make, phone: Phone) -> None:
    order = make()
    first = phone.open_link(order_token(order))
    tag = first.headers["ETag"]
    same = phone.get(f"/p/o/{order.number}", **{"If-None-Match": tag})
    assert (same.status_code, same.data) == (304, b"")
    assert same.headers["Cache-Control"] == "no-store"
    with transaction():
        check_in(locked(order), kind="on_my_way", by=CUSTOMER)
    changed = phone.get(f"/p/o/{order.number}", **{"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


def test_the_way_opens_the_map_that_the_phone_has(make: Make, phone: Phone, shop: Shop) -> None:
    change_store(shop, latitude=52.2297, longitude=21.0122)
    order = make()
    phone.open_link(order_token(order))
    for browser, link in (("iPhone", "maps:?daddr=52.22970,21.01220"), ("Android", "geo:52.22970,21.01220?q=")):
        assert link in phone.get(f"/p/o/{order.number}", **{"User-Agent": f"Mozilla/5.0 ({browser})"}).text


def test_the_page_and_all_that_it_loads_are_small(app: OpenAPI, make: Make, phone: Phone) -> None:
    order = make(contact={"language": "pl"})
    answer = phone.open_link(order_token(order))
    size = len(answer.data)
    for path in set(re.findall(r'(?:src|href)="(/static/[^"]+)"', answer.text)):
        size += len(phone.get(path.replace("&amp;", "&")).data)
    assert size <= 60_000


def test_an_order_without_a_name_is_spoken_to_all_the_same(make: Make, phone: Phone) -> None:
    order = make(contact={"name": None})
    assert page(phone, order).startswith("Your order is ready.")
    assert fresh(order).contact.name is None
