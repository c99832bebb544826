"""Forgets what only mattered for a while: ended staff sessions, dead links and old counts of attempts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, select

from omni_pickup.models.base import db
from omni_pickup.models.staff import OneTimeToken, StaffSession, Throttle

#: Long enough for a manager to see who was signed in last week.
KEEP = timedelta(days=7)


def purge_access(now: datetime, limit: int) -> int:
    """Delete up to `limit` rows of each kind that ended longer than `KEEP` ago; returns how many."""
    before = now - KEEP
    ended = (
        (StaffSession, StaffSession.expires_at),
        (OneTimeToken, OneTimeToken.expires_at),
        (Throttle, Throttle.window_started_at),
    )
    deleted = 0
    for table, since in ended:
        old = select(table.id).where(since < before).limit(limit)
        done = db.session.execute(delete(table).where(table.id.in_(old)).execution_options(synchronize_session=False))
        deleted += cast(CursorResult[Any], done).rowcount
    return deleted
