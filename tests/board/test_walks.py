"""The walk as the tablet gets it, and what a scan is compared with."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from omni_pickup import clock
from omni_pickup.models import db, transaction
from omni_pickup.models.events import Event
from omni_pickup.models.items import Item, ItemGtin
from omni_pickup.models.orders import Question
from omni_pickup.models.picking import PickTask, ShortPickReason, Wave
from tests.board.floors import far_tablet, on_floor, second_tablet, signed_in
from tests.board.test_actions import send
from tests.builders import make_item, make_stock
from tests.sites import Browser, Site

RED_M, RED_L, BLUE_M = "05901234123457", "04006381333931", "05900000000022"


def make_shirt(store: Any, sku: str, gtin: str, size: str, colour: str, **values: Any) -> Item:
    item = make_item(sku, name="Merino jumper", attributes={"size": size, "colour": colour}, **values)
    with transaction():
        db.session.add(ItemGtin(gtin=gtin, printed=gtin[1:], item_id=item.id))
    make_stock(store, item, 5)
    return item


@pytest.fixture
def tablet(site: Site) -> Browser:
    """Ania's tablet, with two red jumpers of size M to pick for one order and a mug for another."""
    with on_floor(site) as floor:
        red = make_shirt(floor.store, "RED-M", RED_M, "M", "red")
        make_shirt(floor.store, "RED-L", RED_L, "L", "red")
        make_shirt(floor.store, "BLUE-M", BLUE_M, "M", "blue")
        floor.queued(2, item=red, promised_at=clock.now() + timedelta(minutes=20, seconds=30))
        floor.queued(1, promised_at=clock.now() + timedelta(minutes=50))
    return signed_in(site)


@pytest.fixture
def path(tablet: Browser) -> str:
    """The path of the walk over both orders."""
    return str(send(tablet, action_id="w", kind="release_wave", size=6).json["go"])


def task_of(site: Site, sku: str) -> str:
    with site.app.app_context():
        tasks = db.session.scalars(db.select(PickTask)).unique()
        return next(task.public_id for task in tasks if task.order_line.item.sku == sku)


def compare(tablet: Browser, site: Site, path: str, text: str) -> Any:
    return tablet.get(f"{path}/stops/{task_of(site, 'RED-M')}/scan?text={quote(text)}")


def test_a_stop_says_where_what_which_tote_and_how_many(tablet: Browser, path: str) -> None:
    page = tablet.get(path).text
    for words in (
        "Merino jumper",
        ">M<",
        ">red<",
        "…<b",
        "3457",
        "×2",
        "0 in tote",
        "Got it",
        "Can’t find",
        "in 20 min",
    ):
        assert words in page
    assert page.count('class="stop current"') == 1


def test_a_stop_names_no_customer_no_price_and_no_order(site: Site, tablet: Browser, path: str) -> None:
    page = tablet.get(path).text
    stops = page[page.index('<article class="stop') : page.index('class="walk-list')]
    with site.app.app_context():
        order = db.session.scalars(db.select(PickTask)).unique().first().order_line.order
        unwanted = (order.number, order.number[-4:], "PLN", order.contact.name or "Nobody")
    assert [words for words in unwanted if f">{words}<" in stops] == []


@pytest.mark.parametrize(
    ("scanned", "headline"),
    [
        (RED_L[1:], "Wrong size: L, not M"),
        (BLUE_M[1:], "Wrong colour: blue, not red"),
        ("MUG", "Wrong item"),
        ("4711", "Unknown barcode"),
        ("bag_xyz", "Unknown barcode"),
    ],
)
def test_a_wrong_scan_is_named_by_its_difference(
    site: Site, tablet: Browser, path: str, scanned: str, headline: str
) -> None:
    events = site.count(Event)
    answer = compare(tablet, site, path, scanned)
    assert answer.status_code == 200
    assert headline in answer.text
    assert "Nothing was changed" in answer.text
    assert site.count(Event) == events


