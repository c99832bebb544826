"""The rows of the board."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from omni_pickup import clock
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.paces import StorePace
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.queries.picking import pick_queues
from omni_pickup.queries.picking.pick_queues import pick_queue
from omni_pickup.services.picking.waves import pick_order_now
from omni_pickup.services.stock.stock_levels import set_level
from tests.builders import make_item, make_stock
from tests.floor import Shop, make_queued, make_shop
from tests.people import make_staff

NOON = datetime(2026, 5, 6, 12, 0, tzinfo=ZoneInfo("Europe/Warsaw"))
pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def shop() -> Shop:
    return make_shop()


def queued(shop: Shop, minutes: float, **values: object) -> str:
    """The number of an order promised so many minutes after noon."""
    return make_queued(
        shop.store, shop.client, [(shop.shirt, 1)], promised_at=NOON + timedelta(minutes=minutes), **values
    ).number


def test_rows_are_grouped_by_when_they_are_promised(shop: Shop) -> None:
    wanted = {
        "late": [queued(shop, -10), queued(shop, -1)],
        "soon": [queued(shop, 0), queued(shop, 30)],
        "later": [queued(shop, 31), queued(shop, 11 * 60)],
        "tomorrow": [queued(shop, 12 * 60), queued(shop, 60 * 60)],
    }
    queue = pick_queue(shop.store, NOON)
    assert {group: [row.number for row in queue.in_group(group)] for group in pick_queues.GROUPS} == wanted
    assert queue.counts == {"late": 2, "soon": 2, "later": 2, "tomorrow": 2}
    assert queue.total == 8


def test_minutes_count_down_and_below_zero(shop: Shop) -> None:
    for minutes in (12.5, -7.5):
        queued(shop, minutes)
    assert [row.minutes for row in pick_queue(shop.store, NOON).rows] == [-8, 12]


def test_an_order_whose_work_does_not_fit_any_more_is_at_risk(shop: Shop) -> None:
    with transaction():
        shop.store.pickers, shop.store.pace_per_hour = 1, 60
    queued(shop, 5.5)
    queued(shop, 30)
    assert [row.sla for row in pick_queue(shop.store, NOON).rows] == ["at_risk", "on_time"]


def test_orders_whose_pieces_may_be_missing_carry_a_flag_and_no_others(shop: Shop) -> None:
    early, late = queued(shop, 30), queued(shop, 60)
    with transaction():
        set_level(shop.store, "SHIRT", {"on_hand": 1}, by=SYSTEM)
    flags = {row.number: row.flags for row in pick_queue(shop.store, NOON).rows}
    assert flags == {early: (), late: ("endangered",)}


def test_flags_come_in_the_order_in_which_they_stop_the_picker(shop: Shop) -> None:
    knife = make_item("KNIFE", handling=["bulky", "locked", "fragile"], temperature="chilled", min_age=18)
    make_stock(shop.store, knife, 3)
    make_queued(
        shop.store,
        shop.client,
        [(knife, 1)],
        gift=True,
        payment_state="due",
        payment_due_minor=100,
        contact={"name": "Anna Nowak", "note": "Ring"},
    )
    (row,) = pick_queue(shop.store, clock.now()).rows
    assert row.flags == ("locked", "18+", "chilled", "due", "bulky", "gift", "note")
    assert row.is_cold
    assert (row.name, row.pieces, row.code) == ("Nowak A.", 1, row.number[-4:])


def test_what_somebody_fetches_and_what_may_not_be_fetched_is_no_row(shop: Shop) -> None:
    taken = make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    make_queued(shop.store, shop.client, [(shop.mug, 1)], payment_state="void")
    left = make_queued(shop.store, shop.client, [(shop.mug, 2)])
    ania = make_staff("ania", shop.store)
    with transaction():
        pick_order_now(get_order_by_key(taken.id), picker=ania, by=SYSTEM)
    assert [row.number for row in pick_queue(shop.store, clock.now()).rows] == [left.number]


def test_more_rows_than_anybody_reads_are_counted_only(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pick_queues, "MOST_ROWS", 2)
    for minutes in (3, 2, 1):
        queued(shop, minutes)
    queue = pick_queue(shop.store, NOON)
    assert [row.minutes for row in queue.rows] == [1, 2]
    assert queue.total == 3


def test_the_number_of_statements_does_not_grow_with_the_rows(shop: Shop) -> None:
    seen: list[str] = []

    def note(*given: object) -> None:
        seen.append(str(given[2]))

    counts = []
    db.event.listen(db.engine, "before_cursor_execute", note)
    for rows in (1, 6):
        for minutes in range(rows):
            queued(shop, minutes)
        db.session.rollback()
        seen.clear()
        pick_queue(shop.store, NOON)
        counts.append(len(seen))
    db.event.remove(db.engine, "before_cursor_execute", note)
    assert counts[0] == counts[1]


def test_days_are_the_stores_own_also_when_clocks_change(shop: Shop) -> None:
    evening = datetime(2026, 10, 24, 23, 30, tzinfo=ZoneInfo("Europe/Warsaw"))
    with time_machine.travel(evening, tick=False):
        make_queued(shop.store, shop.client, [(shop.shirt, 1)], promised_at=evening + timedelta(minutes=29))
        make_queued(shop.store, shop.client, [(shop.shirt, 1)], promised_at=evening + timedelta(minutes=40))
        assert pick_queue(shop.store, evening).counts == {"late": 0, "soon": 1, "later": 0, "tomorrow": 1}


def test_the_risk_follows_the_measured_pace_and_the_people_who_are_there(shop: Shop) -> None:
    with transaction():
        shop.store.pickers, shop.store.pace_per_hour = 3, 60
    for minutes in (60, 61, 62):
        queued(shop, minutes)
    assert [row.sla for row in pick_queue(shop.store, NOON).rows] == ["on_time"] * 3
    with transaction():
        pace = {"minutes_per_order": 15.0, "minutes_per_piece": 5.0, "hours": {}, "orders": 143}
        db.session.add(StorePace(store_id=shop.store.id, on_shift=1, on_shift_at=NOON, measured_at=NOON, **pace))
    # Twenty minutes for each order of one piece, and only one person to fetch them.
    assert [row.sla for row in pick_queue(shop.store, NOON).rows] == ["on_time", "on_time", "at_risk"]
