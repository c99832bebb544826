"""Named number series that never give a number twice."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from omni_pickup.models.base import db
from omni_pickup.models.stores import Counter


def next_number(name: str) -> int:
    """The next number of the series, from 1; a rolled-back transaction gives its number back.

    One statement makes or moves the row, so that two callers wait for each other instead of reading the same value.
    """
    dialect_insert = sqlite_insert if db.engine.dialect.name == "sqlite" else postgresql_insert
    statement = dialect_insert(Counter).values(name=name, value=1)
    moved = statement.on_conflict_do_update(index_elements=["name"], set_={"value": Counter.value + 1})
    number = db.session.scalar(moved.returning(Counter.value))
    return int(number or 0)
