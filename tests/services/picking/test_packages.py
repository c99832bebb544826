"""Bags and their places: what may share a bag, where it may stand, and when the order is ready."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from omni_pickup import clock
from omni_pickup.errors import Conflict, Invalid, NotFound, TooLate, WrongState, WrongZone
from omni_pickup.models import db, transaction
from omni_pickup.models.events import OutboxMessage
from omni_pickup.models.items import ItemGtin
from omni_pickup.models.orders import Order
from omni_pickup.models.packages import Package
from omni_pickup.queries.picking.packages import get_package
from omni_pickup.services.orders.order_cancels import cancel_pieces
from omni_pickup.services.picking.packages import bind_tag, empty_bag, pack_bag, take_out_piece
from omni_pickup.services.picking.searches import report_missing_bag
from omni_pickup.services.picking.staging import stage_bag, undo_ready, unstage_bag
from tests.builders import make_item, make_stock
from tests.floor import (
    ANIA,
    Shop,
    bags_in,
    differences,
    events_of,
    floor_tasks,
    fresh,
    locked,
    make_picked,
    make_place,
    make_queued,
    make_ready,
    reread,
)


def pack(order: Order, contents: dict[str, int], **values: Any) -> Package:
    with transaction():
        return pack_bag(locked(order), contents=contents, by=ANIA, **values)


def stage(bag: Package, place: str = "S-01") -> Package:
    with transaction():
        return stage_bag(reread(bag), place, by=ANIA)


def test_the_order_is_ready_when_every_piece_stands_at_its_place(shop: Shop) -> None:
    make_place(shop.store)
    order = make_picked(shop.store, shop.client, [(shop.shirt, 2), (shop.mug, 1)])
    first = pack(order, {"1": 2})
    stage(first)
    assert fresh(order).state == "picked"
    second = pack(order, {"2": 1})
    assert (first.number, second.number) == (1, 2)
    stage(second)
    assert fresh(order).state == "ready"
    assert fresh(order).hold_until is not None


def test_staging_at_the_same_place_again_is_quiet_and_at_another_one_moves_the_bag(shop: Shop) -> None:
    order = make_ready(shop.store, shop.client, [(shop.shirt, 1)])
    make_place(shop.store, "S-02")
    (bag,) = bags_in(order)
    before = events_of(order)
    stage(bag)
    assert events_of(order) == before
    stage(bag, "S-02")
    assert bags_in(order)[0].staging_location.code == "S-02"
    assert fresh(order).state == "ready"


def test_a_place_of_the_wrong_temperature_is_refused_in_words(shop: Shop) -> None:
    milk = make_item("MILK", temperature="chilled")
    make_stock(shop.store, milk, 2)
    make_place(shop.store)
    make_place(shop.store, "F-01", zone="chilled")
    order = make_picked(shop.store, shop.client, [(milk, 1)])
    bag = pack(order, {"1": 1})
    with pytest.raises(WrongZone) as refused:
        stage(bag)
    assert refused.value.message == "S-01 is a room-temperature place, and this bag needs a fridge."
    assert bags_in(order)[0].state == "packed"
    stage(bag, "F-01")
    assert fresh(order).state == "ready"


def test_temperatures_are_not_mixed_in_one_bag(shop: Shop) -> None:
    milk = make_item("MILK", temperature="chilled")
    make_stock(shop.store, milk, 2)
    order = make_picked(shop.store, shop.client, [(milk, 1), (shop.shirt, 1)])
    with pytest.raises(WrongZone):
        pack(order, {"1": 1, "2": 1})
    with pytest.raises(WrongZone):
        pack(order, {"2": 1}, zone="frozen")


def test_a_bulky_piece_is_a_package_of_its_own(shop: Shop) -> None:
    sofa = make_item("SOFA", handling=["bulky"])
    make_stock(shop.store, sofa, 2)
    order = make_picked(shop.store, shop.client, [(sofa, 2), (shop.shirt, 1)])
    for together in ({"1": 2}, {"1": 1, "2": 1}):
        with pytest.raises(Conflict):
            pack(order, together)
    pack(order, {"1": 1})
    pack(order, {"1": 1})
    assert len(bags_in(order)) == 2


def test_only_picked_pieces_that_are_in_no_bag_can_be_packed(shop: Shop) -> None:
    order = make_picked(shop.store, shop.client, [(shop.shirt, 2)])
    pack(order, {"1": 1})
    with pytest.raises(WrongState):
        pack(order, {"1": 2})
    unpicked = make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    with pytest.raises(WrongState):
        pack(unpicked, {"1": 1})


@pytest.mark.parametrize("contents", [{}, {"1": 0}, {"9": 1}])
def test_a_bag_needs_something_of_this_order_in_it(shop: Shop, contents: dict[str, int]) -> None:
    order = make_picked(shop.store, shop.client, [(shop.shirt, 2)])
    with pytest.raises(Invalid):
        pack(order, contents)


def test_a_preprinted_tag_hangs_on_one_bag_at_a_time(shop: Shop) -> None:
    first, second = (make_picked(shop.store, shop.client, [(shop.shirt, 1)]) for _ in range(2))
    bag = pack(first, {"1": 1}, tag="TAG-7")
    with pytest.raises(Conflict):
        pack(second, {"1": 1}, tag="TAG-7")
    other = pack(second, {"1": 1})
    with pytest.raises(Conflict), transaction():
        bind_tag(reread(other), "TAG-7", by=ANIA)
    assert get_package("TAG-7", shop.store.id).id == bag.id
    with transaction():
        empty_bag(reread(bag), by=ANIA)
    with transaction():
        bind_tag(reread(other), "TAG-7", by=ANIA)
    assert get_package("TAG-7", shop.store.id).id == other.id


def test_neither_a_place_that_may_be_nor_goods_hang_on_a_bag_as_its_tag(shop: Shop) -> None:
    make_place(shop.store)
    order = make_picked(shop.store, shop.client, [(shop.shirt, 1)])
    bag = pack(order, {"1": 1})
    with transaction():
        db.session.add(ItemGtin(gtin="04006381333931", printed="4006381333931", item_id=shop.mug.id))
    for code, said in (
        ("S-99", "S-99 is no place of this store."),
        ("s-100", "s-100 is no place of this store."),
        ("S-01", "S-01 is a place, not a tag."),
        ("4006381333931", "4006381333931 is a piece of goods, not a tag."),
    ):
        with pytest.raises(Conflict) as refused, transaction():
            bind_tag(reread(bag), code, by=ANIA)
        assert refused.value.message == said
    assert reread(bag).tag is None


def test_a_bag_keeps_the_tag_it_has(shop: Shop) -> None:
    bag = pack(make_picked(shop.store, shop.client, [(shop.shirt, 1)]), {"1": 1}, tag="TAG-7")
    with pytest.raises(Conflict, match="has the tag TAG-7 already"), transaction():
        bind_tag(reread(bag), "TAG-8", by=ANIA)
    assert reread(bag).tag == "TAG-7"


def test_a_bag_of_another_store_is_not_found(shop: Shop) -> None:
    order = make_ready(shop.store, shop.client, [(shop.shirt, 1)])
    with pytest.raises(NotFound):
        get_package(bags_in(order)[0].public_id, shop.store.id + 1)
    with pytest.raises(NotFound):
        stage(bags_in(order)[0], "NOWHERE")


def test_taking_a_bag_off_its_shelf_takes_ready_back(shop: Shop) -> None:
    order = make_ready(shop.store, shop.client, [(shop.shirt, 1)])
    with transaction():
        unstage_bag(reread(bags_in(order)[0]), by=ANIA)
    assert fresh(order).state == "picked"
    assert (fresh(order).ready_at, fresh(order).hold_until) == (None, None)


def test_emptying_a_bag_makes_its_pieces_loose_again(shop: Shop) -> None:
    order = make_ready(shop.store, shop.client, [(shop.shirt, 2)])
    for _ in range(2):
        with transaction():
            empty_bag(reread(bags_in(order)[0]), by=ANIA)
    assert fresh(order).state == "picked"
    stage(pack(order, {"1": 2}))
    assert fresh(order).state == "ready"


def test_only_marked_pieces_leave_a_bag(shop: Shop) -> None:
    order = make_ready(shop.store, shop.client, [(shop.shirt, 2)])
    (bag,) = bags_in(order)
    with pytest.raises(WrongState), transaction():
        take_out_piece(reread(bag), "1", by=ANIA)
    with transaction():
        cancel_pieces(locked(order), "1", 1, reason="one less", by=ANIA)
    with transaction():
        take_out_piece(reread(bag), "1", by=ANIA)
    stage(bag)
    assert fresh(order).state == "ready"
    assert differences() == []


def test_emptying_a_flagged_bag_ends_its_take_out(shop: Shop) -> None:
    order = make_ready(shop.store, shop.client, [(shop.shirt, 2)])
    with transaction():
        cancel_pieces(locked(order), "1", 1, reason="one less", by=ANIA)
    with transaction():
        empty_bag(reread(bags_in(order)[0]), by=ANIA)
    assert floor_tasks(shop.store, "take_out") == []
    stage(pack(order, {"1": 1}))
    assert fresh(order).state == "ready"


def test_ready_can_be_undone_and_the_customer_is_not_told(shop: Shop) -> None:
    order = make_ready(shop.store, shop.client, [(shop.shirt, 1)])
    with transaction():
        undo_ready(locked(order), by=ANIA)
    assert fresh(order).state == "picked"
    (message,) = db.session.query(OutboxMessage).filter_by(order_id=order.id, kind="message.ready").all()
    assert message.state == "dropped"
    stage(bags_in(order)[0])
    assert fresh(order).state == "ready"


def test_ready_stays_when_its_time_to_undo_is_over(shop: Shop) -> None:
    order = make_ready(shop.store, shop.client, [(shop.shirt, 1)])
    with transaction():
        locked(order).ready_at = clock.now() - timedelta(minutes=11)
    with pytest.raises(TooLate), transaction():
        undo_ready(locked(order), by=ANIA)


def test_a_bag_that_is_not_there_is_searched_for_until_it_stands_again(shop: Shop) -> None:
    order = make_ready(shop.store, shop.client, [(shop.shirt, 1)])
    (bag,) = bags_in(order)
    for _ in range(2):
        with transaction():
            report_missing_bag(reread(bag), by=ANIA)
    assert fresh(order).state == "picked"
    assert len(floor_tasks(shop.store, "search")) == 1
    assert bags_in(order)[0].staging_location.code == "S-01"
    stage(bag)
    assert fresh(order).state == "ready"
    assert floor_tasks(shop.store, "search") == []
