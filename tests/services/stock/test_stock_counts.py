"""Counting: the shelf is right and the books follow, whatever is reserved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from flask_openapi3 import OpenAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from omni_pickup import clock, keys
from omni_pickup.errors import Conflict, Invalid
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM, Actor
from omni_pickup.models.events import Event
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order
from omni_pickup.models.picking import FloorTask
from omni_pickup.models.staff import StaffSession
from omni_pickup.models.stock import StockCount, StockLevel, StockMovement
from omni_pickup.models.stores import Setting, Store
from omni_pickup.queries.stock.books import list_differences
from omni_pickup.services.floor_tasks import claim_task, open_task
from omni_pickup.services.picking.picks import pick_pieces
from omni_pickup.services.stock.recounts import set_count_rule
from omni_pickup.services.stock.stock_blocks import block_item, is_blocked
from omni_pickup.services.stock.stock_counts import record_count
from omni_pickup.services.stock.stock_moves import Cause, move_stock
from tests.builders import make_client, make_item, make_order, make_stock, stock_of
from tests.floor import make_queued, reread, tasks_of
from tests.people import make_staff, make_store


@dataclass
class Aisle:
    store: Store
    item: Item
    ola: Actor
    jan: Actor
    boss_id: int


@pytest.fixture
def aisle(app: OpenAPI) -> Aisle:
    """Ten pieces in the books, two people and a manager."""
    store, item = make_store(), make_item("SHIRT")
    make_stock(store, item, 10)
    ola, jan = (Actor("staff", staff_id=make_staff(login, store, pin=None).id) for login in ("ola", "jan"))
    return Aisle(store, item, ola, jan, make_staff("boss", store, role="manager", pin=None).id)


def count(
    aisle: Aisle, counted: int, *, by: Actor | None = None, at: datetime | None = None, shelf_only: bool = False
) -> StockCount:
    with transaction():
        return record_count(aisle.store, aisle.item, counted, by=by or aisle.ola, at=at, shelf_only=shelf_only)


def sign_in(person: Actor, *, ago: timedelta = timedelta()) -> None:
    """Somebody works at a screen of the store, and was last seen so long ago."""
    now = clock.now()
    about = {"created_at": now - ago, "last_seen_at": now - ago, "expires_at": now + timedelta(hours=8)}
    digest = keys.digest(keys.new_token())
    with transaction():
        db.session.add(StaffSession(staff_id=person.staff_id, kind="password", digest=digest, **about))


def types() -> list[str]:
    return list(db.session.scalars(select(Event.type).order_by(Event.id)))


def test_a_count_sets_on_hand_and_says_by_how_much_the_books_were_off(aisle: Aisle) -> None:
    done = count(aisle, 8)
    assert (done.counted, done.expected, done.variance, done.accepted) == (8, 10, -2, True)
    assert stock_of(aisle.store, aisle.item) == {"on_hand": 8}
    movement = db.session.scalars(select(StockMovement).where(StockMovement.kind == "count")).one()
    assert (movement.on_hand_delta, movement.staff_id) == (-2, aisle.ola.staff_id)
    assert "stock.counted" in types()


def test_a_count_that_agrees_moves_nothing_and_is_remembered(aisle: Aisle) -> None:
    count(aisle, 10)
    assert db.session.scalars(select(StockMovement).where(StockMovement.kind == "count")).all() == []
    assert db.session.scalars(select(StockLevel.counted_at)).one() is not None


def test_a_count_below_what_is_reserved_is_never_refused_and_flags_the_latest_promise(aisle: Aisle) -> None:
    client, now = make_client(), clock.now()
    early = make_order(aisle.store, client, [(aisle.item, 3)], promised_at=now)
    late = make_order(aisle.store, client, [(aisle.item, 3)], promised_at=now + timedelta(hours=2))
    count(aisle, 5)
    assert stock_of(aisle.store, aisle.item) == {"on_hand": 5, "reserved": 6, "deficit": 1}
    with transaction():
        assert [db.session.get_one(Order, one.id).lines[0].endangered for one in (early, late)] == [0, 1]


def test_a_count_lifts_the_block_and_closes_its_task(aisle: Aisle) -> None:
    with transaction():
        block_item(aisle.store.id, aisle.item.id, by=SYSTEM)
        task = open_task("count", store_id=aisle.store.id, item_id=aisle.item.id, reason="not_found", by=SYSTEM)
        record_count(aisle.store, aisle.item, 9, task=task, by=aisle.ola)
    assert not is_blocked(aisle.store.id, aisle.item.id)
    assert (task.state, db.session.scalars(select(StockCount.task_id)).one()) == ("done", task.id)


def test_a_deficit_that_was_counted_does_not_ask_for_another_count(aisle: Aisle) -> None:
    make_order(aisle.store, make_client(), [(aisle.item, 10)])
    count(aisle, 6)
    assert db.session.scalars(select(FloorTask).where(FloorTask.state == "open")).all() == []


def test_what_happened_after_the_count_stays_on_top(aisle: Aisle) -> None:
    counted_at = clock.now()
    with transaction():
        move_stock(aisle.store.id, aisle.item.id, cause=Cause("adjustment", SYSTEM), on_hand=-3)
    done = count(aisle, 9, at=counted_at)
    assert (done.expected, done.variance) == (10, -1)
    assert stock_of(aisle.store, aisle.item) == {"on_hand": 6}


def test_who_counted_only_the_shelf_did_not_see_the_bags(aisle: Aisle) -> None:
    order = make_order(aisle.store, make_client(), [(aisle.item, 4)])
    with transaction():
        db.session.get_one(Order, order.id).lines[0].picked = 3
    assert count(aisle, 7, shelf_only=True).variance == 0
    assert stock_of(aisle.store, aisle.item) == {"on_hand": 10, "reserved": 4}


# --- a second opinion ----------------------------------------------------------------------------------------


def test_a_count_that_is_far_off_waits_for_somebody_else(aisle: Aisle) -> None:
    sign_in(aisle.jan)
    done = count(aisle, 4)
    assert not done.accepted
    assert stock_of(aisle.store, aisle.item) == {"on_hand": 10}
    assert types()[-1] == "stock.recount_asked"
    with pytest.raises(Conflict):
        count(aisle, 4)
    second = count(aisle, 3, by=aisle.jan)
    assert (second.accepted, second.recount_of_id) == (True, done.id)
    assert stock_of(aisle.store, aisle.item) == {"on_hand": 3}
    assert db.session.scalars(select(FloorTask)).one().state == "done"


def test_who_is_alone_counts_again(aisle: Aisle) -> None:
    sign_in(aisle.ola)
    sign_in(aisle.jan, ago=timedelta(hours=2))
    first = count(aisle, 4)
    second = count(aisle, 4)
    assert (first.accepted, second.accepted, second.recount_of_id) == (False, True, first.id)


def test_the_owner_may_let_the_same_person_count_again(aisle: Aisle) -> None:
    sign_in(aisle.jan)
    with transaction():
        set_count_rule(recount_above=5, recount_above_value=None, another_person=False, by=SYSTEM)
    count(aisle, 4)
    assert count(aisle, 4).accepted


def test_the_task_of_a_doubted_count_is_anybodys_again(aisle: Aisle) -> None:
    with transaction():
        task = open_task("count", store_id=aisle.store.id, item_id=aisle.item.id, reason="not_found", by=SYSTEM)
        claim_task(task, by=aisle.ola)
        record_count(aisle.store, aisle.item, 2, task=task, by=aisle.ola)
    assert (task.state, task.reason, task.assigned_id) == ("open", "recount", None)
    with transaction():
        claim_task(task, by=aisle.jan)
        record_count(aisle.store, aisle.item, 2, task=task, by=aisle.jan)
    assert task.state == "done"


def test_a_dear_item_is_doubted_sooner(aisle: Aisle) -> None:
    with transaction():
        set_count_rule(recount_above=5, recount_above_value=20, another_person=True, by=SYSTEM)
    ring = make_item("RING", price_minor=150_000)
    make_stock(aisle.store, ring, 10)
    assert count(aisle, 8).accepted
    with transaction():
        doubted = record_count(aisle.store, ring, 9, by=aisle.ola)
    assert not doubted.accepted
    assert types()[-1] == "stock.recount_asked"


def test_a_count_keeps_what_is_missing_in_pieces_and_money(aisle: Aisle) -> None:
    done = count(aisle, 8)
    assert (done.variance, done.value_minor, done.currency) == (-2, -2000, "PLN")
    told = db.session.scalars(select(Event.data).where(Event.type == "stock.counted")).one()
    assert told["count"]["value"] == {"amount": "-20.00", "currency": "PLN"}
    free = make_item("BAG", price_minor=None, currency=None)
    make_stock(aisle.store, free, 3)
    with transaction():
        done = record_count(aisle.store, free, 1, by=aisle.ola)
    assert (done.variance, done.value_minor, done.currency) == (-2, None, None)


@pytest.mark.parametrize(
    ("above", "above_value", "pointer"), [(-1, None, "/recount_above"), (5, -1, "/recount_above_value")]
)
def test_the_rule_takes_possible_numbers(aisle: Aisle, above: int, above_value: int | None, pointer: str) -> None:
    with pytest.raises(Invalid) as caught, transaction():
        set_count_rule(recount_above=above, recount_above_value=above_value, another_person=True, by=SYSTEM)
    assert caught.value.details["errors"][0]["pointer"] == pointer


def test_a_count_of_the_shelf_that_is_told_after_a_pick_is_made_again(aisle: Aisle) -> None:
    order = make_queued(aisle.store, make_client(), [(aisle.item, 4)])
    counted_at = clock.now()
    with transaction():
        pick_pieces(reread(tasks_of(order)[0]), pieces=2, by=aisle.jan)
    late = count(aisle, 10, at=counted_at, shelf_only=True)
    assert not late.accepted
    assert stock_of(aisle.store, aisle.item) == {"on_hand": 10, "reserved": 4}
    assert count(aisle, 8, by=aisle.jan, shelf_only=True).variance == 0


def test_a_count_from_before_a_picker_missed_the_item_leaves_it_blocked(aisle: Aisle) -> None:
    counted_at = clock.now()
    with transaction():
        block_item(aisle.store.id, aisle.item.id, by=SYSTEM)
    count(aisle, 9, at=counted_at)
    assert is_blocked(aisle.store.id, aisle.item.id)
    count(aisle, 9)
    assert not is_blocked(aisle.store.id, aisle.item.id)


def test_a_manager_beside_the_counter_is_the_second_opinion(aisle: Aisle) -> None:
    by = Actor("staff", staff_id=aisle.ola.staff_id, approver_id=aisle.boss_id)
    assert count(aisle, 0, by=by).accepted
    assert stock_of(aisle.store, aisle.item) == {}


@pytest.mark.parametrize(("counted", "accepted"), [(5, True), (4, False), (15, True), (16, False)])
def test_the_threshold_counts_in_both_directions(aisle: Aisle, counted: int, accepted: bool) -> None:
    assert count(aisle, counted).accepted is accepted


def test_the_owner_may_change_the_threshold(aisle: Aisle) -> None:
    with transaction():
        db.session.add(Setting(name="stock_counts", value={"recount_above": 0}, updated_at=clock.now()))
    assert not count(aisle, 9).accepted


def test_a_late_report_of_an_older_count_changes_nothing(aisle: Aisle) -> None:
    earlier = clock.now()
    count(aisle, 8)
    assert not count(aisle, 9, by=aisle.jan, at=earlier).accepted
    assert stock_of(aisle.store, aisle.item) == {"on_hand": 8}
    assert types()[-1] == "stock.count_superseded"
    assert count(aisle, 8).accepted


@pytest.mark.parametrize("counted", [-1, 1_000_001])
def test_a_count_is_a_possible_number(aisle: Aisle, counted: int) -> None:
    with pytest.raises(Invalid):
        count(aisle, counted)


def test_nobody_counts_in_the_future(aisle: Aisle) -> None:
    with pytest.raises(Invalid):
        count(aisle, 1, at=clock.now() + timedelta(minutes=1))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from(["sell", "deliver", "count"]), st.integers(0, 5)), max_size=8))
def test_after_a_count_the_books_hold_what_was_seen_and_what_came_after(
    aisle: Aisle, steps: list[tuple[str, int]]
) -> None:
    count(aisle, 10, by=SYSTEM)
    shelf = 10
    for kind, pieces in steps:
        if kind == "count":
            # One piece is lost unseen, then somebody counts what is there.
            shelf = max(0, shelf - 1)
            count(aisle, shelf)
            continue
        moved = pieces if kind == "deliver" else -min(pieces, shelf)
        shelf += moved
        with transaction():
            move_stock(aisle.store.id, aisle.item.id, cause=Cause("adjustment", SYSTEM), on_hand=moved)
    count(aisle, shelf)
    assert stock_of(aisle.store, aisle.item).get("on_hand", 0) == shelf
    assert list_differences() == []
