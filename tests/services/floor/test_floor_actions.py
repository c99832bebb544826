"""One door for everything on the floor: the same action twice is one action."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest

from omni_pickup import clock
from omni_pickup.errors import Invalid, NotFound, OperationError, WrongState
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import Actor
from omni_pickup.models.orders import Order
from omni_pickup.models.picking import FloorAction
from omni_pickup.models.stores import Store
from omni_pickup.queries.orders.orders import pickup_code
from omni_pickup.services.floor import floor_actions
from omni_pickup.services.floor.floor_actions import ActionReused, perform_action
from omni_pickup.services.floor.floor_kinds import KINDS
from omni_pickup.services.orders.order_cancels import cancel_order, cancel_pieces
from tests.floor import (
    Shop,
    bags_in,
    counters,
    differences,
    events_of,
    floor_tasks,
    fresh,
    locked,
    make_place,
    make_queued,
    make_ready,
    question_of,
    tasks_of,
)
from tests.people import make_device, make_staff, make_store

_ids = itertools.count(1)


class Tablet:
    """Ania's tablet."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.device_id = make_device(store)[0].id
        self.by = Actor("staff", staff_id=make_staff("ania", store).id, device_id=self.device_id)

    def do(self, kind: str, /, *, action_id: str = "", at: datetime | None = None, **payload: Any) -> dict[str, Any]:
        with transaction():
            return perform_action(
                action_id or f"act-{next(_ids)}",
                store=self.store,
                device_id=self.device_id,
                kind=kind,
                payload=payload,
                tapped_at=at,
                by=self.by,
            )


@pytest.fixture
def tablet(shop: Shop) -> Tablet:
    return Tablet(shop.store)


def task_id(order: Order) -> str:
    return tasks_of(order)[0].public_id


def test_the_same_action_twice_is_one_action_with_one_answer(shop: Shop, tablet: Tablet) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 3)])
    first = tablet.do("pick", action_id="a-1", task=task_id(order), pieces=1)
    assert tablet.do("pick", action_id="a-1", task=task_id(order), pieces=1) == first
    assert counters(order) == {"open": 3, "picked": 1}
    assert first["task"]["picked"] == 1
    assert first["order"]["state"] == "picking"
    tablet.do("pick", action_id="a-2", task=task_id(order), pieces=1)
    assert counters(order) == {"open": 3, "picked": 2}


def test_an_id_belongs_to_one_content(shop: Shop, tablet: Tablet) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 3)])
    tablet.do("pick", action_id="a-1", task=task_id(order), pieces=1)
    with pytest.raises(ActionReused):
        tablet.do("pick", action_id="a-1", task=task_id(order), pieces=2)
    assert counters(order) == {"open": 3, "picked": 1}


def test_a_refused_action_leaves_nothing_behind_and_its_id_free(shop: Shop, tablet: Tablet) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    with pytest.raises(WrongState):
        tablet.do("pick", action_id="a-1", task=task_id(order), pieces=2)
    assert db.session.query(FloorAction).count() == 0
    tablet.do("pick", action_id="a-1", task=task_id(order), pieces=1)
    assert counters(order) == {"open": 1, "picked": 1}


def test_events_of_an_action_name_the_person_the_tablet_and_the_moment(shop: Shop, tablet: Tablet) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    tapped_at = clock.now() - timedelta(minutes=3)
    tablet.do("pick", task=task_id(order), at=tapped_at)
    row = db.session.query(FloorAction).one()
    assert (row.staff_id, row.device_id, row.tapped_at) == (tablet.by.staff_id, tablet.device_id, tapped_at)
    assert fresh(order).picked_at == tapped_at


def test_a_tablet_whose_clock_runs_a_little_ahead_does_not_date_into_the_future(shop: Shop, tablet: Tablet) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    tablet.do("pick", task=task_id(order), at=clock.now() + timedelta(minutes=10))
    assert fresh(order).picked_at <= clock.now()
    with pytest.raises(Invalid):
        tablet.do("pick", task=task_id(order), at=clock.now() + timedelta(hours=2))


