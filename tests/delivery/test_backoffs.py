from __future__ import annotations

from datetime import timedelta

import pytest

from omni_pickup.delivery.backoffs import JITTER, WAITS, wait_before_next


@pytest.mark.parametrize("attempts", range(len(WAITS)))
def test_a_wait_is_the_schedules_with_at_most_a_tenth_more(attempts: int) -> None:
    waits = [wait_before_next(attempts) for _ in range(50)]
    assert all(wait is not None and WAITS[attempts] <= wait <= WAITS[attempts] * (1 + JITTER) for wait in waits)


def test_waits_differ_so_that_failures_do_not_return_together() -> None:
    assert len({wait_before_next(3) for _ in range(50)}) > 40


def test_the_schedule_is_the_contracts() -> None:
    seconds = [0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    assert [wait.total_seconds() for wait in WAITS] == seconds


def test_after_the_last_attempt_nothing_is_tried_again() -> None:
    assert wait_before_next(len(WAITS)) is None
    assert wait_before_next(len(WAITS) + 5, asked=timedelta(seconds=1)) is None


def test_a_longer_wait_that_the_other_side_asks_for_is_kept() -> None:
    assert wait_before_next(1, asked=timedelta(hours=1)) == timedelta(hours=1)
    shorter = wait_before_next(2, asked=timedelta(seconds=1))
    assert shorter is not None
    assert shorter >= WAITS[2]
