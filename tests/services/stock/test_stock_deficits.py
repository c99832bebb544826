"""When more is promised than is there: exactly which pieces are endangered, and who hears of it how often."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import select

from omni_pickup import clock
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.events import Event
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.models.stores import Store
from omni_pickup.queries.stock.holds import get_hold
from omni_pickup.queries.stock.transfers import get_transfer
from omni_pickup.services.orders.order_cancels import cancel_order
from omni_pickup.services.orders.orders import place_order
from omni_pickup.services.picking.found_pieces import report_found
from omni_pickup.services.picking.picks import pick_pieces, undo_pick
from omni_pickup.services.picking.short_picks import short_pick
from omni_pickup.services.stock.holds import place_hold, release_hold
from omni_pickup.services.stock.stock_adjustments import apply_adjustments
from omni_pickup.services.stock.stock_counts import record_count
from omni_pickup.services.stock.stock_levels import set_level
from omni_pickup.services.transfers.transfer_arrivals import receive_transfer, turn_back_transfer
from omni_pickup.services.transfers.transfers import Wish, cancel_transfer, request_transfer, ship_transfer
from tests.builders import make_stock, order_values, stock_of
from tests.floor import ANIA, Shop, differences, floor_tasks, locked, make_queued, make_shop, reread, tasks_of
from tests.people import make_store

#: A promise behind all others, so that the new order would be in danger first.
NEXT_DAY = timedelta(days=1)


@dataclass
class Floor:
    """Ten shirts: three promised early, three in the afternoon, three late; one is free."""

    shop: Shop
    early: Order
    noon: Order
    late: Order


@pytest.fixture
def floor(app: OpenAPI) -> Floor:
    shop, now = make_shop(), clock.now()
    orders = [
        make_queued(shop.store, shop.client, [(shop.shirt, 3)], promised_at=now + timedelta(hours=hours))
        for hours in (1, 2, 3)
    ]
    return Floor(shop, *orders)


def count(floor: Floor, pieces: int) -> None:
    """What the retailer's system says is there."""
    with transaction():
        set_level(floor.shop.store, "SHIRT", {"on_hand": pieces}, by=SYSTEM)


def flagged(floor: Floor) -> list[int]:
    """Endangered pieces of the early, the middle and the late order."""
    db.session.rollback()
    ids = [order.id for order in (floor.early, floor.noon, floor.late)]
    rows = select(OrderLine.order_id, OrderLine.endangered).where(OrderLine.order_id.in_(ids))
    found = dict(db.session.execute(rows).all())
    return [found[order_id] for order_id in ids]


def told(order: Order) -> list[tuple[str, int]]:
    """What the world heard about the danger to an order, in pieces."""
    rows = db.session.execute(
        select(Event.type, Event.data)
        .where(Event.order_id == order.id, Event.type.in_(("order.endangered", "order.secured")))
        .order_by(Event.id)
    )
    return [(type_, data["pieces"]) for type_, data in rows]


def pick(order: Order, pieces: int) -> None:
    with transaction():
        pick_pieces(reread(tasks_of(order)[0]), pieces=pieces, by=ANIA)


@pytest.mark.parametrize(
    ("there", "endangered"),
    [(9, [0, 0, 0]), (8, [0, 0, 1]), (6, [0, 0, 3]), (5, [0, 1, 3]), (1, [2, 3, 3]), (0, [3, 3, 3])],
)
def test_the_latest_promises_are_in_danger_up_to_the_deficit(floor: Floor, there: int, endangered: list[int]) -> None:
    count(floor, there)
    assert flagged(floor) == endangered
    assert stock_of(floor.shop.store, floor.shop.shirt).get("deficit", 0) == sum(endangered)
    assert len(floor_tasks(floor.shop.store, "count")) == (sum(endangered) > 0)


def test_what_is_in_a_tote_is_safe_and_the_danger_goes_to_the_next_promise(floor: Floor) -> None:
    count(floor, 7)
    assert flagged(floor) == [0, 0, 2]
    pick(floor.late, 2)
    assert flagged(floor) == [0, 1, 1]
    pick(floor.late, 1)
    assert flagged(floor) == [0, 2, 0]
    with transaction():
        undo_pick(reread(tasks_of(floor.late)[0]), pieces=3, by=ANIA)
    assert flagged(floor) == [0, 0, 2]


def test_each_order_hears_of_each_change_once(floor: Floor) -> None:
    count(floor, 7)
    count(floor, 7)
    assert told(floor.late) == [("order.endangered", 2)]
    count(floor, 5)
    assert (told(floor.late)[1:], told(floor.noon)) == ([("order.endangered", 3)], [("order.endangered", 1)])
    count(floor, 10)
    assert told(floor.late)[-1] == ("order.secured", 0)
    assert told(floor.noon)[-1] == ("order.secured", 0)
    assert told(floor.early) == []


def _ask(floor: Floor, source: Store, destination: Store, pieces: int, order: Order | None = None) -> str:
    with transaction():
        wish = Wish(floor.shop.shirt.id, pieces)
        return request_transfer(source, destination, [wish], order=order, reason="low", by=ANIA).public_id