@pytest.mark.parametrize("scanned", [RED_M[1:], RED_M, "RED-M", f"]C101{RED_M}", f"01{RED_M}"])
def test_the_right_piece_is_right_however_it_is_read(site: Site, tablet: Browser, path: str, scanned: str) -> None:
    assert compare(tablet, site, path, scanned).status_code == 204


def test_what_somebody_scanned_is_never_read_as_markup(site: Site, tablet: Browser, path: str) -> None:
    assert "<script>x" not in compare(tablet, site, path, "<script>x").text


def test_a_piece_counts_once_however_often_it_is_sent(site: Site, tablet: Browser, path: str) -> None:
    task = task_of(site, "RED-M")
    for _ in range(2):
        answer = send(tablet, action_id="p1", kind="pick", task=task, pieces=1, expected=0, scanned=RED_M[1:])
        assert answer.json["result"]["task"]["picked"] == 1
    assert "1 in tote" in tablet.get(path).text


def test_the_server_compares_again(site: Site, tablet: Browser, path: str) -> None:
    refused = send(tablet, action_id="p", kind="pick", task=task_of(site, "RED-M"), pieces=1, scanned=RED_L[1:])
    assert (refused.status_code, refused.json["detail"]) == (409, "Wrong size: L, not M.")
    assert site.count(PickTask, PickTask.picked > 0) == 0


def test_locked_goods_ask_for_the_keyholder(site: Site) -> None:
    with on_floor(site) as floor:
        knife = make_shirt(floor.store, "KNIFE", RED_M, "M", "red", handling=["locked"])
        floor.queued(1, item=knife)
    tablet = signed_in(site)
    page = tablet.get(send(tablet, action_id="w", kind="release_wave", size=6).json["go"]).text
    assert "Ask the keyholder" in page
    assert "Locked" in page
    assert send(tablet, action_id="a", kind="pick", task=task_of(site, "KNIFE"), pieces=1).status_code == 409


def test_a_short_pick_asks_the_customer_and_another_piece_can_be_offered_by_scan(
    site: Site, tablet: Browser, path: str
) -> None:
    task = task_of(site, "RED-M")
    answer = send(tablet, action_id="s", kind="short", task=task, pieces=1, reason="damaged")
    assert answer.json["says"] == "Noted. The customer is asked."
    assert answer.json["undo"]["kind"] == "undo_short"
    page = tablet.get(path).text
    assert "The customer is asked about 1." in page
    with site.app.app_context():
        question = db.session.scalars(db.select(Question)).one().public_id
    assert f'data-offer="{question}"' in page
    offered = send(tablet, action_id="o", kind="propose", question=question, scanned=BLUE_M[1:])
    assert offered.json["says"] == "Offered to the customer."
    with site.app.app_context():
        assert db.session.scalars(db.select(Question)).one().options[0]["sku"] == "BLUE-M"


def test_a_substitute_that_nobody_knows_is_refused(site: Site, tablet: Browser, path: str) -> None:
    send(tablet, action_id="s", kind="short", task=task_of(site, "RED-M"), pieces=1, reason="damaged")
    with site.app.app_context():
        question = db.session.scalars(db.select(Question)).one().public_id
    assert send(tablet, action_id="o", kind="propose", question=question, scanned="4711").status_code == 404


def test_a_piece_put_off_says_so_and_asks_nobody(site: Site, tablet: Browser, path: str) -> None:
    answer = send(tablet, action_id="s", kind="short", task=task_of(site, "RED-M"), pieces=2, reason="pick_later")
    assert answer.json["says"].startswith("Put off.")
    assert answer.json["undo"] is None
    assert site.count(Question) == 0
    assert "Merino jumper" not in tablet.get(path).text


def test_the_owners_reasons_are_offered_and_ended_ones_are_not(site: Site, tablet: Browser, path: str) -> None:
    with site.app.app_context(), transaction():
        db.session.add(ShortPickReason(code="mouldy", acts_as="damaged", label={"en": "Mouldy"}, position=1))
        db.session.add(ShortPickReason(code="display", acts_as="display", label={"en": "x"}, active=False))
    page = tablet.get(path).text
    assert "Mouldy" in page
    assert "Not on the shelf" in page
    assert "Only the display piece" not in page


