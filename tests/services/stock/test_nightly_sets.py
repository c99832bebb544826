"""Figures that the retailer's system sends at night: of which moment they are, and what moved goods since."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import select

from omni_pickup import clock
from omni_pickup.errors import Invalid
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM, Actor
from omni_pickup.models.clients import Client
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order
from omni_pickup.models.picking import FloorTask
from omni_pickup.models.stock import StockAdjustment, StockMovement
from omni_pickup.models.stores import Store
from omni_pickup.models.transfers import Transfer
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.queries.stock.transfers import get_transfer
from omni_pickup.services.floor_tasks import open_task
from omni_pickup.services.handoff.handoff_undos import get_handoff, undo_handoff
from omni_pickup.services.handoff.handoffs import hand_over
from omni_pickup.services.stock.stock_adjustments import apply_adjustments
from omni_pickup.services.stock.stock_blocks import block_item
from omni_pickup.services.stock.stock_counts import record_count
from omni_pickup.services.stock.stock_levels import set_level
from omni_pickup.services.stock.stock_moves import Cause, move_stock
from omni_pickup.services.transfers.transfer_arrivals import receive_transfer
from omni_pickup.services.transfers.transfers import Wish, request_transfer, ship_transfer
from tests.builders import make_client, make_item, make_stock, stock_of
from tests.floor import ANIA, bags_in, differences, make_picked, make_ready
from tests.people import make_staff, make_store

#: Two o'clock in the night, when the retailer's system looked; every test begins eight hours later.
NIGHT = timedelta(hours=8)


@dataclass
class Night:
    store: Store
    other: Store
    item: Item
    client: Client
    at: datetime


@pytest.fixture
def night(app: OpenAPI) -> Night:
    """Ten pieces here and ten in another store."""
    store, other, item = make_store(), make_store("WAW-02"), make_item("SHIRT")
    for where in (store, other):
        make_stock(where, item, 10)
    long_ago = clock.now() - 2 * NIGHT
    with transaction():
        db.session.execute(db.update(StockMovement).values(occurred_at=long_ago))
    return Night(store, other, item, make_client(), clock.now() - NIGHT)


def put(night: Night, **values: Any) -> dict[str, Any]:
    with transaction():
        return set_level(night.store, "SHIRT", values, by=SYSTEM)


def sell(night: Night, pieces: int, *, at: datetime | None = None, **more: Any) -> dict[str, Any]:
    told = {"sku": "SHIRT", "delta": -pieces, "reason": "sale", "reference": f"POS-{at}", "occurred_at": at, **more}
    with transaction():
        return apply_adjustments(night.store, night.client.id, [told], by=SYSTEM)[0]


def ready(night: Night, pieces: int) -> Order:
    return make_ready(night.store, night.client, [(night.item, pieces)])


def give(order: Order, *, by: Actor = ANIA, at: datetime | None = None) -> str:
    """Hand over all of it; `at` is when the tablet saw it."""
    scanned = [bag.public_id for bag in bags_in(order)]
    with transaction():
        found = get_order_by_key(order.id)
        made = hand_over(found, scanned_packages=scanned, method="id", given_checks=["photo_id"], by=by, at=at)
    return made.public_id


def take_back(night: Night, handoff: str) -> None:
    with transaction():
        undo_handoff(get_handoff(handoff, night.store.id), by=ANIA)


def send(night: Night, source: Store, destination: Store, pieces: int) -> Transfer:
    with transaction():
        transfer = request_transfer(source, destination, [Wish(night.item.id, pieces)], reason="low", by=ANIA)
        return ship_transfer(transfer, {transfer.lines[0].id: pieces}, by=ANIA)


def bring(night: Night, pieces: int) -> None:
    transfer = send(night, night.other, night.store, pieces)
    with transaction():
        found = get_transfer(transfer.public_id)
        receive_transfer(found, {found.lines[0].id: pieces}, by=ANIA)


def restock(night: Night, pieces: int) -> None:
    with transaction():
        move_stock(night.store.id, night.item.id, cause=Cause("restock", SYSTEM), on_hand=pieces)


SINCE: dict[str, tuple[Callable[[Night], Any], int]] = {
    "nothing": (lambda night: None, 0),
    "a till sale": (lambda night: sell(night, 3), -3),
    "a handoff": (lambda night: give(ready(night, 2)), -2),
    "a handoff that was taken back": (lambda night: take_back(night, give(ready(night, 2))), 0),
    "a pick, which moves nothing": (lambda night: make_picked(night.store, night.client, [(night.item, 2)]), 0),
    "a return on its shelf": (lambda night: restock(night, 2), 2),
    "a van that left": (lambda night: send(night, night.store, night.other, 4), -4),
    "a van that came": (lambda night: bring(night, 4), 4),
    "another figure": (lambda night: put(night, on_hand=1), 0),
}


@pytest.mark.parametrize("what", SINCE)
def test_what_moved_goods_after_the_night_is_applied_again_on_top(night: Night, what: str) -> None:
    happens, moved = SINCE[what]
    happens(night)
    assert put(night, on_hand=20, counted_at=night.at)["on_hand"] == 20 + moved
    assert differences() == []


def test_a_till_sale_that_its_handoff_has_met_is_taken_off_once(night: Night) -> None:
    order = ready(night, 3)
    give(order)
    sell(night, 3, order=order.public_id)
    assert put(night, on_hand=20, counted_at=night.at)["on_hand"] == 17


def test_a_till_sale_of_an_order_that_is_taken_back_is_counted_once(night: Night) -> None:
    order = ready(night, 3)
    sell(night, 3, order=order.public_id)
    told = {"sku": "SHIRT", "delta": 2, "reason": "void", "reference": "V", "order": order.public_id}
    with transaction():
        apply_adjustments(night.store, night.client.id, [told], by=SYSTEM)
    assert put(night, on_hand=20, counted_at=night.at)["on_hand"] == 19
    assert differences() == []


# --- told late ------------------------------------------------------------------------------------------------


def test_a_sale_before_the_night_that_is_told_after_it_is_in_the_figure_already(night: Night) -> None:
    put(night, on_hand=8, counted_at=night.at)
    answer = sell(night, 2, at=night.at - timedelta(hours=1))
    assert (answer["delta"], answer["applied"], answer["on_hand"]) == (-2, 0, 8)
    kinds = db.session.scalars(select(StockMovement.kind).order_by(StockMovement.id.desc()).limit(2)).all()
    assert kinds == ["adjustment", "counted_before"]
    assert stock_of(night.store, night.item) == {"on_hand": 8}
    assert differences() == []


def test_a_sale_after_the_night_that_is_told_after_it_counts(night: Night) -> None:
    put(night, on_hand=8, counted_at=night.at)
    assert sell(night, 2, at=night.at + timedelta(hours=1))["applied"] == -2
    assert db.session.scalars(select(StockAdjustment.occurred_at)).one() == night.at + timedelta(hours=1)


def test_whichever_comes_first_the_sale_and_the_figure_end_the_same(night: Night) -> None:
    before, after = night.at - timedelta(hours=1), night.at + timedelta(hours=1)
    sell(night, 2, at=before)
    sell(night, 3, at=after)
    first = put(night, on_hand=8, counted_at=night.at)["on_hand"]
    with transaction():
        move_stock(night.store.id, night.item.id, cause=Cause("set", SYSTEM), on_hand=10 - first)
        db.session.execute(db.delete(StockAdjustment))
        db.session.execute(db.update(StockMovement).values(occurred_at=night.at - NIGHT))
    put(night, on_hand=8, counted_at=night.at)
    sell(night, 2, at=before)
    assert (first, sell(night, 3, at=after)["on_hand"]) == (5, 5)


def test_an_order_that_was_paid_at_the_till_before_the_night_needs_no_reservation(night: Night) -> None:
    order = ready(night, 3)
    put(night, on_hand=7, counted_at=night.at)
    sell(night, 3, at=night.at - timedelta(hours=1), order=order.public_id)
    assert stock_of(night.store, night.item) == {"on_hand": 7}
    assert differences() == []


def test_a_handoff_that_an_offline_tablet_tells_late_is_in_the_count_already(night: Night) -> None:
    order, now = ready(night, 2), clock.now()
    ola = Actor("staff", staff_id=make_staff("ola", night.store, pin=None).id)
    with transaction():
        record_count(night.store, night.item, 8, by=ola, at=now)
    give(order, by=ola, at=now - timedelta(minutes=5))
    assert stock_of(night.store, night.item) == {"on_hand": 8}
    assert differences() == []


def test_nothing_is_told_of_the_future(night: Night) -> None:
    with pytest.raises(Invalid) as caught:
        sell(night, 1, at=clock.now() + timedelta(minutes=1))
    assert caught.value.details["errors"][0]["pointer"] == "/adjustments/0/occurred_at"


# --- out of order ---------------------------------------------------------------------------------------------


def test_of_two_figures_that_come_out_of_order_the_later_moment_stays(night: Night) -> None:
    put(night, on_hand=20, counted_at=night.at)
    answer = put(night, on_hand=5, safety_stock=2, counted_at=night.at - timedelta(hours=1))
    assert (answer["on_hand"], answer["safety_stock"]) == (20, 2)
    assert put(night, on_hand=6, counted_at=night.at)["on_hand"] == 6


def test_a_real_count_of_this_morning_is_stronger_than_the_figure_of_the_night(night: Night) -> None:
    put(night, on_hand=4, counted=True)
    assert put(night, on_hand=20, counted_at=night.at)["on_hand"] == 4


def test_a_plain_figure_does_not_outlast_what_the_night_counted(night: Night) -> None:
    put(night, on_hand=4)
    assert put(night, on_hand=20, counted_at=night.at)["on_hand"] == 20


def test_a_count_from_before_the_item_went_missing_does_not_lift_its_block(night: Night) -> None:
    with transaction():
        block_item(night.store.id, night.item.id, by=SYSTEM)
        open_task("count", store_id=night.store.id, item_id=night.item.id, reason="not_found", by=SYSTEM)
    assert put(night, on_hand=20, counted=True, counted_at=night.at)["blocked"]
    assert db.session.scalars(select(FloorTask.state)).all() == ["open"]
    assert not put(night, on_hand=20, counted=True)["blocked"]
    assert db.session.scalars(select(FloorTask.state)).all() == ["done"]
