"""How far a customer is sent; set once by create_app, read by the queries."""

from __future__ import annotations

_limits = {"other_store": 50.0}


def configure(*, other_store_km: float) -> None:
    """Take the owner's setting over for this process."""
    _limits["other_store"] = other_store_km


def other_store() -> float:
    """Kilometres in the air up to which another store is offered instead of missing pieces."""
    return _limits["other_store"]
