"""Correcting stock from the office."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from omni_pickup import clock
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.items import Item
from omni_pickup.models.picking import FloorTask
from omni_pickup.models.stock import StockCount, StockLevel
from omni_pickup.models.stores import Store
from omni_pickup.models.transfers import Transfer
from omni_pickup.queries.stock.items import get_item
from omni_pickup.services.picking.short_picks import short_pick
from omni_pickup.services.stock.items import put_item
from tests.builders import make_client
from tests.floor import make_queued, reread, tasks_of
from tests.office.days import make_day, read, signed_in, state_of
from tests.sites import Browser, Site

STOCK = "/office/WAW-01/stock"
ITEM = f"{STOCK}/item?sku=MUG"


def _level(site: Site) -> StockLevel:
    mug = read(site, Item, Item.sku == "MUG")
    level = read(site, StockLevel, StockLevel.item_id == mug.id, StockLevel.store_id == site.ids.store)
    assert isinstance(level, StockLevel)
    return level


def _count(browser: Browser, pieces: str, **more: str) -> str:
    answer = browser.post(f"{STOCK}/count", {"sku": "MUG", "counted": pieces, **more})
    assert answer.status_code == 303
    return browser.get(answer.location).text


@pytest.mark.parametrize("text", ["MUG", "4006381333931", "blue mug", "mu"])
def test_an_item_is_found_by_sku_barcode_and_words_of_its_name(site: Site, text: str) -> None:
    make_day(site)
    with site.app.app_context(), transaction():
        put_item("MUG", {"name": "Blue mug", "gtins": ["4006381333931"]}, by=SYSTEM)
    assert signed_in(site).get(f"{STOCK}?q={text}").location.endswith("item?sku=MUG")


def test_a_word_that_many_items_share_lists_them(site: Site) -> None:
    make_day(site)
    with site.app.app_context(), transaction():
        put_item("MUG-2", {"name": "Green mug"}, by=SYSTEM)
    page = signed_in(site).get(f"{STOCK}?q=mug").text
    assert "Blue mug" in page
    assert "Green mug" in page
    assert "never here" in page
    assert "No item found" in signed_in(site).get(f"{STOCK}?q=%25").text


def test_the_books_are_hidden_until_the_person_has_counted(site: Site) -> None:
    make_day(site)
    browser, on_hand = signed_in(site), _level(site).on_hand
    assert "On hand" not in browser.get(ITEM).text
    assert f">{on_hand}<" not in browser.get(ITEM).text
    page = _count(browser, str(on_hand - 2))
    assert "On hand" in page
    assert "-2" in page
    assert _level(site).on_hand == on_hand - 2
    assert "On hand" not in signed_in(site, "root").get(ITEM).text
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        assert "On hand" not in signed_in(site).get(ITEM).text


def test_a_count_that_is_far_off_waits_for_somebody_else(site: Site) -> None:
    make_day(site)
    before = _level(site).on_hand
    signed_in(site, "root")
    page = _count(signed_in(site), "2")
    assert "somebody else counts it too" in page
    assert "in the books" not in page
    assert _level(site).on_hand == before
    again = signed_in(site).post(f"{STOCK}/count", {"sku": "MUG", "counted": "2"})
    assert again.status_code == 409
    assert "Somebody else has to count this again." in again.text
    _count(signed_in(site, "root"), "2")
    assert _level(site).on_hand == 2


def test_a_count_from_the_task_list_closes_the_task(site: Site) -> None:
    day = make_day(site)
    browser = signed_in(site)
    answer = browser.post(f"{STOCK}/count", {"sku": "JACKET", "counted": "2", "task": day.count})
    assert answer.status_code == 303
    assert read(site, FloorTask, FloorTask.public_id == day.count).state == "done"
    assert read(site, StockCount).task_id is not None


@pytest.mark.parametrize("typed", ["", "-1", "two", "1.5", "٣", "9999999999"])
@pytest.mark.parametrize(("form", "field"), [("count", "counted"), ("found", "pieces"), ("learned", "learned")])
def test_what_is_no_number_of_pieces_is_shown_at_its_field(site: Site, form: str, field: str, typed: str) -> None:
    make_day(site)
    browser, before = signed_in(site), state_of(site)
    answer = browser.post(f"{STOCK}/{form}", {"sku": "MUG", field: typed})
    assert answer.status_code == 422
    assert f'id="{field}-wrong"' in answer.text
    assert state_of(site) == before


def test_found_pieces_raise_on_hand_and_keep_their_place(site: Site) -> None:
    make_day(site)
    before = _level(site).on_hand
    signed_in(site).post(f"{STOCK}/found", {"sku": "MUG", "pieces": "3", "location": "B-09"})
    level = _level(site)
    assert (level.on_hand, level.location) == (before + 3, "B-09")


def test_what_was_learned_is_explained_and_lowered(site: Site) -> None:
    make_day(site)
    browser = signed_in(site)
    assert "3 short picks" in browser.get(ITEM).text
    answer = browser.post(f"{STOCK}/learned", {"sku": "MUG", "learned": "1"})
    assert "now keeps 1 back" in browser.get(answer.location).text
    assert _level(site).learned_safety == 1
    assert browser.post(f"{STOCK}/learned", {"sku": "MUG", "learned": "2"}).status_code == 422
    assert _level(site).learned_safety == 1


def test_another_store_is_asked_for_what_it_has(site: Site) -> None:
    make_day(site)
    browser = signed_in(site)
    assert "Stockholm" in browser.get(ITEM).text
    browser.post(f"{STOCK}/transfer", {"sku": "MUG", "source": "STO-01", "wanted": "2"})
    asked = read(site, Transfer)
    assert (asked.source_store_id, asked.destination_store_id) == (site.ids.other_store, site.ids.store)
    before = state_of(site)
    for pieces, status in (("99", 409), ("0", 422)):
        refused = browser.post(f"{STOCK}/transfer", {"sku": "MUG", "source": "STO-01", "wanted": pieces})
        assert refused.status_code == status
        assert 'id="wanted-wrong"' in refused.text
    assert browser.post(f"{STOCK}/transfer", {"sku": "MUG", "source": "WAW-01", "wanted": "1"}).status_code == 422
    assert state_of(site) == before


def test_an_unknown_item_is_not_found(site: Site) -> None:
    browser = signed_in(site)
    assert browser.get(f"{STOCK}/item?sku=NONE").status_code == 404
    assert browser.post(f"{STOCK}/count", {"sku": "NONE", "counted": "1"}).status_code == 404


# --- the list of counts ---------------------------------------------------------------------------------------


def test_the_manager_sees_how_far_the_books_were_off_in_pieces_and_money(site: Site) -> None:
    make_day(site)
    on_hand = _level(site).on_hand
    _count(signed_in(site), str(on_hand - 2))
    page = signed_in(site).get("/office/WAW-01/counts").text
    assert "Blue mug" in page
    assert "Mona" in page
    assert ">-2<" in page
    assert "-20.00\N{NO-BREAK SPACE}PLN" in page
    assert "the books follow" in page


def test_what_waits_for_a_second_count_shows_no_figures(site: Site) -> None:
    make_day(site)
    on_hand = _level(site).on_hand
    root = signed_in(site, "root")
    _count(signed_in(site), "2")
    page = root.get("/office/WAW-01/counts").text
    assert "waits for a second count" in page
    assert f">{on_hand}<" not in page
    assert f">{2 - on_hand}<" not in page
    _count(root, "3")
    page = root.get("/office/WAW-01/counts").text
    assert "counted again" in page
    assert f">{3 - on_hand}<" in page


def test_an_empty_list_says_so(site: Site) -> None:
    make_day(site)
    assert "Nobody has counted yet" in signed_in(site).get("/office/WAW-01/counts").text


def test_an_admin_changes_the_rule_and_a_manager_reads_it(site: Site) -> None:
    make_day(site)
    root = signed_in(site, "root")
    answer = root.post("/office/WAW-01/counts/rule", {"pieces": "1", "value": "15", "another": "yes"})
    assert "doubted by this rule" in root.get(answer.location).text
    page = signed_in(site).get("/office/WAW-01/counts").text
    assert "off by more than 1 pieces" in page
    assert "more than 15 in money" in page
    assert "somebody else counts it too" in _count(signed_in(site), str(_level(site).on_hand - 2))


@pytest.mark.parametrize("typed", [{"pieces": "x"}, {"pieces": "4", "value": "-1"}, {"pieces": "99999999"}])
def test_an_impossible_rule_is_refused(site: Site, typed: dict[str, str]) -> None:
    make_day(site)
    root, before = signed_in(site, "root"), state_of(site)
    assert root.post("/office/WAW-01/counts/rule", typed).status_code == 422
    assert state_of(site) == before


# --- why pieces are kept back ---------------------------------------------------------------------------------


def test_the_misses_behind_what_was_learned_are_listed(site: Site) -> None:
    make_day(site)
    with site.app.app_context():
        store = db.session.get_one(Store, site.ids.store)
        mug, client = get_item("MUG"), make_client("Telephone")
        for order in [make_queued(store, client, [(mug, 1)]) for _ in range(3)]:
            with transaction():
                short_pick(reread(tasks_of(order)[0]), pieces=1, reason="mismatch", by=SYSTEM)
        db.session.remove()
    page = signed_in(site).get(ITEM).text
    assert page.count(": 1 missed") == 3
    assert "3 short picks in 30 days" in page
