"""The database's own clock, by which leases and heartbeats are compared whatever the machines' clocks say."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, literal, type_coerce

from omni_pickup.models.base import UTCDateTime, db


def database_now(ahead: timedelta = timedelta(0)) -> ColumnElement[datetime]:
    """The database's present instant plus `ahead`, as a term of a statement."""
    seconds = ahead.total_seconds()
    if db.engine.dialect.name == "sqlite":
        # Six digits after the point, because SQLAlchemy stores and compares instants as such text.
        text = func.strftime("%Y-%m-%d %H:%M:%f", "now", f"{seconds:+.3f} seconds") + "000"
        return type_coerce(text, UTCDateTime())
    return type_coerce(func.clock_timestamp() + literal(ahead), UTCDateTime())
