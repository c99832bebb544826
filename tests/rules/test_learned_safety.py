"""How many pieces are kept back, and when they are promised again."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from omni_pickup.rules.counts import CountRule, count_rule
from omni_pickup.rules.learned_safety import lower_after_count, quiet_since, raise_after


@pytest.mark.parametrize(
    ("new_shorts", "learned", "more"), [(0, 0, 0), (2, 0, 0), (3, 0, 1), (3, 1, 1), (3, 2, 1), (3, 3, 0), (7, 3, 0)]
)
def test_every_third_short_pick_keeps_one_piece_back_up_to_three(new_shorts: int, learned: int, more: int) -> None:
    assert raise_after(new_shorts, learned=learned) == more


@pytest.mark.parametrize(("variance", "learned", "less"), [(0, 2, 1), (0, 0, 0), (-1, 2, 0), (1, 2, 0)])
def test_a_count_that_finds_the_books_right_promises_one_piece_again(variance: int, learned: int, less: int) -> None:
    assert lower_after_count(variance, learned=learned) == less


def test_quiet_is_a_month() -> None:
    assert quiet_since(datetime(2026, 3, 31, 12, tzinfo=UTC)) == datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("variance", "value", "far_off"),
    [(5, None, False), (6, None, True), (-6, None, True), (1, "9.99", False), (1, "10", False), (-1, "-10.01", True)],
)
def test_a_count_is_far_off_by_pieces_or_by_money(variance: int, value: str | None, far_off: bool) -> None:
    money = None if value is None else Decimal(value)
    assert CountRule(recount_above_value=10).is_far_off(variance, money) is far_off


def test_without_a_sum_of_money_only_pieces_count() -> None:
    assert not CountRule().is_far_off(5, Decimal(1_000_000))


def test_what_the_owner_does_not_say_is_as_built_in() -> None:
    assert count_rule(None) == count_rule({}) == CountRule(5, None, another_person=True)
    assert count_rule({"recount_above": 0, "another_person": False}) == CountRule(0, None, another_person=False)
    assert count_rule({"recount_above_value": 500}).recount_above_value == 500
