"""A worker's sign of life, by the database's clock; `queries.stores.readiness` judges its age."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from omni_pickup.delivery.database_times import database_now
from omni_pickup.models.base import db
from omni_pickup.models.stores import Heartbeat


def beat(name: str) -> None:
    """Write down that `name` is alive, into the caller's transaction."""
    dialect_insert = sqlite_insert if db.engine.dialect.name == "sqlite" else postgresql_insert
    now = database_now()
    row = dialect_insert(Heartbeat).values(name=name, beat_at=now)
    db.session.execute(row.on_conflict_do_update(index_elements=[Heartbeat.name], set_={"beat_at": now}))
