"""Picking: right and wrong scans, locked cases, late reports, and taking a pick back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from omni_pickup import clock
from omni_pickup.errors import Invalid, KeyholderNeeded, PaymentVoid, WrongItem, WrongState
from omni_pickup.models import db, transaction
from omni_pickup.models.events import Event
from omni_pickup.models.items import Item, ItemGtin
from omni_pickup.models.picking import PickTask
from omni_pickup.services.orders.order_cancels import cancel_order, cancel_pieces
from omni_pickup.services.picking.packages import pack_bag
from omni_pickup.services.picking.picks import pick_pieces, undo_pick
from omni_pickup.services.picking.put_backs import put_back
from omni_pickup.services.picking.short_picks import short_pick
from tests.builders import make_item, make_stock, stock_of
from tests.floor import (
    ANIA,
    Shop,
    counters,
    differences,
    events_of,
    floor_tasks,
    fresh,
    locked,
    make_picked,
    make_queued,
    reread,
    tasks_of,
)

RED_M, RED_L = "05901234123457", "05901234123464"


def pick(task: PickTask, pieces: int = 1, **values: object) -> PickTask:
    with transaction():
        return pick_pieces(reread(task), **{"pieces": pieces, "by": ANIA, **values})


def with_gtin(sku: str, gtin: str, **values: object) -> Item:
    item = make_item(sku, **values)
    with transaction():
        db.session.add(ItemGtin(gtin=gtin, item_id=item.id, printed=gtin[1:], position=0))
    db.session.expire_all()
    return item


def test_picking_counts_pieces_and_moves_no_stock(shop: Shop) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 2)])
    (task,) = tasks_of(order)
    pick(task)
    assert (fresh(order).state, counters(order)) == ("picking", {"open": 2, "picked": 1})
    pick(task)
    assert (fresh(order).state, counters(order)) == ("picked", {"open": 2, "picked": 2})
    assert stock_of(shop.store, shop.shirt) == {"on_hand": 10, "reserved": 2}
    assert tasks_of(order)[0].state == "done"
    assert events_of(order)[-1] == "order.picked"


def test_the_right_barcode_is_right_in_every_spelling_and_so_is_the_sku(shop: Shop) -> None:
    item = with_gtin("RED-M", RED_M)
    make_stock(shop.store, item, 5)
    order = make_queued(shop.store, shop.client, [(item, 3)])
    (task,) = tasks_of(order)
    for scanned in ("5901234123457", f"01{RED_M}", "RED-M"):
        pick(task, scanned=scanned)
    assert counters(order) == {"open": 3, "picked": 3}


def test_a_wrong_barcode_changes_nothing_and_says_the_difference(shop: Shop) -> None:
    item = with_gtin("RED-M", RED_M, attributes={"size": "M", "colour": "red"})
    with_gtin("RED-L", RED_L, attributes={"size": "L", "colour": "red"})
    make_stock(shop.store, item, 5)
    order = make_queued(shop.store, shop.client, [(item, 1)])
    (task,) = tasks_of(order)
    before = events_of(order)
    with pytest.raises(WrongItem) as refused:
        pick(task, scanned="5901234123464")
    assert refused.value.message == "Wrong size: L, not M."
    assert refused.value.details == {"wanted": "RED-M", "found": "RED-L"}
    assert (counters(order), events_of(order)) == ({"open": 1}, before)


def test_an_unknown_barcode_is_a_wrong_item_too(shop: Shop) -> None:
    order = make_queued(shop.store, shop.client, [(shop.mug, 1)])
    with pytest.raises(WrongItem, match="not known here"):
        pick(tasks_of(order)[0], scanned="4006381333931")


def test_a_locked_item_asks_for_the_keyholder(shop: Shop) -> None:
    item = make_item("PERFUME", handling=["locked"])
    make_stock(shop.store, item, 1)
    order = make_queued(shop.store, shop.client, [(item, 1)])
    with pytest.raises(KeyholderNeeded):
        pick(tasks_of(order)[0])
    pick(tasks_of(order)[0], keyholder=True)
    assert counters(order) == {"open": 1, "picked": 1}


@pytest.mark.parametrize(("pieces", "error"), [(0, Invalid), (3, WrongState)])
def test_only_pieces_that_were_asked_for_can_be_picked(shop: Shop, pieces: int, error: type[Exception]) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 2)])
    with pytest.raises(error):
        pick(tasks_of(order)[0], pieces)
    assert counters(order) == {"open": 2}


def test_a_pick_of_a_line_cancelled_meanwhile_is_recorded_as_a_put_back(shop: Shop) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 2)])
    (task,) = tasks_of(order)
    tapped_at = clock.now()
    with transaction():
        cancel_order(locked(order), reason="changed my mind", by=ANIA)
    pick(task, 2, at=tapped_at)
    assert fresh(order).state == "cancelled"
    assert counters(order) == {"cancelled": 2, "to_put_back": 2}
    assert stock_of(shop.store, shop.shirt) == {"on_hand": 10, "reserved": 2}
    (work,) = floor_tasks(shop.store, "put_back")
    assert (work.quantity, work.reason) == (2, "picked_too_late")
    assert differences() == []
    with transaction():
        put_back(reread(work), sellable=2, by=ANIA)
    assert stock_of(shop.store, shop.shirt) == {"on_hand": 10}


def test_only_as_many_pieces_as_were_given_up_can_be_late(shop: Shop) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 2)])
    (task,) = tasks_of(order)
    with transaction():
        cancel_pieces(locked(order), "1", 1, reason="one less", by=ANIA)
    pick(task, 2)
    assert counters(order) == {"open": 1, "picked": 1, "cancelled": 1, "to_put_back": 1}
    with pytest.raises(WrongState):
        pick(task)
    assert differences() == []


def test_a_piece_given_up_as_short_that_somebody_holds_after_all_is_put_back(shop: Shop) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    (task,) = tasks_of(order)
    with transaction():
        short_pick(reread(task), pieces=1, reason="damaged", by=ANIA)
    pick(task)
    assert counters(order) == {"short": 1, "to_put_back": 1}
    assert differences() == []


def test_void_stops_picking_but_not_the_report_of_what_was_picked_before(shop: Shop) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 2)])
    (task,) = tasks_of(order)
    tapped_at = clock.now() - timedelta(minutes=1)
    with transaction():
        row = locked(order)
        row.payment_state, row.updated_at = "void", clock.now()
    with pytest.raises(PaymentVoid):
        pick(task)
    pick(task, at=tapped_at)
    assert counters(order) == {"open": 2, "picked": 1}


def test_events_keep_when_it_happened_and_when_the_server_learned_of_it(shop: Shop) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    tapped_at = clock.now() - timedelta(minutes=7)
    pick(tasks_of(order)[0], at=tapped_at)
    row = db.session.query(Event).filter_by(order_id=order.id, type="order.pieces_picked").one()
    assert row.occurred_at == tapped_at
    assert row.recorded_at > tapped_at + timedelta(minutes=6)


def test_a_pick_can_be_taken_back(shop: Shop) -> None:
    order = make_picked(shop.store, shop.client, [(shop.shirt, 2)])
    with transaction():
        undo_pick(reread(tasks_of(order)[0]), pieces=1, by=ANIA)
    assert (fresh(order).state, counters(order)) == ("picking", {"open": 2, "picked": 1})
    assert (tasks_of(order)[0].state, tasks_of(order)[0].left) == ("queued", 1)
    assert differences() == []


def test_a_piece_in_a_bag_cannot_be_unpicked(shop: Shop) -> None:
    order = make_picked(shop.store, shop.client, [(shop.shirt, 2)])
    with transaction():
        pack_bag(locked(order), contents={"1": 1}, by=ANIA)
    with pytest.raises(WrongState), transaction():
        undo_pick(reread(tasks_of(order)[0]), pieces=2, by=ANIA)
    assert counters(order) == {"open": 2, "picked": 2}
