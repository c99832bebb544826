"""Distances in the air. Source: the haversine formula on a sphere with the mean radius of IUGG (6371.0088 km)."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_KM = 6371.0088


def kilometres_between(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Return the great-circle distance between two (latitude, longitude) pairs in degrees."""
    latitude, longitude, other_latitude, other_longitude = map(radians, (*here, *there))
    half_chord = (
        sin((other_latitude - latitude) / 2) ** 2
        + cos(latitude) * cos(other_latitude) * sin((other_longitude - longitude) / 2) ** 2
    )
    # Rounding may carry antipodes a hair above 1, where asin ends.
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(half_chord)))