def _ship(public_id: str, pieces: int) -> None:
    with transaction():
        transfer = get_transfer(public_id)
        ship_transfer(transfer, {transfer.lines[0].id: pieces}, by=ANIA)


def _van_comes(floor: Floor) -> None:
    other = make_store("WAW-02")
    make_stock(other, floor.shop.shirt, 5)
    public_id = _ask(floor, other, floor.shop.store, 2)
    _ship(public_id, 2)
    with transaction():
        transfer = get_transfer(public_id)
        receive_transfer(transfer, {transfer.lines[0].id: 2}, by=ANIA)


def _deliver(floor: Floor) -> None:
    told_by_door = {"sku": "SHIRT", "delta": 2, "reason": "delivery", "reference": "D-1"}
    with transaction():
        apply_adjustments(floor.shop.store, floor.shop.client.id, [told_by_door], by=SYSTEM)


def _find(floor: Floor) -> None:
    with transaction():
        report_found(floor.shop.store, floor.shop.shirt, 2, location="B-09", by=ANIA)


def _count_again(floor: Floor) -> None:
    with transaction():
        record_count(floor.shop.store, floor.shop.shirt, 9, by=ANIA)


def _cancel_early(floor: Floor) -> None:
    with transaction():
        cancel_order(locked(floor.early), reason="no", by=ANIA)


def _miss_early(floor: Floor) -> None:
    with transaction():
        short_pick(reread(tasks_of(floor.early)[0]), pieces=2, reason="display", by=ANIA)


COMES_BACK: dict[str, Callable[[Floor], None]] = {
    "a delivery": _deliver,
    "a van from another store": _van_comes,
    "found pieces": _find,
    "a count": _count_again,
    "a cancelled order": _cancel_early,
    "pieces that another customer does not get": _miss_early,
}


@pytest.mark.parametrize("what", COMES_BACK)
def test_the_danger_is_over_when_there_is_enough_again(floor: Floor, what: str) -> None:
    count(floor, 7)
    COMES_BACK[what](floor)
    assert flagged(floor) == [0, 0, 0]
    assert told(floor.late) == [("order.endangered", 2), ("order.secured", 0)]
    assert differences() == []


def test_an_ended_hold_was_somebody_elses_claim(floor: Floor) -> None:
    with transaction():
        lines = [{"sku": "SHIRT", "quantity": 1}]
        hold = place_hold(floor.shop.client.id, floor.shop.store, lines, 600, by=SYSTEM).public_id
    count(floor, 9)
    assert flagged(floor) == [0, 0, 1]
    with transaction():
        release_hold(get_hold(hold, client_id=floor.shop.client.id), by=SYSTEM)
    assert flagged(floor) == [0, 0, 0]


def test_what_an_order_leaves_of_its_hold_is_there_for_others(floor: Floor) -> None:
    make_stock(floor.shop.store, floor.shop.shirt, 2)
    with transaction():
        hold = place_hold(
            floor.shop.client.id, floor.shop.store, [{"sku": "SHIRT", "quantity": 3}], 600, by=SYSTEM
        ).public_id
    count(floor, 11)
    assert flagged(floor) == [0, 0, 1]
    with transaction():
        values = order_values({"SHIRT": 1}, hold_id=hold, requested_from=(clock.now() + NEXT_DAY).isoformat())
        place_order(values, client_id=floor.shop.client.id, by=SYSTEM)
    assert flagged(floor) == [0, 0, 0]
    assert differences() == []


@pytest.mark.parametrize("how", ["called off", "not sent"])
def test_pieces_that_another_store_does_not_get_are_there_for_our_orders(floor: Floor, how: str) -> None:
    make_stock(floor.shop.store, floor.shop.shirt, 1)
    public_id = _ask(floor, floor.shop.store, make_store("WAW-02"), 2)
    count(floor, 10)
    assert flagged(floor) == [0, 0, 1]
    if how == "called off":
        with transaction():
            cancel_transfer(get_transfer(public_id), reason="we need it", by=ANIA)
    else:
        _ship(public_id, 1)
    assert flagged(floor) == [0, 0, 0]
    assert differences() == []


def test_pieces_that_are_turned_back_are_there_again(floor: Floor) -> None:
    public_id = _ask(floor, floor.shop.store, make_store("WAW-02"), 1)
    _ship(public_id, 1)
    count(floor, 8)
    assert flagged(floor) == [0, 0, 1]
    with transaction():
        transfer = get_transfer(public_id)
        turn_back_transfer(transfer, {transfer.lines[0].id: 1}, reason="never loaded", by=ANIA)
    assert flagged(floor) == [0, 0, 0]


def test_a_piece_that_was_fetched_too_late_is_reserved_until_it_is_put_back(floor: Floor) -> None:
    count(floor, 8)
    with transaction():
        cancel_order(locked(floor.early), reason="no", by=ANIA)
    assert flagged(floor) == [0, 0, 0]
    pick(floor.early, 3)
    assert flagged(floor) == [0, 0, 1]
    assert differences() == []
