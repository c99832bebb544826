"""How money and instants look in public shapes."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from omni_pickup.rules.money import from_minor


def money_shape(minor: int | None, currency: str | None) -> dict[str, str] | None:
    """Money as the contract writes it; None where there is no amount."""
    return None if minor is None or currency is None else from_minor(minor, currency).as_json()


def instant_shape(instant: datetime | None, timezone: str) -> str | None:
    """RFC 3339 with the store's own offset; None stays None."""
    return None if instant is None else instant.astimezone(ZoneInfo(timezone)).isoformat()