def test_somebody_elses_walk_can_be_looked_at_and_taken_over(site: Site, tablet: Browser, path: str) -> None:
    other = second_tablet(site)
    page = other.get(path).text
    assert "Ania is on this walk" in page
    assert "Got it" not in page
    send(other, action_id="t", kind="take_over_wave", wave=path.rpartition("/")[2])
    assert "Bartek is on this walk" in tablet.get(path).text
    assert "Got it" in other.get(path).text


def test_a_paused_walk_keeps_its_place(tablet: Browser, path: str) -> None:
    send(tablet, action_id="x", kind="pause_wave", wave=path.rpartition("/")[2])
    page = tablet.get(path).text
    assert "Your place is kept" in page
    assert "Go on" in page


def test_an_order_is_pulled_out_of_the_walk(site: Site, tablet: Browser, path: str) -> None:
    with site.app.app_context():
        tasks = db.session.scalars(db.select(PickTask)).unique()
        order = next(task.order_line.order.public_id for task in tasks if task.order_line.item.sku == "RED-M")
    answer = send(tablet, action_id="x", kind="pull_out", wave=path.rpartition("/")[2], order=order)
    assert answer.json["says"].startswith("Pulled out.")
    page = tablet.get(path).text
    assert "Merino jumper" not in page
    assert "Blue mug" in page


def test_the_end_of_the_walk_counts_and_leads_to_the_bags(site: Site, tablet: Browser, path: str) -> None:
    send(tablet, action_id="1", kind="pick", task=task_of(site, "RED-M"), pieces=2)
    send(tablet, action_id="2", kind="short", task=task_of(site, "MUG"), pieces=1, reason="not_found")
    page = tablet.get(path).text
    for words in ("All stops done", "not found", "Customer is asked", "Bag and stage"):
        assert words in page
    assert "well done" not in page
    wave = path.rpartition("/")[2]
    answer = send(tablet, action_id="3", kind="finish_wave", wave=wave)
    assert answer.json["go"] == f"/board/staging?wave={wave}"
    assert site.count(Wave, Wave.state == "finished") == 1
    assert f'href="/board/staging?wave={wave}"' in tablet.get(path).text


def test_what_did_not_change_is_not_sent_again(tablet: Browser, path: str) -> None:
    first = tablet.get(path, **{"HX-Request": "true"})
    again = tablet.get(path, **{"HX-Request": "true", "If-None-Match": first.headers["ETag"]})
    assert "<html" not in first.text
    assert (first.status_code, again.status_code) == (200, 304)


def test_another_stores_walk_is_not_there(site: Site, tablet: Browser, path: str) -> None:
    far = far_tablet(site)
    assert far.get(path).status_code == 404
    assert compare(far, site, path, "x").status_code == 404


def test_a_promise_that_has_passed_is_told_in_words(site: Site) -> None:
    with on_floor(site) as floor:
        floor.queued(promised_at=clock.now() - timedelta(minutes=7, seconds=30))
    tablet = signed_in(site)
    page = tablet.get(send(tablet, action_id="w", kind="release_wave", size=6).json["go"]).text
    assert "first promise 8 min late" in page
    assert "sla-late" in page


def test_the_walk_goes_on_to_what_was_left_behind_and_counts_what_is_done(tablet: Browser, path: str) -> None:
    first, last = re.findall(r'data-stop="([^"]+)"', tablet.get(path).text)
    assert "Last stop of this walk" not in tablet.get(path).text
    pieces = int(re.findall(r'data-left="(\d+)"', tablet.get(path).text)[-1])
    assert send(tablet, action_id="p", kind="pick", task=last, pieces=pieces, expected=0).status_code == 200
    page = tablet.get(path).text
    cards = dict(re.findall(r'data-stop="([^"]+)"(.*?)</article>', page, re.DOTALL))
    assert "1 of 2 done" in page
    assert "Last stop of this walk" in cards[first]
    assert "Next" in cards[last]
