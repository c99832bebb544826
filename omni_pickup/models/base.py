"""The database handle, column types, and `transaction()`, the only door through which data changes.

SQLite: WAL, synchronous=FULL, foreign keys on, readers see a snapshot and cannot write (`query_only`), writers
take their turn in a fair queue and begin IMMEDIATE. PostgreSQL: READ COMMITTED with bounded waits (`postgresql.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Engine, Executable, Integer, MetaData, String, Table, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, mapped_column, registry
from sqlalchemy.types import TypeDecorator

from omni_pickup import crash_points
from omni_pickup.errors import Busy
from omni_pickup.models import news, postgresql
from omni_pickup.models.writer_queue import WriterQueue

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UTCDateTime(TypeDecorator[datetime]):
    """An instant. Aware in Python, UTC in the database, microseconds on both databases."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(DateTime(timezone=dialect.name != "sqlite"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs an offset")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect  # The value itself says whether its driver knows offsets.
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


BigInt = BigInteger().with_variant(Integer, "sqlite")
JsonValue = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

PrimaryKey = Annotated[int, mapped_column(BigInt, primary_key=True)]
Code = Annotated[str, mapped_column(String(64))]
Text = Annotated[str, mapped_column(String(500))]
Minor = Annotated[int, mapped_column(BigInt)]


class Base(DeclarativeBase):
    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={datetime: UTCDateTime(), dict[str, Any]: JsonValue, list[Any]: JsonValue},
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False}, disable_autonaming=True)

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model

_writing: ContextVar[bool] = ContextVar("writing", default=False)
_queues: dict[str, WriterQueue] = {}


def is_writing() -> bool:
    """Whether the caller stands inside `transaction()`."""
    return _writing.get()


@contextmanager
def transaction(name: str = "change") -> Iterator[None]:
    """Everything inside happens, or nothing does.

    `name` labels the two crash points `<name>:before_commit` and `<name>:after_commit`. Whatever was read before
    is read anew, because it may be stale. Raises Busy (503) when others are in the way for 5 s: in the writer's queue
    of SQLite, or on rows of PostgreSQL.
    """
    if _writing.get():
        raise RuntimeError("transactions do not nest: services never open one")
    db.session.rollback()
    news.forget(db.session())
    with _turn():
        token = _writing.set(True)
        try:
            _begin()
            yield
            crash_points.reach(f"{name}:before_commit")
            db.session.commit()
            news.spread(db.session(), db.engine)
        except OperationalError as error:
            db.session.rollback()
            if postgresql.was_in_the_way(error.orig):
                raise Busy from error
            raise
        except BaseException:
            db.session.rollback()
            raise
        finally:
            _writing.reset(token)
    crash_points.reach(f"{name}:after_commit")


def _begin() -> None:
    """Open the transaction. On PostgreSQL it gets its number at once and so before any event's, which the readers
    of the event feed rely on to tell a rolled-back number from one that is still being written.
    """
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_current_xact_id()")


@contextmanager
def _turn() -> Iterator[None]:
    engine = db.engine
    if engine.dialect.name != "sqlite" or not engine.url.database:
        yield
        return
    file = engine.url.database
    queue = _queues.get(file) or _queues.setdefault(file, WriterQueue(Path(file)))
    with queue.turn():
        yield


def table_of(model: type[Base]) -> Table:
    """The table behind a class, for Core statements on hot paths."""
    return cast(Table, model.__table__)


def insert_if_absent(model: type[Base], values: Mapping[str, Any], *, keys: Sequence[str] = ()) -> int | None:
    """Insert a row unless one with the same unique `keys` exists (any unique ones if not named).

    Returns the new id, or None. A concurrent insert of the same keys is waited for, so that the second one finds
    the first one's row.
    """
    connection = db.session.connection()
    new_id: int | None = connection.scalar(_absent_insert(model, tuple(keys), connection.dialect.name), values)
    return new_id


def insert_absent(model: type[Base], rows: Sequence[Mapping[str, Any]], *, keys: Sequence[str]) -> None:
    """Insert those of the rows of whose unique `keys` there is none yet."""
    connection = db.session.connection()
    connection.execute(_absent_insert(model, tuple(keys), connection.dialect.name), list(rows)).all()


@cache
def _absent_insert(model: type[Base], keys: tuple[str, ...], dialect_name: str) -> Executable:
    """Built once, because putting a statement together costs more than running it."""
    dialect_insert = sqlite_insert if dialect_name == "sqlite" else postgresql_insert
    table = table_of(model)
    return dialect_insert(table).on_conflict_do_nothing(index_elements=keys or None).returning(table.c.id)


def prepare_engine(engine: Engine) -> None:
    """Attach what every connection needs; called once for each engine before its first connection."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        postgresql.prepare(engine, is_writing)


def _prepare_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    record.info["query_only"] = False


def _begin_sqlite(connection: Connection) -> None:
    read_only = not _writing.get()
    if connection.info.get("query_only") != read_only:
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if read_only else 'OFF'}")
        connection.info["query_only"] = read_only
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
