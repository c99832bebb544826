"""The plot of kept promises as shapes."""

from __future__ import annotations

from omni_pickup.office.promise_plots import HEIGHT, WIDTH, plot_promises
from omni_pickup.rules.calibrations import calibrate


def test_later_is_higher_and_the_promise_is_a_line() -> None:
    plot = plot_promises({10: calibrate([-10, -5, 20]), 17: calibrate([5, 40])})
    assert plot is not None
    ten, seventeen = plot.marks
    assert (ten.hour, seventeen.hour) == (10, 17)
    assert ten.x < seventeen.x
    assert ten.p90 < plot.promise < ten.median
    assert seventeen.p90 < ten.p90
    assert any(rule.minutes == 0 and rule.y == plot.promise for rule in plot.rules)


def test_everything_stays_inside_the_drawing_however_far_off_it_was() -> None:
    plot = plot_promises({hour: calibrate([-5000, 9000]) for hour in range(24)})
    assert plot is not None
    for mark in plot.marks:
        assert plot.left <= mark.x <= plot.right <= WIDTH
        assert plot.top <= mark.p90 <= mark.median <= plot.bottom <= HEIGHT
    assert plot_promises({}) is None


def test_what_lies_beyond_the_edge_is_marked_and_what_is_on_it_is_not() -> None:
    plot = plot_promises({9: calibrate([30, 9000]), 10: calibrate([-5000, -5000]), 11: calibrate([120, 120])})
    assert plot is not None
    assert [(mark.median_beyond, mark.p90_beyond) for mark in plot.marks][1:] == [(-1, -1), (0, 0)]
    assert plot.marks[0].p90_beyond == 1
    assert plot.most == 120
