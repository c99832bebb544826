"""Carrying goods back: sellable, damaged or missing, each with its own effect on the books."""

from __future__ import annotations

import pytest

from omni_pickup.errors import Invalid, WrongState
from omni_pickup.models import transaction
from omni_pickup.models.picking import FloorTask
from omni_pickup.services.floor_tasks import open_task
from omni_pickup.services.orders.order_cancels import cancel_order, cancel_pieces
from omni_pickup.services.picking.put_backs import put_back
from tests.builders import stock_of
from tests.floor import (
    ANIA,
    Shop,
    bags_in,
    counters,
    differences,
    events_of,
    floor_tasks,
    fresh,
    last_event,
    locked,
    make_picked,
    make_place,
    make_ready,
    pack_and_stage,
    reread,
)


def back(task: FloorTask, **values: object) -> None:
    with transaction():
        put_back(reread(task), by=ANIA, **values)


@pytest.mark.parametrize(
    ("outcome", "figures", "counts"),
    [
        ("sellable", {"on_hand": 10}, 0),
        ("damaged", {"on_hand": 8, "quarantine": 2}, 0),
        ("missing", {"on_hand": 8}, 1),
    ],
)
def test_each_outcome_has_its_effect(shop: Shop, outcome: str, figures: dict[str, int], counts: int) -> None:
    order = make_picked(shop.store, shop.client, [(shop.shirt, 2)])
    with transaction():
        cancel_order(locked(order), reason="no", by=ANIA)
    back(floor_tasks(shop.store, "put_back")[0], **{outcome: 2}, location="A-03")
    assert stock_of(shop.store, shop.shirt) == figures
    assert counters(order) == {"cancelled": 2}
    assert len(floor_tasks(shop.store, "count")) == counts
    assert last_event(order, "order.pieces_put_back")["put_back"]["location"] == "A-03"
    assert differences() == []


def test_a_task_may_be_done_in_parts_and_then_no_more(shop: Shop) -> None:
    order = make_picked(shop.store, shop.client, [(shop.shirt, 3)])
    with transaction():
        cancel_order(locked(order), reason="no", by=ANIA)
    (task,) = floor_tasks(shop.store, "put_back")
    back(task, sellable=1)
    assert (reread(task).state, counters(order)["to_put_back"]) == ("open", 2)
    with pytest.raises(WrongState):
        back(task, sellable=3)
    back(task, damaged=1, missing=1)
    assert reread(task).state == "done"
    with pytest.raises(WrongState):
        back(task, sellable=1)
    assert stock_of(shop.store, shop.shirt) == {"on_hand": 8, "quarantine": 1}
    assert differences() == []


def test_putting_back_leaves_the_state_of_a_closed_order_alone(shop: Shop) -> None:
    order = make_ready(shop.store, shop.client, [(shop.shirt, 2)])
    with transaction():
        cancel_order(locked(order), reason="no", by=ANIA)
    back(floor_tasks(shop.store, "put_back")[0], sellable=2)
    assert fresh(order).state == "cancelled"
    assert events_of(order)[-1] == "order.pieces_put_back"
    assert bags_in(order)[0].state == "emptied"


def test_a_marked_piece_that_is_put_back_has_left_its_bag(shop: Shop) -> None:
    order = make_ready(shop.store, shop.client, [(shop.shirt, 2)])
    with transaction():
        cancel_pieces(locked(order), "1", 1, reason="one less", by=ANIA)
    back(floor_tasks(shop.store, "put_back")[0], sellable=1)
    assert bags_in(order)[0].take_out == 0
    assert floor_tasks(shop.store, "take_out") == []


def test_a_loose_piece_that_is_put_back_leaves_the_mark_on_the_bag(shop: Shop) -> None:
    order = make_picked(shop.store, shop.client, [(shop.shirt, 3)])
    make_place(shop.store)
    pack_and_stage(order, {"1": 2})
    with transaction():
        cancel_pieces(locked(order), "1", 2, reason="two less", by=ANIA)
    back(floor_tasks(shop.store, "put_back")[0], sellable=1)
    assert bags_in(order)[0].take_out == 1
    assert differences() == []


@pytest.mark.parametrize("pieces", [{}, {"sellable": -1, "damaged": 2}])
def test_at_least_one_piece_is_put_back(shop: Shop, pieces: dict[str, int]) -> None:
    order = make_picked(shop.store, shop.client, [(shop.shirt, 3)])
    with transaction():
        cancel_order(locked(order), reason="no", by=ANIA)
    with pytest.raises(Invalid):
        back(floor_tasks(shop.store, "put_back")[0], **pieces)


def test_only_put_back_tasks_are_put_back(shop: Shop) -> None:
    with transaction():
        task = open_task("count", store_id=shop.store.id, item_id=shop.shirt.id, reason="deficit", by=ANIA)
    with pytest.raises(Invalid):
        back(task, sellable=1)
