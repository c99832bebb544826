"""The board as the tablet gets it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine

from omni_pickup import clock
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.stores import Store
from omni_pickup.services.stores.stores import pause_store
from tests.board.floors import far_tablet, on_floor, second_tablet, signed_in
from tests.board.test_actions import send
from tests.floor import make_picked
from tests.sites import Site

HTMX = {"HX-Request": "true", "X-Background": "1"}


def test_an_empty_board_says_that_all_is_done(site: Site) -> None:
    page = signed_in(site).get("/board/").text
    for words in ("Nobody is waiting", "All picked, well done", "Nobody is on the way", "Start shift"):
        assert words in page


def test_an_order_stands_with_its_code_promise_name_pieces_and_flags(site: Site) -> None:
    with on_floor(site) as floor:
        order = floor.queued(
            3, promised_at=clock.now() + timedelta(minutes=12, seconds=30), gift=True, contact={"name": "Anna Nowak"}
        )
        number = order.number
    page = signed_in(site).get("/board/").text
    for words in (number[-4:], "12 min", "Nowak A.", "3 pieces", "Gift", "Next 30 min", "Pick next 1"):
        assert words in page
    assert f'href="/board/orders/{number}"' in page


def test_at_most_two_flags_are_shown_and_the_rest_is_counted(site: Site) -> None:
    with on_floor(site) as floor:
        floor.queued(gift=True, payment_state="due", payment_due_minor=500, contact={"note": "Ring twice"})
    page = signed_in(site).get("/board/").text
    assert page.index("Due</span>") < page.index("Gift</span>")
    assert "+1<span" in page


def test_who_is_here_waits_with_a_clock_and_a_button(site: Site) -> None:
    with on_floor(site) as floor:
        order = floor.ready(contact={"name": "Zofia Lewandowska", "vehicle": "Red Volvo"})
        floor.arrive(order)
    page = signed_in(site).get("/board/").text
    for words in ("Lewandowska Z.", "Red Volvo", "data-since=", "I’ll take it"):
        assert words in page


def test_who_came_before_the_order_is_ready_can_be_picked_for_now(site: Site) -> None:
    with on_floor(site) as floor:
        floor.arrive(floor.queued(2))
    page = signed_in(site).get("/board/").text
    assert "2 left to pick" in page
    assert "Pick now" in page


def test_pick_now_is_offered_also_when_somebody_has_the_order_in_a_walk(site: Site) -> None:
    with on_floor(site) as floor:
        floor.queued()
        order = floor.queued(2)
        floor.arrive(order)
    other, tablet = second_tablet(site), signed_in(site)
    walk = send(other, action_id="w", kind="release_wave", size=6).json["result"]["wave"]["id"]
    page = tablet.get("/board/").text
    assert "2 left to pick, Bartek" in page
    assert "I’ll take it" not in page
    taken = send(tablet, action_id="n", kind="pick_now", order=order.public_id, out_of=walk)
    assert taken.status_code == 200
    assert 'data-gone="Ania took over tote ' in other.get(f"/board/waves/{walk}").text
    assert "Ania is going" in other.get("/board/").text


def test_who_waits_for_what_is_picked_leads_to_the_bags(site: Site) -> None:
    with on_floor(site) as floor:
        order = make_picked(floor.store, floor.client, [(floor.mug, 1)])
        floor.arrive(order)
    taken = send(signed_in(site), action_id="t", kind="take", order=order.public_id)
    assert taken.json["go"] == f"/board/staging/{order.public_id}"


@pytest.mark.parametrize(("seconds", "age"), [(60, ""), (125, "risk"), (200, "late")])
def test_the_wait_turns_amber_after_two_and_red_after_three_minutes(site: Site, seconds: int, age: str) -> None:
    with on_floor(site) as floor:
        floor.arrive(floor.ready())
    with time_machine.travel(clock.now() + timedelta(seconds=seconds), tick=False):
        assert f'data-age="{age}"' in signed_in(site).get("/board/").text


def test_the_fragment_is_the_boards_own_part_of_the_page(site: Site) -> None:
    tablet = signed_in(site)
    fragment = tablet.get("/board/", **HTMX)
    assert fragment.text.lstrip().startswith('<div class="board" id="board-WAW-01"')
    assert "<html" not in fragment.text
    assert "HX-Request" in fragment.headers["Vary"]


def test_nothing_new_is_a_bare_304_until_something_happens_or_a_minute_passes(site: Site) -> None:
    tablet = signed_in(site)
    begin = clock.now().replace(second=1)
    with time_machine.travel(begin, tick=False):
        tag = tablet.get("/board/", **HTMX).headers["ETag"]
        again = tablet.get("/board/", **HTMX, **{"If-None-Match": tag})
        assert (again.status_code, again.data) == (304, b"")
        with on_floor(site) as floor:
            floor.arrive(floor.queued())
        changed = tablet.get("/board/", **HTMX, **{"If-None-Match": tag})
        assert changed.status_code == 200
        tag = changed.headers["ETag"]
    with time_machine.travel(begin + timedelta(minutes=1), tick=False):
        assert tablet.get("/board/", **HTMX, **{"If-None-Match": tag}).status_code == 200


def test_another_person_gets_another_tag(site: Site) -> None:
    with time_machine.travel(clock.now().replace(second=1), tick=False):
        tag = signed_in(site).get("/board/", **HTMX).headers["ETag"]
        assert signed_in(site, "bartek").get("/board/", **HTMX, **{"If-None-Match": tag}).status_code == 200


def test_orders_of_another_store_are_not_on_this_board(site: Site) -> None:
    with on_floor(site) as floor:
        floor.queued(contact={"name": "Anna Nowak"})
    other = far_tablet(site)
    assert "Nowak" not in other.get("/board/").text


def test_what_is_to_do_is_counted_and_a_zero_stays_in_its_place(site: Site) -> None:
    page = signed_in(site).get("/board/").text
    for words in ("Returns", "Bag and stage", "Put back", "Count", "Search", "Answers", "Transfers"):
        assert words in page


def test_late_orders_that_are_picked_are_called_late_beside_what_is_to_stage(site: Site) -> None:
    with on_floor(site) as floor:
        for minutes in (-20, -5, 60):
            promised = clock.now() + timedelta(minutes=minutes)
            make_picked(floor.store, floor.client, [(floor.mug, 1)], promised_at=promised)
    page = signed_in(site).get("/board/").text
    assert "2 late</span>" in page
    assert "2 picked orders are late for their shelf." in page


def test_an_order_due_this_minute_is_due_now(site: Site) -> None:
    with on_floor(site) as floor:
        floor.queued(promised_at=clock.now() + timedelta(seconds=50))
    assert re.search(r'<b class="t-name figures">now</b>', signed_in(site).get("/board/").text)


def test_the_page_tells_scripts_where_things_are_and_what_time_it_is(site: Site) -> None:
    page = signed_in(site).get("/board/").text
    for words in ("/board/live", "/board/actions", "/board/find", "Europe/Warsaw"):
        assert words in page
    assert "onclick" not in page
    assert "<style" not in page


def test_a_pause_is_told_where_the_store_stands(site: Site) -> None:
    assert "New pickups are paused" not in signed_in(site).get("/board/").text
    with on_floor(site) as floor, transaction():
        pause_store(db.session.get_one(Store, floor.store.id), until=None, reason="flood", by=SYSTEM)
    assert "New pickups are paused" in signed_in(site).get("/board/").text