def test_a_clock_that_is_believed_dates_into_the_future(
    shop: Shop, tablet: Tablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin of the test above: without the guard it fails."""
    monkeypatch.setattr(floor_actions, "_believable", lambda tapped_at: tapped_at)
    with pytest.raises(AssertionError):
        test_a_tablet_whose_clock_runs_a_little_ahead_does_not_date_into_the_future(shop, tablet)


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("fly", {}),
        ("pick", {}),
        ("pick", {"task": 7}),
        ("pick", {"task": "x" * 3000}),
        ("pick", {"task": "pck_x", "pieces": -1}),
        ("pick", {"task": "pck_x", "pieces": True}),
        ("pick", {"task": "pck_x", "pieces": 1.5}),
        ("pick", {"task": "pck_x", "pieces": float("nan")}),
        ("hand_over", {"order": "ord_x", "bags": "bag_1"}),
        ("bag", {"order": "ord_x", "contents": ["1"]}),
    ],
)
def test_what_makes_no_sense_is_refused_cleanly(tablet: Tablet, kind: str, payload: dict[str, Any]) -> None:
    with pytest.raises((Invalid, NotFound)):
        tablet.do(kind, **payload)


@pytest.mark.parametrize("action_id", ["", "x" * 65, "a\nb"])
def test_an_action_id_is_short_and_printable(tablet: Tablet, action_id: str) -> None:
    with pytest.raises(Invalid), transaction():
        perform_action(action_id, store=tablet.store, device_id=None, kind="pick", payload={}, by=tablet.by)


def test_another_stores_things_are_not_found(shop: Shop, tablet: Tablet) -> None:
    order = make_ready(shop.store, shop.client, [(shop.shirt, 1)])
    krakow = make_store("KRK-01")
    elsewhere = {
        "pick": {"task": task_id(order)},
        "stage": {"bag": bags_in(order)[0].public_id, "location": "S-01"},
        "check_in": {"order": order.public_id},
    }
    for kind, payload in elsewhere.items():
        with pytest.raises(NotFound), transaction():
            perform_action(f"act-{next(_ids)}", store=krakow, device_id=None, kind=kind, payload=payload, by=tablet.by)


def test_a_whole_day_on_the_floor_goes_through_the_one_door(shop: Shop, tablet: Tablet) -> None:
    make_place(shop.store)
    order = make_queued(shop.store, shop.client, [(shop.shirt, 2), (shop.mug, 1)])
    name = order.public_id
    wave = tablet.do("release_wave", size=3)["wave"]
    tablet.do("pause_wave", wave=wave["id"])
    tablet.do("resume_wave", wave=wave["id"])
    tablet.do("take_over_wave", wave=wave["id"])
    shirts, mugs = (task.public_id for task in tasks_of(order))
    tablet.do("pick", task=shirts, pieces=2, scanned="SHIRT")
    tablet.do("undo_pick", task=shirts, pieces=1)
    short = tablet.do("short", task=shirts, pieces=1, reason="not_found")["short_pick"]
    tablet.do("undo_short", short_pick=short)
    tablet.do("short", task=shirts, pieces=1, reason="not_found")
    assert tablet.do("found", sku="SHIRT", pieces=1)["back_to_orders"] == 1
    tablet.do("pick", task=shirts, pieces=1)
    tablet.do("pick", task=mugs)
    tablet.do("finish_wave", wave=wave["id"])
    bag = tablet.do("bag", order=name, contents={"1": 2, "2": 1})["package"]["id"]
    tablet.do("empty", bag=bag)
    bag = tablet.do("bag", order=name, contents={"1": 2, "2": 1})["package"]["id"]
    tablet.do("bind_tag", bag=bag, tag="TAG-1")
    assert tablet.do("stage", bag="TAG-1", location="S-01")["order"]["state"] == "ready"
    tablet.do("unstage", bag=bag)
    tablet.do("stage", bag=bag, location="S-01")
    tablet.do("undo_ready", order=name)
    tablet.do("stage", bag=bag, location="S-01")
    tablet.do("not_here", bag=bag)
    tablet.do("stage", bag=bag, location="S-01")
    tablet.do("check_in", order=name, kind="here")
    tablet.do("take", order=name)
    tablet.do("nobody_came", order=name)
    assert not tablet.do("check_code", order=name, code="WRONG9")["right"]
    found = tablet.do("find_code", code=pickup_code(fresh(order)))
    assert found["right"]
    lines = {"1": {"collected": 1, "refused": 1, "reason": "too small"}, "2": {"collected": 1}}
    given = tablet.do(
        "hand_over", order=name, bags=[bag], method="code", lines=lines, expected=found["order"]["version"]
    )
    assert given["order"]["state"] == "collected"
    tablet.do("undo_hand_over", handoff=given["handoff"]["id"])
    tablet.do("hand_over", order=name, bags=[bag], method="code", lines=lines)
    (task,) = floor_tasks(shop.store, "put_back")
    tablet.do("put_back", task=task.public_id, sellable=1, location="A-03")
    tablet.do("count", sku="SHIRT", counted=9)
    assert counters(order) == {"cancelled": 1, "collected": 1}
    assert differences() == []


def test_an_order_can_be_pulled_out_and_picked_at_once(shop: Shop, tablet: Tablet) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    wave = tablet.do("release_wave")["wave"]["id"]
    tablet.do("pull_out", wave=wave, order=order.public_id)
    assert tablet.do("pick_now", order=order.public_id)["wave"]["totes"][0]["order"] == order.public_id


def test_a_substitute_is_proposed_and_a_cancelled_piece_taken_out_by_scan(shop: Shop, tablet: Tablet) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 2)])
    tablet.do("short", task=task_id(order), reason="damaged")
    tablet.do("propose", question=question_of(order).public_id, sku="MUG")
    assert question_of(order).options[0]["sku"] == "MUG"
    ready = make_ready(shop.store, shop.client, [(shop.shirt, 1), (shop.mug, 1)])
    with transaction():
        cancel_pieces(locked(ready), "2", 1, reason="no", by=tablet.by)
    tablet.do("take_out", bag=bags_in(ready)[0].public_id, line_id="2")
    assert bags_in(ready)[0].take_out == 0


def test_a_late_pick_from_a_tablet_that_was_offline_is_recorded(shop: Shop, tablet: Tablet) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    task, tapped_at = task_id(order), clock.now()
    with transaction():
        cancel_order(locked(order), reason="no", by=tablet.by)
    tablet.do("pick", task=task, at=tapped_at)
    assert counters(order) == {"cancelled": 1, "to_put_back": 1}
    assert "order.picked_too_late" in events_of(order)


def test_every_kind_refuses_an_empty_payload_with_an_error_of_ours(tablet: Tablet) -> None:
    for kind in sorted(KINDS):
        with pytest.raises(OperationError):
            tablet.do(kind)
