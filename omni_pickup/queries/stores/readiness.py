"""What a balancer and an operator have to know before they send people here."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from omni_pickup import clock
from omni_pickup.models.base import UTCDateTime, db
from omni_pickup.models.events import Event
from omni_pickup.models.stores import Heartbeat

HEARTBEAT_LIMIT = timedelta(seconds=60)
CLOCK_LIMIT = timedelta(seconds=60)
WORKER = "worker"


def worker_is_alive() -> bool:
    """Whether any worker gave a sign of life within a minute, both times taken from the database's clock."""
    query = select(func.max(Heartbeat.beat_at), func.current_timestamp(type_=UTCDateTime()))
    beat, now = db.session.execute(query.where(Heartbeat.name.startswith(WORKER))).one()
    return beat is not None and now - beat < HEARTBEAT_LIMIT


def clock_is_right() -> bool:
    """Whether our clock is not over a minute behind the newest event: deadlines would be told wrongly."""
    newest: datetime | None = db.session.scalar(select(Event.recorded_at).order_by(Event.id.desc()).limit(1))
    return newest is None or newest - clock.now() <= CLOCK_LIMIT
