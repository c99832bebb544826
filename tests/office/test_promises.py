"""The page about promises: what was kept, what they are counted from, and the figures that a manager sets."""

from __future__ import annotations

from datetime import timedelta

from omni_pickup import clock
from omni_pickup.models import db, transaction
from omni_pickup.models.events import Event
from omni_pickup.models.orders import Order
from omni_pickup.models.paces import StorePace
from omni_pickup.models.stores import Store
from tests.builders import make_client, make_item, make_order, make_stock
from tests.office.days import read, signed_in, state_of
from tests.sites import Site

HERE = "/office/WAW-01/promises"
FIGURES = {"prep_minutes": "60", "pickers": "1", "pace_per_hour": "60", "cut_off": "", "slot_unit": "orders"}


def store_of(site: Site) -> Store:
    store = read(site, Store, Store.id == site.ids.store)
    assert isinstance(store, Store)
    return store


def make_past(site: Site) -> None:
    """Three promises of yesterday, two of them kept, and a pace that was measured."""
    with site.app.app_context():
        store, item, at = db.session.get_one(Store, site.ids.store), make_item("A"), clock.now() - timedelta(days=1)
        make_stock(store, item, 10)
        for late in (-20, -10, 30):
            order = make_order(store, make_client(), [(item, 1)], promised_at=at, first_promised_at=at)
            with transaction():
                row = db.session.get_one(Order, order.id)
                row.state, row.ready_at = "collected", at + timedelta(minutes=late)
        with transaction():
            pace = {"minutes_per_order": 3.24, "minutes_per_piece": 1.06, "orders": 143, "measured_at": clock.now()}
            hours = {"136": [1.4, 38]}
            db.session.add(StorePace(store_id=store.id, hours=hours, on_shift=1, on_shift_at=clock.now(), **pace))
        db.session.remove()


def test_a_store_without_a_past_says_so_and_shows_its_setting(site: Site) -> None:
    page = signed_in(site).get(HERE).text
    assert "No promise came due since then" in page
    assert "Nothing is measured yet" in page
    assert "This store has no slots" in page
    assert '<svg class="plot"' not in page


def test_the_page_explains_what_was_kept_and_from_how_many_orders_the_pace_is(site: Site) -> None:
    make_past(site)
    page = signed_in(site).get(HERE).text
    assert "67 %" in page
    assert "10 min early" in page
    assert "30 min late" in page
    assert "Measured from 143 orders of the last eight weeks." in page
    assert "3.2 min an order and 1.1 min a piece" in page
    assert "Saturday from 16:00: 1.40 times as long" in page
    assert "1 on shift, 1 planned" in page
    assert '<svg class="plot"' in page


def test_figures_that_are_set_are_what_promises_follow(site: Site) -> None:
    browser = signed_in(site)
    form = {"prep_minutes": "45", "pickers": "4", "pace_per_hour": "90", "cut_off": "9:30", "prep_bulky": "240"}
    slots = {"slot_minutes": "30", "slot_capacity": "12", "slot_unit": "pieces"}
    answer = browser.post(HERE, {**FIGURES, **form, **slots})
    page = browser.get(answer.location).text
    assert "New promises follow them at once" in page
    assert "0 of 12 pieces" in page
    store = store_of(site)
    assert (store.prep_minutes, store.pickers, store.pace_per_hour, store.cut_off) == (45, 4, 90, "09:30")
    assert store.prep_minutes_by_handling == {"bulky": 240}
    assert (store.slot_minutes, store.slot_capacity, store.slot_unit) == (30, 12, "pieces")
    assert site.count(Event, Event.type == "store.changed") == 1
    again = browser.post(HERE, {**FIGURES, **form, **slots})
    assert "Nothing was changed" in browser.get(again.location).text
    assert site.count(Event, Event.type == "store.changed") == 1


def test_empty_fields_take_cut_off_and_slots_away(site: Site) -> None:
    browser = signed_in(site)
    browser.post(HERE, {**FIGURES, "cut_off": "15:00", "slot_minutes": "30", "slot_capacity": "2"})
    browser.post(HERE, FIGURES)
    store = store_of(site)
    assert (store.cut_off, store.slot_minutes, store.slot_capacity) == (None, None, None)


def test_figures_that_make_no_sense_change_nothing(site: Site) -> None:
    browser, before = signed_in(site), state_of(site)
    for wrong in (
        {"prep_minutes": "soon"},
        {"prep_minutes": ""},
        {"pickers": "-1"},
        {"pace_per_hour": "0"},
        {"cut_off": "25:00"},
        {"slot_minutes": "30"},
        {"slot_minutes": "30", "slot_capacity": "0"},
        {"slot_minutes": "1441", "slot_capacity": "5"},
        {"slot_unit": "boxes"},
        {"prep_locked": "a while"},
    ):
        answer = browser.post(HERE, {**FIGURES, **wrong})
        assert answer.status_code == 422, wrong
        assert 'role="alert"' in answer.text
        assert 'aria-invalid="true"' in answer.text or "slot_unit" in wrong
    assert state_of(site) == before


def test_a_measured_pace_is_counted_anew_from_a_new_setting(site: Site) -> None:
    make_past(site)
    signed_in(site).post(HERE, {**FIGURES, "pace_per_hour": "30"})
    # The three orders of the past were never walked, so what was said to be measured is gone.
    assert read(site, StorePace, StorePace.store_id == site.ids.store).orders == 0


def test_an_associate_sees_none_of_it(site: Site) -> None:
    assert signed_in(site, "ania").get(HERE).status_code == 403
