"""Bringing a database to this code's schema: one at a time, with a copy aside, all of it or nothing.

SQLite rebuilds a table by making a new one and dropping the old one. With foreign keys on, that drop silently
deletes the rows that refer to it, and the switch is ignored inside a transaction: so it is set before the
transaction begins, and `foreign_key_check` speaks before the commit (https://sqlite.org/lang_altertable.html, 7).
"""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import Connection

from omni_pickup import clock, schemas
from omni_pickup.config import ConfigError, Settings
from omni_pickup.schemas import Reporter

#: Any number will do, as long as every process that upgrades asks for the same one.
_ADVISORY_LOCK = 7_316_553


class UpgradeRefused(ConfigError):
    """The schema cannot be brought to this code's, and was left as it is."""


def upgrade(settings: Settings, report: Reporter) -> Path | None:
    """Apply every missing migration; answers the copy made aside, if any. Raises UpgradeRefused."""
    engine = _engine(settings)
    try:
        with _alone(settings.sqlite_path), engine.connect() as connection:
            return _upgrade(connection, settings, report)
    finally:
        engine.dispose()


def _upgrade(connection: Connection, settings: Settings, report: Reporter) -> Path | None:
    with connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        present = schemas.current(connection)
        if present == schemas.head():
            report(f"The schema is up to date ({present}).")
            return None
        _refuse_unknown(present)
        copy = _copy_aside(settings, present, report) if present else None
        schemas.run(connection, report)
        _check_foreign_keys(connection)
    report(f"The schema is now {schemas.head()}.")
    return copy


def _refuse_unknown(present: str | None) -> None:
    if present is not None and present not in schemas.known():
        raise UpgradeRefused(
            f"The database has schema {present}, which is newer than this program ({schemas.head()}). "
            "Start the newer version again, or restore the backup made before it."
        )


def _copy_aside(settings: Settings, present: str, report: Reporter) -> Path | None:
    """A copy in the instance folder; PostgreSQL has its own tools, and the operator's page names them."""
    path = settings.sqlite_path
    if path is None:
        return None
    stamp = clock.now().strftime("%Y%m%dT%H%M%SZ")
    target = settings.instance_dir / f"before-{schemas.head()}-{stamp}.sqlite"
    copy_sqlite(path, target)
    report(f"The data of schema {present} was copied to {target}.")
    return target


def copy_sqlite(source: Path, target: Path) -> None:
    """A consistent copy of a database that may be in use, readable by its owner only."""
    target.touch(mode=0o600)
    with (
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as reading,
        closing(sqlite3.connect(target)) as writing,
    ):
        reading.backup(writing)
        writing.execute("PRAGMA journal_mode=DELETE")


def _check_foreign_keys(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        tables = ", ".join(sorted({str(row[0]) for row in broken}))
        raise UpgradeRefused(f"After the upgrade {len(broken)} rows would refer to nothing ({tables}). It was undone.")


@contextmanager
def _alone(path: Path | None) -> Iterator[None]:
    """Wait for another upgrade of the same file to end; it then finds nothing left to do."""
    if path is None:
        yield
        return
    with path.with_name(path.name + "-upgrade").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _engine(settings: Settings) -> Engine:
    """An engine of our own: the app's refuses to write outside `transaction()` and keeps foreign keys on."""
    engine = create_engine(settings.database)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _prepare(connection: Any, record: object) -> None:
    del record
    connection.isolation_level = None
    for pragma in ("busy_timeout=10000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=OFF"):
        connection.execute(f"PRAGMA {pragma}")
