"""How well promises were kept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from omni_pickup.rules.calibrations import Calibration, calibrate


def test_ready_at_the_promised_minute_or_before_is_kept() -> None:
    found = calibrate([-30, -0.5, 0, 0.5, 45])
    assert (found.promises, found.kept, found.share) == (5, 3, 0.6)


def test_the_median_and_the_ninetieth_of_a_hundred_really_happened() -> None:
    found = calibrate([*range(1, 101)])
    assert (found.median, found.p90) == (50, 90)
    assert calibrate([7]) == Calibration(1, 0, 7, 7)
    assert calibrate([3, -5, 1]).median == 1


def test_without_promises_nothing_is_said() -> None:
    assert calibrate([]) == Calibration(0, 0, None, None)
    assert calibrate([]).share is None


@given(st.lists(st.integers(-500, 500), min_size=1))
def test_at_least_nine_in_ten_are_within_the_ninetieth(errors: list[int]) -> None:
    found = calibrate(errors)
    assert found.median is not None
    assert found.p90 is not None
    assert found.median <= found.p90
    assert sum(error <= found.p90 for error in errors) >= 0.9 * len(errors)
    assert sum(error <= found.median for error in errors) >= 0.5 * len(errors)
