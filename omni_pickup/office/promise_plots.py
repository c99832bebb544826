"""The plot of kept promises: for each hour how far ready was from the promise, as shapes for an SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor

from omni_pickup.rules.calibrations import Calibration

#: The drawing's own units; a page scales it as a whole.
WIDTH, HEIGHT = 760, 336
#: Above and below there is room for the triangles of what lies beyond.
_LEFT, _RIGHT, _TOP, _BOTTOM = 96, 16, 24, 56
#: Minutes that are shown at least and at most, on either side of the promise.
_LEAST, _MOST = 15, 120
_STEPS = (5, 10, 15, 30, 60)


@dataclass(frozen=True, slots=True)
class Mark:
    """One hour: where it stands, its median, its nine in ten, and whether that is later than promised.

    A figure that lies beyond the drawing's edge stands on it: 1 above, -1 below, 0 inside.
    """

    hour: int
    x: float
    median: float
    p90: float
    late: bool
    median_beyond: int
    p90_beyond: int
    found: Calibration


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the plot at so many minutes from the promise; 0 is the promise itself."""

    minutes: int
    y: float


@dataclass(frozen=True, slots=True)
class Plot:
    """All shapes of the drawing."""

    marks: Sequence[Mark]
    rules: Sequence[Rule]
    promise: float
    left: float = _LEFT
    right: float = WIDTH - _RIGHT
    top: float = _TOP
    bottom: float = HEIGHT - _BOTTOM
    most: int = _MOST
    width: int = WIDTH
    height: int = HEIGHT


def plot_promises(hours: Mapping[int, Calibration]) -> Plot | None:
    """The plot of calibrations by hour of the day; None when nothing came due.

    What lies further off than two hours is drawn at the edge: one order that was forgotten for days would press all
    others into a line. Later is higher, as a delay grows.
    """
    shown = {hour: found for hour, found in hours.items() if found.median is not None and found.p90 is not None}
    if not shown:
        return None
    errors = [error for found in shown.values() for error in (found.median or 0.0, found.p90 or 0.0)]
    step = next((step for step in _STEPS if (max(errors) - min(errors)) / step <= 5), _STEPS[-1])
    low = max(-_MOST, step * floor(min(-_LEAST, *errors) / step))
    high = min(_MOST, step * ceil(max(_LEAST, *errors) / step))

    def y(minutes: float) -> float:
        inside = min(high, max(low, minutes))
        return round(_TOP + (high - inside) / (high - low) * (HEIGHT - _BOTTOM - _TOP), 1)

    def beyond(minutes: float) -> int:
        return (minutes > high) - (minutes < low)

    slot = (WIDTH - _LEFT - _RIGHT) / len(shown)
    marks = [
        Mark(
            hour,
            round(_LEFT + (place + 0.5) * slot, 1),
            y(found.median or 0.0),
            y(found.p90 or 0.0),
            (found.p90 or 0.0) > 0,
            beyond(found.median or 0.0),
            beyond(found.p90 or 0.0),
            found,
        )
        for place, (hour, found) in enumerate(sorted(shown.items()))
    ]
    rules = [Rule(minutes, y(minutes)) for minutes in range(step * ceil(low / step), high + 1, step)]
    return Plot(marks, rules, y(0))
