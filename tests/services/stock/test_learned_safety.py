"""Pieces that the system keeps back by itself: why, until when, and who is told."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from flask_openapi3 import OpenAPI

from omni_pickup import clock
from omni_pickup.models import transaction
from omni_pickup.models.actors import SYSTEM, Actor
from omni_pickup.models.picking import ShortPick
from omni_pickup.queries.stock.stock import list_levels
from omni_pickup.queries.stock.stock_cards import learned_reasons
from omni_pickup.services.picking.short_pick_ends import found_it, undo_short_pick
from omni_pickup.services.picking.short_picks import short_pick
from omni_pickup.services.stock.learned_safety import fade_learned_safety, lower_learned_safety
from omni_pickup.services.stock.stock_counts import record_count
from omni_pickup.services.stock.stock_levels import set_level
from tests.builders import event_types, make_stock, stock_of
from tests.floor import ANIA, Shop, differences, make_queued, make_shop, reread, tasks_of
from tests.people import make_staff


@pytest.fixture
def shop(app: OpenAPI) -> Shop:
    shop = make_shop()
    make_stock(shop.store, shop.shirt, 20)
    return shop


def miss(shop: Shop, times: int = 1, reason: str = "mismatch") -> list[ShortPick]:
    """A picker finds something else on the shelf, each time for another order."""
    made = []
    # What a picker cannot find is not sold any more, so all were ordered before.
    orders = [make_queued(shop.store, shop.client, [(shop.shirt, 1)]) for _ in range(times)]
    for order in orders:
        (task,) = tasks_of(order)
        with transaction():
            short = short_pick(reread(task), pieces=1, reason=reason, by=ANIA)
        assert short is not None
        made.append(short)
    return made


def undo(short: ShortPick) -> None:
    with transaction():
        undo_short_pick(reread(short), by=ANIA)


def learned(shop: Shop) -> int:
    return stock_of(shop.store, shop.shirt).get("learned_safety", 0)


def fade(at: datetime) -> int:
    with transaction():
        return fade_learned_safety(at)


def test_each_third_miss_keeps_one_piece_back_up_to_three(shop: Shop) -> None:
    assert [(miss(shop), learned(shop))[1] for _ in range(12)] == [0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3]
    assert differences() == []


@pytest.mark.parametrize("reason", ["damaged", "display"])
def test_what_says_nothing_about_the_books_teaches_nothing(shop: Shop, reason: str) -> None:
    miss(shop, 3, reason)
    assert learned(shop) == 0


def test_misses_of_more_than_a_month_ago_are_forgotten(shop: Shop) -> None:
    miss(shop, 2)
    with time_machine.travel(clock.now() + timedelta(days=31)):
        miss(shop)
        assert learned(shop) == 0
        miss(shop, 2)
        assert learned(shop) == 1


def test_a_manager_sees_which_misses_it_were(shop: Shop) -> None:
    shorts = miss(shop, 3)
    (reason,) = learned_reasons(shop.store, shop.shirt)
    assert (reason.pieces, reason.reason) == (1, "3 short picks in 30 days")
    assert [one.short_id for one in reason.shorts] == [short.public_id for short in shorts]
    assert {(one.reason, one.pieces, one.found) for one in reason.shorts} == {("mismatch", 1, False)}
    assert all(one.order_number for one in reason.shorts)


def test_what_may_be_promised_falls_and_its_followers_are_told(shop: Shop) -> None:
    before = list_levels(shop.store, ["SHIRT"])[0]
    miss(shop, 3)
    after = list_levels(shop.store, ["SHIRT"])[0]
    assert (after["learned_safety"], after["available"]) == (1, before["available"] - 3 - 1)
    assert event_types("stock.")[-2:] == ["stock.learned_safety_changed", "stock.changed"]


def test_whichever_of_the_three_was_none_takes_the_piece_back(shop: Shop) -> None:
    first, second, _ = miss(shop, 3)
    undo(second)
    assert learned(shop) == 0
    miss(shop)
    assert learned(shop) == 1
    undo(first)
    assert learned(shop) == 0
    assert differences() == []


def test_after_a_manager_trusts_the_shelf_old_misses_do_not_count(shop: Shop) -> None:
    miss(shop, 5)
    with transaction():
        assert lower_learned_safety(shop.store, shop.shirt, by=ANIA) == 0
    miss(shop, 2)
    assert learned(shop) == 0
    miss(shop)
    assert learned(shop) == 1


def test_found_pieces_were_no_miss(shop: Shop) -> None:
    miss(shop, 2, "not_found")
    with transaction():
        found_it(shop.store, shop.shirt, pieces=2, by=ANIA)
    miss(shop)
    assert learned(shop) == 0


@pytest.mark.parametrize("counted", [False, True])
def test_figures_from_the_retailers_system_leave_it_alone(shop: Shop, counted: bool) -> None:
    miss(shop, 3)
    with transaction():
        set_level(shop.store, "SHIRT", {"on_hand": 50, "safety_stock": 2, "counted": counted}, by=SYSTEM)
    assert learned(shop) == 1


def test_a_persons_count_that_finds_the_books_right_gives_one_piece_back(shop: Shop) -> None:
    ola = Actor("staff", staff_id=make_staff("ola", shop.store, pin=None).id)
    miss(shop, 6)
    on_hand = stock_of(shop.store, shop.shirt)["on_hand"]
    for counted, left in ((on_hand - 1, 2), (on_hand - 1, 1), (on_hand - 1, 0), (on_hand - 1, 0)):
        with transaction():
            record_count(shop.store, shop.shirt, counted, by=ola)
        assert learned(shop) == left
    assert learned_reasons(shop.store, shop.shirt)[0].reason == "counted, and the books were right"


def test_it_fades_one_piece_for_each_quiet_month(shop: Shop) -> None:
    miss(shop, 6)
    now = clock.now()
    assert (fade(now + timedelta(days=29)), learned(shop)) == (0, 2)
    with time_machine.travel(now + timedelta(days=31)):
        assert (fade(clock.now()), learned(shop)) == (1, 1)
        assert (fade(clock.now()), learned(shop)) == (0, 1)
        miss(shop)
    with time_machine.travel(now + timedelta(days=60)):
        assert fade(clock.now()) == 0
    with time_machine.travel(now + timedelta(days=93)):
        assert (fade(clock.now()), learned(shop)) == (1, 0)
        assert fade(clock.now()) == 0
    assert differences() == []
