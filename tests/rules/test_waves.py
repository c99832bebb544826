"""Walk order, totes, and which orders go into a wave."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omni_pickup.rules.waves import (
    WalkTask,
    WaveCandidate,
    WaveOrder,
    plan_wave,
    tote_letter,
    urgency,
    walk_key,
    walk_order,
)

MORNING = datetime(2026, 1, 15, 8, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return MORNING + timedelta(minutes=minutes)


def candidate(key: int, *, pieces: int = 1, placed: int = 0, **more: Any) -> WaveCandidate:
    return WaveCandidate(key=key, pieces=pieces, placed_at=at(placed), **more)


def keys(wave: list[WaveOrder]) -> list[int]:
    return [order.key for order in wave]


def test_shelves_are_walked_in_the_order_of_their_numbers() -> None:
    walk = ["A-1", "A-2", "A-2-1", "A-10", "A-10-2", "B-1", "B2", "B10", "Freezer 1", None]
    shuffled = random.Random(1).sample(walk, len(walk))
    assert sorted(shuffled, key=walk_key) == walk


@pytest.mark.parametrize("nowhere", [None, "", "   ", "--"])
def test_what_lies_nowhere_comes_last(nowhere: str | None) -> None:
    assert walk_key(nowhere) > walk_key("ZZZ-999")


def test_small_and_large_letters_signs_and_leading_zeros_mean_the_same_shelf() -> None:
    assert walk_key("a-03") == walk_key("A-3") == walk_key(" A 3 ") == walk_key("A3")


def test_a_number_on_a_shelf_may_have_any_number_of_digits() -> None:
    assert walk_key("A-" + "9" * 5000) < walk_key("A-1" + "0" * 5000)


@given(st.lists(st.one_of(st.none(), st.text(max_size=12))))
def test_any_locations_can_be_sorted(locations: list[str | None]) -> None:
    ordered = sorted(locations, key=walk_key)
    assert sorted(ordered, key=walk_key) == ordered


def test_equal_pieces_on_one_shelf_are_fetched_together() -> None:
    tasks = [WalkTask(1, "A-1", "RED"), WalkTask(2, "A-1", "BLUE"), WalkTask(3, "A-1", "RED"), WalkTask(4, None, "X")]
    assert [task.key for task in walk_order(tasks)] == [2, 1, 3, 4]


@pytest.mark.parametrize(
    ("index", "letter"),
    [(0, "A"), (25, "Z"), (26, "AA"), (27, "AB"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")],
)
def test_totes_are_lettered_like_the_columns_of_a_sheet(index: int, letter: str) -> None:
    assert tote_letter(index) == letter


def test_totes_are_counted_from_zero() -> None:
    with pytest.raises(ValueError, match="from 0"):
        tote_letter(-1)


def test_no_two_totes_share_a_letter() -> None:
    assert len({tote_letter(index) for index in range(2000)}) == 2000


def test_waiting_people_come_first_then_the_earliest_promise_then_the_oldest_order() -> None:
    orders = [
        candidate(1, promised_at=at(60), placed=5),
        candidate(2, promised_at=at(60), placed=1),
        candidate(3, promised_at=at(30)),
        candidate(4),
        candidate(5, promised_at=at(600), waiting_since=at(20)),
        candidate(6, waiting_since=at(10)),
    ]
    assert keys(plan_wave(orders)) == [6, 5, 3, 2, 1, 4]


def test_totes_follow_the_urgency() -> None:
    orders = [candidate(1, promised_at=at(60)), candidate(2, promised_at=at(30))]
    assert plan_wave(orders) == [WaveOrder(2, "A"), WaveOrder(1, "B")]


def test_a_wave_has_at_most_its_size() -> None:
    orders = [candidate(key, placed=key) for key in range(10)]
    assert keys(plan_wave(orders)) == [0, 1, 2, 3, 4, 5]
    assert keys(plan_wave(orders, size=2)) == [0, 1]
    assert plan_wave(orders, size=0) == []


def test_what_nobody_can_pick_is_not_pulled() -> None:
    orders = [candidate(1, pickable=False, waiting_since=at(0)), candidate(2, pieces=0), candidate(3)]
    assert keys(plan_wave(orders)) == [3]


def test_an_order_that_does_not_fit_waits_while_a_smaller_one_comes_along() -> None:
    orders = [candidate(1, pieces=6, placed=1), candidate(2, pieces=6, placed=2), candidate(3, pieces=4, placed=3)]
    assert keys(plan_wave(orders, max_pieces=10)) == [1, 3]


def test_an_order_larger_than_the_limit_goes_alone_instead_of_never() -> None:
    orders = [candidate(1, pieces=50, placed=1), candidate(2, placed=2)]
    assert keys(plan_wave(orders, max_pieces=10)) == [1]


def test_nothing_to_pick_is_an_empty_wave() -> None:
    assert plan_wave([]) == []


candidates = st.lists(
    st.builds(
        candidate,
        st.integers(0, 1000),
        pieces=st.integers(0, 20),
        placed=st.integers(0, 100),
        promised_at=st.one_of(st.none(), st.integers(0, 500).map(at)),
        waiting_since=st.one_of(st.none(), st.integers(0, 500).map(at)),
        pickable=st.booleans(),
    ),
    unique_by=lambda order: order.key,
    max_size=20,
)


@given(candidates, st.integers(1, 8), st.one_of(st.none(), st.integers(1, 30)))
def test_a_wave_keeps_its_limits_and_always_takes_the_most_urgent(
    orders: list[WaveCandidate], size: int, max_pieces: int | None
) -> None:
    wave = plan_wave(orders, size=size, max_pieces=max_pieces)
    by_key = {order.key: order for order in orders}
    chosen = [by_key[key] for key in keys(wave)]
    possible = sorted((order for order in orders if order.pickable and order.pieces), key=urgency)
    assert len(chosen) <= size
    assert chosen == sorted(chosen, key=urgency)
    assert chosen[:1] == possible[:1]
    assert set(keys(wave)) <= {order.key for order in possible}
    if max_pieces is not None and len(chosen) > 1:
        assert sum(order.pieces for order in chosen) <= max_pieces


@given(candidates, st.randoms())
def test_the_same_orders_make_the_same_wave_in_whatever_order_they_come(
    orders: list[WaveCandidate], chance: random.Random
) -> None:
    shuffled = orders.copy()
    chance.shuffle(shuffled)
    assert plan_wave(shuffled) == plan_wave(orders)
