"""Which bags the pieces of one order make, and where each of them should wait."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from omni_pickup.rules.waves import walk_key

#: Bags are made from warm to cold, so that cold ones stand outside of a fridge for the shortest time.
_ZONES = ("ambient", "chilled", "frozen")
#: What a bulky piece stands on; anything else goes where bags go.
_FOR_BULKY = frozenset({"cage", "floor"})


@dataclass(frozen=True, slots=True)
class LoosePieces:
    """Picked pieces of one line that are in no bag yet."""

    line_id: str
    pieces: int
    zone: str = "ambient"
    bulky: bool = False


@dataclass(frozen=True, slots=True)
class BagPlan:
    """One bag to make: pieces by line id."""

    zone: str
    contents: Mapping[str, int]
    bulky: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A place where bags wait, and how many stand there."""

    code: str
    zone: str
    kind: str
    bags: int = 0


def plan_bags(loose: Iterable[LoosePieces]) -> list[BagPlan]:
    """One bag for each temperature zone, and one for every bulky piece of its own."""
    wanted = sorted((one for one in loose if one.pieces > 0), key=lambda one: (_rank(one.zone), one.zone))
    shared: dict[str, dict[str, int]] = {}
    for one in wanted:
        if not one.bulky:
            shared.setdefault(one.zone, {})[one.line_id] = one.pieces
    alone = [BagPlan(one.zone, {one.line_id: 1}, bulky=True) for one in wanted if one.bulky for _ in range(one.pieces)]
    return [BagPlan(zone, contents) for zone, contents in shared.items()] + alone


def choose_place(places: Sequence[Place], *, zone: str, bulky: bool = False, beside: Iterable[str] = ()) -> str | None:
    """The code of the place for a bag: `beside` the order's other bags, else where the fewest stand; None for none.

    A bulky piece goes to a cage or to the floor while there is one, and nothing else does.
    """
    right = [place for place in places if place.zone == zone]
    fitting = [place for place in right if (place.kind in _FOR_BULKY) == bulky] or right
    company = set(beside)
    # Rails are for what hangs, which nobody told us; shelves are filled before them.
    best = min(
        fitting,
        key=lambda place: (place.code not in company, place.bags, place.kind == "rail", walk_key(place.code)),
        default=None,
    )
    return None if best is None else best.code


def _rank(zone: str) -> int:
    return _ZONES.index(zone) if zone in _ZONES else len(_ZONES)
