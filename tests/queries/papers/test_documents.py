"""The facts of papers, read from orders that went through the real services."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from flask_openapi3 import OpenAPI

from omni_pickup import keys
from omni_pickup.errors import Conflict, NotFound
from omni_pickup.models import db, transaction
from omni_pickup.models.packages import Package
from omni_pickup.models.picking import Wave
from omni_pickup.models.staff import Staff
from omni_pickup.models.stock import StockLevel
from omni_pickup.printing.documents import draw_html
from omni_pickup.queries.orders.orders import pickup_code
from omni_pickup.queries.papers.documents import read_bag_label, read_handoff_receipt, read_packing_slip, read_pick_list
from omni_pickup.queries.papers.paper_facts import bundled_picture, variant
from omni_pickup.services.handoff.handoff_plans import LineResult
from omni_pickup.services.handoff.handoff_undos import undo_handoff
from omni_pickup.services.handoff.handoffs import hand_over
from omni_pickup.services.picking.packages import empty_bag, pack_bag
from omni_pickup.services.picking.picks import pick_pieces
from omni_pickup.services.picking.waves import release_wave
from tests.builders import make_item, make_stock
from tests.floor import (
    ANIA,
    Shop,
    bags_in,
    locked,
    make_picked,
    make_place,
    make_queued,
    make_ready,
    make_shop,
    pack_and_stage,
    reread,
    tasks_of,
)
from tests.people import make_staff


@pytest.fixture
def shop(app: OpenAPI) -> Shop:
    return make_shop()


@pytest.fixture
def picker(shop: Shop) -> Staff:
    return make_staff("ania", shop.store, name="Ania")


def release(shop: Shop, picker: Staff) -> Wave:
    with transaction():
        return release_wave(shop.store, picker=picker, by=ANIA)


def put_on_shelf(shop: Shop, **locations: str) -> None:
    with transaction():
        for item in (shop.shirt, shop.mug):
            level = db.session.query(StockLevel).filter_by(store_id=shop.store.id, item_id=item.id).one()
            level.location, level.locations = locations[item.sku.lower()], ["B2"]


def test_a_pick_list_walks_from_shelf_to_shelf_and_shares_stops_between_totes(shop: Shop, picker: Staff) -> None:
    put_on_shelf(shop, shirt="A-10", mug="A-2")
    first = make_queued(shop.store, shop.client, [(shop.shirt, 2), (shop.mug, 1)])
    second = make_queued(shop.store, shop.client, [(shop.shirt, 1)], contact={"name": "Åke Świątek"})
    paper = read_pick_list(release(shop, picker).public_id)
    assert [(stop.location, stop.item.sku, stop.totes) for stop in paper.stops] == [
        ("A-2", "MUG", (("A", 1),)),
        ("A-10", "SHIRT", (("A", 2), ("B", 1))),
    ]
    assert [(tote.letter, tote.code.number, tote.code.letters) for tote in paper.totes] == [
        ("A", first.number[-4:], "NOW"),
        ("B", second.number[-4:], "ŚWI"),
    ]
    assert (paper.picker, paper.pieces, paper.stops[0].backups) == ("Ania", 4, ("B2",))


def test_a_pick_list_shows_only_what_is_left(shop: Shop, picker: Staff) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 2), (shop.mug, 1)])
    wave = release(shop, picker)
    with transaction():
        pick_pieces(reread(tasks_of(order)[0]), pieces=1, by=ANIA)
    assert [stop.pieces for stop in read_pick_list(wave.public_id).stops] == [1, 1]
    for task in tasks_of(order):
        with transaction():
            fresh = reread(task)
            pick_pieces(fresh, pieces=fresh.left, by=ANIA)
    with pytest.raises(Conflict):
        read_pick_list(wave.public_id)


def test_the_notes_of_a_tote_begin_with_what_stops_the_picker(shop: Shop, picker: Staff) -> None:
    sword = make_item("SWORD", handling=["bulky", "locked"], min_age=18)
    make_stock(shop.store, sword, 1)
    make_queued(shop.store, shop.client, [(sword, 1)], gift=True, contact={"note": "Ring the bell"})
    (tote,) = read_pick_list(release(shop, picker).public_id).totes
    assert tote.notes == ("late", "locked", "age", "bulky", "gift", "note")


def test_a_packing_slip_counts_what_is_in_the_bags(shop: Shop) -> None:
    order = make_picked(shop.store, shop.client, [(shop.shirt, 2), (shop.mug, 1)])
    with pytest.raises(Conflict):
        read_packing_slip(order.public_id)
    make_place(shop.store)
    pack_and_stage(order, {"1": 1})
    slip = read_packing_slip(order.public_id)
    assert [(line.ordered, line.pieces) for line in slip.lines] == [(2, 1), (1, 0)]
    assert (slip.bags, slip.person, slip.paid_minor) == (1, "Ada Nowak", 1000)


def test_a_gifts_slip_knows_neither_prices_nor_the_buyer(shop: Shop) -> None:
    contact = {"collector_name": "Jan Lis", "gift_message": "Sto lat"}
    slip = read_packing_slip(
        make_ready(shop.store, shop.client, [(shop.shirt, 1)], gift=True, contact=contact).public_id
    )
    assert (slip.person, slip.gift_message, slip.paid_minor, slip.currency, slip.due_minor) == (
        "Jan Lis",
        "Sto lat",
        None,
        None,
        None,
    )
    assert "Nowak" not in str(asdict(slip))


def give(order: Any, **values: Any) -> Any:
    bags = [bag.public_id for bag in bags_in(order)]
    with transaction():
        return hand_over(
            locked(order), scanned_packages=bags, method="id", given_checks=["photo_id"], by=ANIA, **values
        )


def test_a_receipt_says_what_was_given_and_until_when_it_may_come_back(shop: Shop) -> None:
    order = make_ready(shop.store, shop.client, [(shop.shirt, 2), (shop.mug, 1)])
    handoff = give(
        order, lines={"1": LineResult(collected=1, refused=1, reason="too small"), "2": LineResult(collected=1)}
    )
    receipt = read_handoff_receipt(handoff.public_id)
    assert [(line.pieces, line.refused, line.paid_minor) for line in receipt.lines] == [(1, 1, 1000), (1, 0, 500)]
    assert (receipt.result, receipt.checks) == ("partly", ("photo_id",))
    assert receipt.lines[0].last_return_day == receipt.handed_at.date() + timedelta(days=30)
    assert receipt.handed_at.utcoffset() is not None


def test_a_handoff_that_was_undone_has_no_receipt(shop: Shop) -> None:
    handoff = give(make_ready(shop.store, shop.client, [(shop.shirt, 1)]))
    with transaction():
        undo_handoff(reread(handoff), by=ANIA)
    with pytest.raises(Conflict):
        read_handoff_receipt(handoff.public_id)


def test_a_line_total_that_cannot_be_divided_is_shown_whole(shop: Shop) -> None:
    order = make_ready(shop.store, shop.client, [(shop.shirt, 3)])
    with transaction():
        locked(order).lines[0].paid_total_minor = 1000
    assert read_packing_slip(order.public_id).paid_minor == 1000


def test_a_bag_label_counts_the_bags_that_exist(shop: Shop) -> None:
    order = make_picked(shop.store, shop.client, [(shop.shirt, 3)], contact={"name": "Zoë van der Åkerlund"})
    make_place(shop.store)
    bags: list[Package] = []
    for _ in range(3):
        with transaction():
            bags.append(pack_bag(locked(order), contents={"1": 1}, by=ANIA))
    with transaction():
        empty_bag(reread(bags[1]), by=ANIA)
    label = read_bag_label(bags[2].public_id)
    assert (label.number, label.count, label.place, label.zone) == (2, 2, None, "ambient")
    assert (label.code.number, label.code.letters, label.bag_id) == (order.number[-4:], "ÅKE", bags[2].public_id)
    with pytest.raises(Conflict):
        read_bag_label(bags[1].public_id)


def test_no_paper_carries_the_pickup_code_or_the_status_link(shop: Shop, picker: Staff) -> None:
    queued = make_queued(shop.store, shop.client, [(shop.mug, 1)])
    wave = release(shop, picker)
    order = make_ready(shop.store, shop.client, [(shop.shirt, 1)])
    papers = {
        "pick_list": read_pick_list(wave.public_id),
        "packing_slip": read_packing_slip(order.public_id),
        "bag_label": read_bag_label(bags_in(order)[0].public_id),
        "handoff_receipt": read_handoff_receipt(give(order).public_id),
    }
    codes = [pickup_code(queued), pickup_code(order)]
    assert all(codes)
    for kind, facts in papers.items():
        html = draw_html(kind, facts, paper="a4")
        assert not [code for code in codes if code and code in html]
        assert not re.search(r"/p/|/r/|ord_[a-z2-7]{24}", html)


@pytest.mark.parametrize("read", [read_pick_list, read_packing_slip, read_handoff_receipt, read_bag_label])
def test_what_does_not_exist_is_said_to_be_missing(app: OpenAPI, read: Any) -> None:
    with pytest.raises(NotFound):
        read("none")


@pytest.mark.parametrize(
    ("address", "picture"),
    [
        ("/static/demo/mug-blue.svg", "bundled:demo/mug-blue.svg"),
        ("https://pickup.example/static/demo/mug-blue.svg", "bundled:demo/mug-blue.svg"),
        ("https://elsewhere.example/static/demo/mug-blue.svg", None),
        ("file:///etc/passwd", None),
        (None, None),
    ],
)
def test_only_pictures_of_our_own_are_printed(app: OpenAPI, address: str | None, picture: str | None) -> None:
    assert keys.base_url() == "https://pickup.example"
    assert bundled_picture(address) == picture


def test_size_comes_before_colour_and_both_before_the_rest(app: OpenAPI) -> None:
    item = make_item("X", attributes={"material": "wool", "colour": "red", "size": "M", "empty": ""})
    assert variant(item) == "M, red, wool"
