"""The pace of a store: what it measured itself, held back by what was set where it measured little."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omni_pickup.rules.paces import MOST_FACTOR, MOST_WALKS, Pace, Walk, hour_of_week, measured_pace, set_pace
from omni_pickup.rules.problems import RuleProblem

SET = set_pace(60)
MONDAY_TEN, SATURDAY_TEN = 10, 5 * 24 + 10


def walks(count: int, *, per_order: float, per_piece: float, hour: int = MONDAY_TEN) -> list[Walk]:
    """Walks of one to four orders with one to five pieces each, as fast as said."""
    found = []
    for number in range(count):
        orders, pieces = 1 + number % 4, (1 + number % 4) * (1 + number % 5)
        found.append(Walk(orders * per_order + pieces * per_piece, orders, pieces, hour))
    return found


def test_a_store_that_measured_nothing_has_the_pace_that_was_set() -> None:
    assert measured_pace([], SET) == SET
    assert SET.minutes(orders=3, pieces=10) == 10
    assert SET.factor_at(MONDAY_TEN) == 1
    assert SET.orders == 0


@pytest.mark.parametrize("pace", [0, -1, float("nan")])
def test_a_pace_of_nothing_is_refused(pace: float) -> None:
    with pytest.raises(RuleProblem) as caught:
        set_pace(pace)
    assert caught.value.code == "invalid_pace"


def test_many_walks_show_the_minutes_of_an_order_and_of_a_piece() -> None:
    pace = measured_pace(walks(200, per_order=3, per_piece=0.5), SET)
    assert pace.orders == 500
    assert pace.minutes_per_order == pytest.approx(3, abs=0.15)
    assert pace.minutes_per_piece == pytest.approx(0.5, abs=0.05)


def test_few_walks_hardly_move_what_was_set() -> None:
    pace = measured_pace(walks(2, per_order=0, per_piece=4), SET)
    assert 1 < pace.minutes_per_piece < 1.5
    assert pace.orders == 3


def test_twenty_orders_weigh_as_much_as_the_setting() -> None:
    pace = measured_pace([Walk(30, 1, 10, MONDAY_TEN)] * 20, SET)
    assert pace.minutes(orders=1, pieces=10) == pytest.approx((10 + 30) / 2)


def test_walks_that_are_all_alike_leave_the_pieces_to_the_setting() -> None:
    pace = measured_pace([Walk(12, 1, 2, MONDAY_TEN)] * 100, SET)
    assert pace.minutes_per_piece == pytest.approx(1)
    assert pace.minutes(orders=1, pieces=2) == pytest.approx(12, rel=0.15)


def test_a_store_that_is_faster_than_the_setting_is_believed_too() -> None:
    pace = measured_pace(walks(200, per_order=0, per_piece=0.25), SET)
    assert pace.minutes(orders=2, pieces=20) == pytest.approx(5, rel=0.15)


def test_a_coffee_in_every_fifth_walk_changes_nothing() -> None:
    usual = walks(100, per_order=3, per_piece=0.5)
    with_coffee = [
        Walk(walk.minutes + 45, walk.orders, walk.pieces, walk.hour) if number % 5 == 4 else walk
        for number, walk in enumerate(usual)
    ]
    plain, disturbed = measured_pace(usual, SET), measured_pace(with_coffee, SET)
    assert disturbed.minutes(2, 6) == pytest.approx(plain.minutes(2, 6), rel=0.25)


def test_a_walk_that_was_forgotten_on_a_tablet_is_no_walk() -> None:
    forgotten = [
        Walk(9 * 60, 1, 1, MONDAY_TEN),
        Walk(0, 1, 1, MONDAY_TEN),
        Walk(5e-324, 9, 1, MONDAY_TEN),
        Walk(5, 0, 0, MONDAY_TEN),
    ]
    assert measured_pace(forgotten, SET) == SET


def test_a_slow_hour_is_known_by_its_factor() -> None:
    found = walks(100, per_order=2, per_piece=1) + walks(60, per_order=4, per_piece=2, hour=SATURDAY_TEN)
    pace = measured_pace(found, SET)
    assert pace.factor_at(SATURDAY_TEN) > 1.4 * pace.factor_at(MONDAY_TEN)
    assert pace.factor_at(MONDAY_TEN + 1) == 1
    assert pace.measured[SATURDAY_TEN] == 150


def test_an_hour_with_one_walk_stays_near_the_usual() -> None:
    found = walks(100, per_order=2, per_piece=1) + walks(1, per_order=6, per_piece=3, hour=SATURDAY_TEN)
    assert 1 < measured_pace(found, SET).factor_at(SATURDAY_TEN) < 1.2


def test_only_the_newest_walks_count() -> None:
    newest, older = walks(MOST_WALKS, per_order=0, per_piece=2), walks(500, per_order=0, per_piece=0.1)
    assert measured_pace(newest + older, SET) == measured_pace(newest, SET)


def test_the_hour_of_the_week_begins_on_monday_at_midnight() -> None:
    assert hour_of_week(datetime(2026, 11, 23, 0, 59, tzinfo=UTC)) == 0
    assert hour_of_week(datetime(2026, 11, 29, 23, 0, tzinfo=UTC)) == 167


any_walks = st.lists(
    st.builds(
        Walk,
        st.floats(-10, 1000, allow_nan=False),
        st.integers(0, 12),
        st.integers(0, 60),
        st.sampled_from([0, MONDAY_TEN, SATURDAY_TEN, 167]),
    ),
    max_size=30,
)


@given(any_walks)
def test_whatever_the_walks_were_a_pace_is_usable(found: list[Walk]) -> None:
    pace = measured_pace(found, SET)
    assert pace.minutes_per_order >= 0
    assert pace.minutes_per_piece >= 0
    assert pace.minutes(1, 1) > 0
    assert all(1 / MOST_FACTOR <= factor <= MOST_FACTOR for factor in pace.factors.values())


@given(any_walks, st.integers(0, 12), st.integers(0, 60))
def test_more_work_never_takes_less_time(found: list[Walk], orders: int, pieces: int) -> None:
    pace: Pace = measured_pace(found, SET)
    assert pace.minutes(orders, pieces) <= pace.minutes(orders + 1, pieces + 1)
