"""Where the one search field leads."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest

from omni_pickup import clock
from omni_pickup.models import db
from omni_pickup.models.packages import Package
from tests.board.floors import far_tablet, on_floor, signed_in
from tests.builders import make_item, make_stock
from tests.sites import Site


def find(site: Site, text: str) -> tuple[str | None, str]:
    """Where `text` leads, or what is shown for it."""
    answer = signed_in(site).get(f"/board/find?q={quote(text)}")
    return answer.location, answer.text


def test_a_number_leads_to_the_sheet_and_a_ready_one_to_its_handoff(site: Site) -> None:
    with on_floor(site) as floor:
        open_, ready = floor.queued(), floor.ready()
    assert find(site, open_.number)[0] == f"/board/orders/{open_.number}"
    assert find(site, ready.number)[0] == f"/board/handoff/{ready.public_id}"


def test_a_scanned_bag_leads_to_its_order(site: Site) -> None:
    with on_floor(site) as floor:
        ready = floor.ready()
        bag = db.session.scalars(db.select(Package)).unique().one().public_id
    assert find(site, bag)[0] == f"/board/handoff/{ready.public_id}"


def test_a_place_lists_what_stands_there(site: Site) -> None:
    with on_floor(site) as floor:
        ready = floor.ready(contact={"name": "Anna Nowak"})
    location, page = find(site, "s-01")
    assert location is None
    assert "Place S-01" in page
    assert ready.number in page


def test_an_item_shows_its_place_its_stock_and_who_wants_it(site: Site) -> None:
    with on_floor(site) as floor:
        order = floor.queued()
    _, page = find(site, "MUG")
    for words in ("Blue mug", "20 in the books", order.number):
        assert words in page


def test_words_of_a_name_find_the_item_or_all_that_have_them(site: Site) -> None:
    with on_floor(site) as floor:
        order = floor.queued()
        red = make_item("MUG-RED", name="Red mug")
        make_stock(floor.store, red, 7)
        make_item("TEAPOT", name="Teapot")
    several, one = find(site, "mug")[1], find(site, "mug blue")[1]
    for words in ("Blue mug", "Red mug", "7 in the books"):
        assert words in several
    assert "Teapot" not in several
    assert "20 in the books" in one
    assert order.number in one


def test_people_and_goods_of_one_name_are_both_shown(site: Site) -> None:
    with on_floor(site) as floor:
        order = floor.queued(contact={"name": "Ada Mug", "surname_key": "mug"})
    location, page = find(site, "mug")
    assert location is None
    assert "Blue mug" in page
    assert order.number in page


def test_the_end_of_a_number_is_never_searched_in_the_names_of_goods(site: Site) -> None:
    with on_floor(site) as floor:
        number = floor.queued().number
        make_item("PUZZLE", name=f"Puzzle of {number[-4:]} pieces")
    assert find(site, number[-4:])[0] == f"/board/orders/{number}"


def test_an_order_found_by_its_collector_says_who_that_is(site: Site) -> None:
    with on_floor(site) as floor:
        for name in ("Anna Lis", "Jan Wilk"):
            floor.queued(contact={"name": name, "collector_name": "Piotr Nowak"})
    assert find(site, "Nowak")[1].count("Collector Piotr Nowak") == 2


def test_a_surname_that_two_share_is_a_list_and_one_alone_leads_on(site: Site) -> None:
    with on_floor(site) as floor:
        for name in ("Anna Nowak", "Piotr Nowak", "Zofia Lis"):
            order = floor.queued(contact={"name": name, "surname_key": name.split()[1].casefold()})
    location, page = find(site, "Nowak")
    assert location is None
    assert "Anna Nowak" in page
    assert "Piotr Nowak" in page
    assert "Zofia Lis" not in page
    assert find(site, "lis")[0] == f"/board/orders/{order.number}"


@pytest.mark.parametrize("text", ["0001", "0001-NOW", "0001 NOW", "1234", "600 101 234"])
def test_the_end_of_a_number_or_telephone_or_a_bag_code_finds_the_order(site: Site, text: str) -> None:
    with on_floor(site) as floor:
        order = floor.queued(contact={"name": "Anna Nowak", "phone": "+48600101234", "phone_end": "1234"})
    assert find(site, text)[0] == f"/board/orders/{order.number}"


def test_what_looks_like_a_pickup_code_is_tried_at_the_handoff(site: Site) -> None:
    assert find(site, "CDF GH4")[0] == "/board/handoff?code=CDF%20GH4"


@pytest.mark.parametrize("text", ["", "   ", "nobody", "%", "_", "S-99", "R999999", "'; drop table orders --", "\x00"])
def test_what_means_nothing_says_so(site: Site, text: str) -> None:
    with on_floor(site) as floor:
        floor.queued(contact={"name": "Anna Nowak", "surname_key": "nowak"})
    location, page = find(site, text)
    assert location is None
    assert "Nothing found" in page


def test_what_was_typed_is_shown_harmless(site: Site) -> None:
    assert "&lt;script&gt;" in find(site, "<script>")[1]


def test_orders_of_another_store_are_not_found(site: Site) -> None:
    with on_floor(site) as floor:
        number = floor.queued().number
    other = far_tablet(site)
    assert "Nothing found" in other.get(f"/board/find?q={number}").text


def test_the_boards_counted_lists_open(site: Site) -> None:
    with on_floor(site) as floor:
        coming = floor.queued()
        floor.arrive(coming, kind="on_my_way")
    tablet = signed_in(site)
    assert coming.number in tablet.get("/board/find?show=coming").text
    assert "None, well done" in tablet.get("/board/find?show=aged").text
    assert "None, well done" in tablet.get("/board/find?show=due_out").text
    assert "None, well done" in tablet.get("/board/find?show=last_day").text
    assert tablet.get("/board/find?show=everything").status_code == 404


def test_the_bags_that_are_due_out_today_open_as_a_list(site: Site) -> None:
    with on_floor(site) as floor:
        today, later = floor.ready(), floor.ready(promised_at=clock.now() + timedelta(days=2))
        unpacked = floor.queued()
    page = signed_in(site).get("/board/find?show=due_out").text
    assert today.number in page
    assert later.number not in page
    assert unpacked.number not in page
