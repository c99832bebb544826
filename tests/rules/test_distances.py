"""Distances in the air, against places whose distance is known."""

from __future__ import annotations

import pytest

from omni_pickup.rules.distances import EARTH_RADIUS_KM, kilometres_between

WARSZAWA = (52.2297, 21.0122)
BERLIN = (52.5200, 13.4050)
STOCKHOLM = (59.3293, 18.0686)


@pytest.mark.parametrize(
    ("here", "there", "kilometres"),
    [(WARSZAWA, BERLIN, 517), (WARSZAWA, STOCKHOLM, 808), ((0.0, 179.5), (0.0, -179.5), 111.2)],
)
def test_known_distances(here: tuple[float, float], there: tuple[float, float], kilometres: float) -> None:
    assert kilometres_between(here, there) == pytest.approx(kilometres, rel=0.01)
    assert kilometres_between(there, here) == pytest.approx(kilometres, rel=0.01)


def test_a_place_is_at_no_distance_from_itself_and_antipodes_are_half_way_round() -> None:
    assert kilometres_between(WARSZAWA, WARSZAWA) == 0
    assert kilometres_between((90.0, 0.0), (-90.0, 0.0)) == pytest.approx(3.14159265 * EARTH_RADIUS_KM)
