"""The task list, the end of a shift, and the alarm."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from omni_pickup import clock
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.picking import FloorTask
from omni_pickup.models.stores import Store
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.services.floor_tasks import open_task
from omni_pickup.services.orders.order_cancels import cancel_order
from omni_pickup.services.picking.searches import report_missing_bag
from omni_pickup.services.transfers.transfers import Wish, request_transfer, ship_transfer
from tests.board.floors import far_tablet, on_floor, second_tablet, signed_in
from tests.board.test_actions import send
from tests.floor import bags_in, make_picked, reread
from tests.sites import Site


def task_id(site: Site) -> str:
    with site.app.app_context():
        return db.session.scalars(db.select(FloorTask.public_id)).one()


@pytest.mark.parametrize("kind", ["put_back", "count", "search", "answers", "transfers"])
def test_an_empty_list_says_well_done(site: Site, kind: str) -> None:
    assert "Well done." in signed_in(site).get(f"/board/tasks/{kind}").text


def test_an_unknown_list_is_not_found(site: Site) -> None:
    assert signed_in(site).get("/board/tasks/dance").status_code == 404


def test_a_put_back_names_goods_shelf_and_order_and_is_done_by_a_tap(site: Site) -> None:
    with on_floor(site) as floor:
        order = make_picked(floor.store, floor.client, [(floor.mug, 2)])
        with transaction():
            cancel_order(get_order_by_key(order.id), reason="customer", by=SYSTEM)
    tablet = signed_in(site)
    page = tablet.get("/board/tasks/put_back").text
    for words in ("Blue mug", f"2 of order {order.number}", "Put back 2", "Damaged", "Missing"):
        assert words in page
    answer = send(tablet, action_id="a1", kind="put_back", task=task_id(site), sellable=2)
    assert answer.json["says"] == "Put back."
    assert "Nothing to put back" in tablet.get("/board/tasks/put_back").text


def test_a_count_is_blind(site: Site) -> None:
    with on_floor(site) as floor, transaction():
        open_task("count", store_id=floor.store.id, item_id=floor.mug.id, reason="not_found", by=SYSTEM)
    tablet = signed_in(site)
    page = tablet.get("/board/tasks/count").text
    assert 'name="counted:int"' in page
    assert 'name="shelf_only:bool" value="true"' in page
    assert "not in totes and bags" in page
    assert ">20<" not in page
    assert send(tablet, action_id="a1", kind="count", task=task_id(site), sku="MUG", counted=19).status_code == 200


def test_a_task_is_taken_on_by_one_person_and_given_back(site: Site) -> None:
    with on_floor(site) as floor, transaction():
        open_task("count", store_id=floor.store.id, item_id=floor.mug.id, reason="not_found", by=SYSTEM)
    ania, bartek, task = signed_in(site), second_tablet(site), task_id(site)
    assert send(ania, action_id="a1", kind="claim_task", task=task).status_code == 200
    assert send(bartek, action_id="b1", kind="claim_task", task=task).status_code == 409
    assert "Ania" in bartek.get("/board/tasks/count").text
    assert "Give back" in ania.get("/board/tasks/count").text
    assert send(ania, action_id="a2", kind="release_task", task=task).status_code == 200
    assert send(bartek, action_id="b2", kind="claim_task", task=task).status_code == 200


def test_a_search_says_whose_bag_it_is(site: Site) -> None:
    with on_floor(site) as floor:
        order = floor.ready()
        with transaction():
            report_missing_bag(reread(bags_in(order)[0]), by=SYSTEM)
    page = signed_in(site).get("/board/tasks/search").text
    assert f"Bag 1 of order {order.number}" in page
    assert f"/board/staging/{order.public_id}" in page


def test_a_transfer_is_sent_here_and_counted_in_there(site: Site) -> None:
    with on_floor(site) as floor:
        there = db.session.get_one(Store, site.ids.other_store)
        with transaction():
            asked = request_transfer(
                reread(floor.store), reread(there), [Wish(floor.mug.id, 2)], reason="sold out", by=SYSTEM
            )
        transfer, line = asked.public_id, asked.lines[0].id
    tablet = signed_in(site)
    assert "To Stockholm" in tablet.get("/board/tasks/transfers").text
    assert send(tablet, action_id="a1", kind="receive_transfer", transfer=transfer).status_code == 404
    shipped = send(tablet, action_id="a2", kind="ship_transfer", transfer=transfer, **{f"line_{line}": 2})
    assert shipped.json["result"]["transfer"]["state"] == "shipped"
    far = far_tablet(site)
    assert "From Warszawa Centrum" in far.get("/board/tasks/transfers").text
    got = send(far, action_id="f1", kind="receive_transfer", transfer=transfer, **{f"line_{line}": 1})
    assert got.json["result"]["transfer"]["lines"][0]["received"] == 1
    assert "of 1" in far.get("/board/tasks/transfers").text
    arrived = {f"line_{line}": 1, f"damaged_{line}": 1, f"surplus_{line}": 2}
    got = send(far, action_id="f2", kind="receive_transfer", transfer=transfer, **arrived)
    shape = got.json["result"]["transfer"]["lines"][0]
    assert (shape["received"], shape["damaged"], shape["surplus"]) == (2, 1, 2)
    again = send(far, action_id="f3", kind="receive_transfer", transfer=transfer, **arrived)
    assert again.status_code == 409


def test_a_store_that_sent_nothing_cannot_be_told_that_it_did(site: Site) -> None:
    with on_floor(site) as floor:
        there = db.session.get_one(Store, site.ids.other_store)
        with transaction():
            asked = request_transfer(reread(floor.store), reread(there), [Wish(floor.mug.id, 1)], reason="x", by=SYSTEM)
        with transaction():
            ship_transfer(reread(asked), {line.id: 1 for line in asked.lines}, by=SYSTEM)
    far = far_tablet(site)
    assert send(far, action_id="f1", kind="ship_transfer", transfer=asked.public_id).status_code == 404


def test_the_end_of_a_shift_lists_what_is_open(site: Site) -> None:
    with on_floor(site) as floor:
        due = floor.queued(promised_at=clock.now() - timedelta(minutes=5))
        picked = make_picked(floor.store, floor.client, [(floor.mug, 1)])
        walked = floor.queued(promised_at=clock.now() - timedelta(minutes=50))
    tablet = signed_in(site)
    send(tablet, action_id="a1", kind="pick_now", order=walked.public_id)
    page = tablet.get("/board/shift").text
    for words in ("Open walks", "Hand over my work", "To Bartek", due.number, picked.number, "Lock the tablet"):
        assert words in page


def test_a_shift_with_nothing_open_ends_with_thanks(site: Site) -> None:
    assert "Nothing is open, well done" in signed_in(site).get("/board/shift").text


def test_the_alarm_names_who_waits_until_somebody_goes(site: Site) -> None:
    with on_floor(site) as floor:
        order = floor.ready(contact={"name": "Zofia Lewandowska"})
        floor.arrive(order)
    tablet = signed_in(site)
    (waiting,) = tablet.get("/board/alarm").json["waiting"]
    assert (waiting["name"], waiting["order"]) == ("Lewandowska Z.", order.number)
    assert waiting["address"] == f"/board/handoff/{order.public_id}"
    send(tablet, action_id="a1", kind="take", order=order.public_id)
    assert tablet.get("/board/alarm").json["waiting"] == []


def test_one_tablet_of_the_store_rings_the_one_used_last(site: Site) -> None:
    first = signed_in(site)
    second = second_tablet(site)
    with time_machine.travel(clock.now() + timedelta(minutes=2), tick=False):
        second.get("/board/")
        rings = [one.get("/board/alarm", **{"X-Background": "1"}).json["rings"] for one in (first, second)]
        assert rings == [False, True]
    with time_machine.travel(clock.now() + timedelta(minutes=4), tick=False):
        first.get("/board/")
        rings = [one.get("/board/alarm", **{"X-Background": "1"}).json["rings"] for one in (first, second)]
        assert rings == [True, False]
