"""The order sheet."""

from __future__ import annotations

from datetime import timedelta

import pytest

from omni_pickup import clock
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM, Actor
from omni_pickup.models.staff import Device, Staff
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.services.orders.order_cancels import cancel_order
from omni_pickup.services.picking.picks import pick_pieces
from omni_pickup.services.picking.waves import pick_order_now
from tests.board.floors import far_tablet, on_floor, signed_in
from tests.board.test_actions import send
from tests.builders import collect_order
from tests.floor import make_picked, reread, tasks_of
from tests.sites import Site

SOON = timedelta(minutes=45)


def test_an_order_that_nobody_began_says_when_it_will_be_ready(site: Site) -> None:
    with on_floor(site) as floor:
        number = floor.queued(2, promised_at=clock.now() + timedelta(days=2), contact={"name": "Anna Nowak"}).number
    page = signed_in(site).get(f"/board/orders/{number}").text
    assert "Not started yet, 2 pieces, ready by" in page
    assert f"{number[-4:]} NOW" in page


def test_a_promise_that_is_over_is_not_read_out_as_one_to_come(site: Site) -> None:
    with on_floor(site) as floor:
        number = floor.queued(1, promised_at=clock.now() - timedelta(minutes=20)).number
    page = signed_in(site).get(f"/board/orders/{number}").text
    assert "Not started yet, 1 piece, late: it should have been ready by" in page
    assert ", ready by" not in page


def test_an_order_being_picked_says_how_far_it_is_and_who_has_it(site: Site) -> None:
    with on_floor(site) as floor:
        order = floor.queued(3)
        with transaction():
            picker = db.session.scalars(db.select(Staff).where(Staff.login == "bartek")).one()
            pick_order_now(get_order_by_key(order.id), picker=picker, by=SYSTEM)
        (task,) = tasks_of(order)
        with transaction():
            pick_pieces(reread(task), pieces=1, by=SYSTEM)
    page = signed_in(site).get(f"/board/orders/{order.number}").text
    assert "Being picked, 1 of 3 pieces, " in page
    assert "Bartek has it in walk" in page
    assert "Take over" in page
    assert "tote A" in page or "next at" in page


def test_a_ready_order_says_where_it_stands_and_how_long(site: Site) -> None:
    with on_floor(site) as floor:
        number = floor.ready(hold_until=clock.now() + timedelta(days=2)).number
    page = signed_in(site).get(f"/board/orders/{number}").text
    assert "Ready, kept until" in page
    assert "Stands at S-01." in page
    assert "Customer is here" in page


def test_a_picked_order_leads_to_staging(site: Site) -> None:
    with on_floor(site) as floor:
        order = make_picked(floor.store, floor.client, [(floor.mug, 1)])
    page = signed_in(site).get(f"/board/orders/{order.number}").text
    assert "Picked and being bagged" in page
    assert f"/board/staging/{order.public_id}" in page


def test_a_cancelled_and_a_collected_order_offer_no_cancelling(site: Site) -> None:
    with on_floor(site) as floor:
        cancelled, collected = floor.queued(), floor.queued()
        with transaction():
            cancel_order(get_order_by_key(cancelled.id), reason="customer", by=SYSTEM)
        collect_order(collected)
    tablet = signed_in(site)
    for order, words in ((cancelled, "Cancelled "), (collected, "Collected ")):
        page = tablet.get(f"/board/orders/{order.number}").text
        assert words in page
        assert 'data-opens="cancel"' not in page


def test_the_customers_data_is_shown_only_when_asked_for(site: Site) -> None:
    with on_floor(site) as floor:
        number = floor.queued(
            contact={"name": "Anna Nowak", "phone": "+48600100200", "email": "anna@example.com"}
        ).number
    tablet = signed_in(site)
    page = tablet.get(f"/board/orders/{number}").text
    for secret in ("Anna", "+48600100200", "anna@example.com"):
        assert secret not in page
    contact = tablet.get(f"/board/orders/{number}/contact").text
    for shown in ("Anna Nowak", "+48600100200", "anna@example.com"):
        assert shown in contact


def test_notes_flags_and_payment_stand_on_the_sheet(site: Site) -> None:
    with on_floor(site) as floor:
        order = floor.queued(
            payment_state="due",
            payment_due_minor=84600,
            gift=True,
            contact={"note": "Ring <twice>", "store_note": "Torn box"},
        )
    page = signed_in(site).get(f"/board/orders/{order.number}").text
    for words in ("846.00", "Gift", "Ring &lt;twice&gt;", "Torn box"):
        assert words in page


def test_history_names_person_and_tablet(site: Site) -> None:
    with on_floor(site) as floor:
        order = floor.queued()
        person = db.session.scalars(db.select(Staff).where(Staff.login == "ania")).one()
        device = db.session.scalars(db.select(Device).where(Device.store_id == site.ids.store)).one()
        with transaction():
            by = Actor("staff", staff_id=person.id, device_id=device.id)
            cancel_order(get_order_by_key(order.id), reason="customer", by=by)
    page = signed_in(site).get(f"/board/orders/{order.number}").text
    assert "Ania, Counter 1" in page


def test_the_live_answer_brings_the_buttons_along(site: Site) -> None:
    with on_floor(site) as floor:
        number = floor.queued().number
    fragment = signed_in(site).get(f"/board/orders/{number}", **{"HX-Request": "true"}).text
    assert fragment.count('hx-swap-oob="morph"') == 1
    assert "<html" not in fragment


@pytest.mark.parametrize("number", ["100999", "0", "x", "١٠٠٠٠١", "9" * 40])
def test_an_unknown_number_is_not_found(site: Site, number: str) -> None:
    assert signed_in(site).get(f"/board/orders/{number}").status_code == 404


def test_an_order_of_another_store_is_not_found(site: Site) -> None:
    with on_floor(site) as floor:
        number = floor.queued().number
    other = far_tablet(site)
    assert other.get(f"/board/orders/{number}").status_code == 404
    assert other.get(f"/board/orders/{number}/contact").status_code == 404


def test_the_return_of_a_collected_order_begins_at_its_sheet(site: Site) -> None:
    with on_floor(site) as floor:
        order = floor.queued()
        collect_order(order)
    tablet, path = signed_in(site), f"/board/orders/{order.number}"
    assert 'data-action="open_walk_in"' in tablet.get(path).text
    opened = send(tablet, action_id="r", kind="open_walk_in", order=order.public_id)
    page = tablet.get(path).text
    assert f'href="{opened.json["go"]}"' in page
    assert 'data-action="open_walk_in"' not in page
