"""How fast a store fetches: minutes for each order and for each piece, measured from its own finished walks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations
from statistics import median

from omni_pickup.rules.problems import RuleProblem

HOURS_OF_WEEK = 7 * 24
#: A measurement from as many orders as this weighs as much as what was set by a person.
TRUSTED_ORDERS = 20
#: An hour is never taken to be more than so many times slower or faster than the store's usual pace.
MOST_FACTOR = 4.0
#: A walk that took less than a second was clicked through, not walked.
SHORTEST_WALK_MINUTES = 1 / 60
#: A walk that took longer was forgotten on a tablet, not walked.
LONGEST_WALK_MINUTES = 8 * 60
#: Walks that are compared with each other in pairs; the newest ones say what a store is like now.
MOST_WALKS = 200


@dataclass(frozen=True, slots=True)
class Walk:
    """A finished walk: its minutes without pauses, what was fetched, and the hour of the week when it began."""

    minutes: float
    orders: int
    pieces: int
    hour: int


@dataclass(frozen=True, slots=True)
class Pace:
    """What one person needs: minutes for each order and for each of its pieces.

    ``factors`` says by hour of the week (0 is Monday from 00:00, on the store's wall) how much slower (above 1)
    or faster than usual that hour is; ``measured`` how many orders each hour's figure comes from, ``orders`` how
    many all of it does; 0 means that it is as it was set.
    """

    minutes_per_order: float
    minutes_per_piece: float
    factors: Mapping[int, float] = field(default_factory=dict)
    measured: Mapping[int, int] = field(default_factory=dict)
    orders: int = 0

    def minutes(self, orders: int, pieces: int) -> float:
        """Minutes of one person for so much, in an hour that is as usual."""
        return orders * self.minutes_per_order + pieces * self.minutes_per_piece

    def factor_at(self, hour: int) -> float:
        """How much longer everything takes in that hour of the week; 1 where nothing else was measured."""
        return self.factors.get(hour, 1.0)


def hour_of_week(local: datetime) -> int:
    """Return the hour of the week on the store's wall, from 0 to 167."""
    return local.weekday() * 24 + local.hour


def set_pace(pieces_per_hour: float) -> Pace:
    """Return the pace that a person set. Raises RuleProblem for 0 or less."""
    if not pieces_per_hour > 0:
        raise RuleProblem("The pace must be more than 0 pieces an hour.", code="invalid_pace")
    return Pace(0.0, 60 / pieces_per_hour)


def measured_pace(walks: Sequence[Walk], setting: Pace) -> Pace:
    """Return the pace that walks (the newest first) show, the nearer to ``setting`` the fewer orders there are.

    Medians all the way (Theil and Sen's line through the walks), so that a few walks with a coffee in between
    change nothing: Sen, P. K. (1968), Journal of the American Statistical Association 63, 1379-1389.
    """
    usable = [walk for walk in walks if _is_usable(walk)][:MOST_WALKS]
    if not usable:
        return setting
    shown = _line_through(usable, setting)
    orders = sum(walk.orders for walk in usable)
    trust = orders / (orders + TRUSTED_ORDERS)
    hours = _by_hour(usable)
    return Pace(
        _between(setting.minutes_per_order, shown.minutes_per_order, trust),
        _between(setting.minutes_per_piece, shown.minutes_per_piece, trust),
        {hour: _factor(of_hour, shown) for hour, of_hour in hours.items()},
        {hour: sum(walk.orders for walk in of_hour) for hour, of_hour in hours.items()},
        orders,
    )


def _is_usable(walk: Walk) -> bool:
    return SHORTEST_WALK_MINUTES <= walk.minutes <= LONGEST_WALK_MINUTES and walk.orders > 0 and walk.pieces > 0


def _line_through(walks: Sequence[Walk], setting: Pace) -> Pace:
    """Minutes of an order as a constant and so much for each of its pieces, neither below 0."""
    points = [(walk.pieces / walk.orders, walk.minutes / walk.orders) for walk in walks]
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in combinations(points, 2) if a[0] != b[0]]
    most = median(y / x for x, y in points)
    # Walks that are all alike do not tell pieces from orders, so the setting keeps its say on pieces.
    per_piece = max(0.0, median(slopes)) if slopes else min(setting.minutes_per_piece, most)
    per_order = median(y - per_piece * x for x, y in points)
    return Pace(0.0, most) if per_order < 0 else Pace(per_order, per_piece)


def _by_hour(walks: Sequence[Walk]) -> dict[int, list[Walk]]:
    found: dict[int, list[Walk]] = {}
    for walk in walks:
        found.setdefault(walk.hour, []).append(walk)
    return found


def _factor(walks: Sequence[Walk], usual: Pace) -> float:
    shown = median(walk.minutes / usual.minutes(walk.orders, walk.pieces) for walk in walks)
    orders = sum(walk.orders for walk in walks)
    factor = _between(1.0, shown, orders / (orders + TRUSTED_ORDERS))
    return min(MOST_FACTOR, max(1 / MOST_FACTOR, factor))


def _between(set_: float, shown: float, trust: float) -> float:
    return set_ + (shown - set_) * trust
