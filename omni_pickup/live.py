""" "Something changed in this store", told to every open screen of this process.

One thread looks for new events: on SQLite only when `PRAGMA data_version` says that another connection committed, on
PostgreSQL every time. It is a wake-up, not a cursor: screens ask for what changed by themselves. PostgreSQL's ids
commit out of order, so the number of the newest rows is compared, not the highest id alone.
"""

from __future__ import annotations

import threading

from sqlalchemy import Engine, bindparam, func, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from omni_pickup import access_log, clock
from omni_pickup.errors import Busy
from omni_pickup.models.base import table_of
from omni_pickup.models.events import Event

#: Seconds between two looks, on SQLite (a pragma) and on PostgreSQL (a query).
SQLITE_LOOK, POSTGRESQL_LOOK = 0.1, 0.25
#: Rows in which a number that commits late is still noticed.
_WINDOW = 1000
#: Seconds to wait after the database could not be asked.
_PAUSE = 1.0

_events = table_of(Event)
_NEWEST = select(func.coalesce(func.max(_events.c.id), 0))
_COUNTS = (
    select(_events.c.store_id, func.max(_events.c.id), func.count())
    .where(_events.c.id > bindparam("after"))
    .group_by(_events.c.store_id)
)
Seen = dict[int | None, tuple[int, int]]


class TooManyStreams(Busy):
    code = "too_many_streams"
    title = "Too many screens listen at once; this one asks by itself"
    retry_after = 15


class Hub:
    """The listeners of one process and the thread that looks for them; it runs only while somebody listens."""

    def __init__(self, engine: Engine, *, most: int) -> None:
        self._engine = engine
        self._most = most
        self._changed = threading.Condition()
        self._versions: dict[int | None, int] = {}
        self._listeners = 0
        self.is_looking = False
        self.ended = False

    def join(self) -> None:
        """Be one more listener until `leave`. Raises TooManyStreams when too few threads would be left for requests."""
        with self._changed:
            if self.ended or self._listeners >= self._most:
                raise TooManyStreams
            self._listeners += 1
            if not self.is_looking:
                self.is_looking = True
                threading.Thread(target=self._look_until_alone, name="live", daemon=True).start()

    def leave(self) -> None:
        """Be one listener less."""
        with self._changed:
            self._listeners -= 1

    def version(self, store_id: int) -> int:
        """A number that grows with every change that this process noticed in the store, or in none, such as an item."""
        return self._versions.get(store_id, 0) + self._versions.get(None, 0)

    def wait(self, store_id: int, version: int, seconds: float) -> int:
        """The store's version as soon as it is another one, or the same after `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: self.ended or self.version(store_id) != version, seconds)
            return self.version(store_id)

    def end(self) -> None:
        """Let every stream end now, because the process is about to."""
        self.ended = True
        with self._changed:
            self._changed.notify_all()

    def _look_until_alone(self) -> None:
        while True:
            try:
                self._look()
            except SQLAlchemyError as error:
                access_log.write("WARNING", "live", error=access_log.describe(error))
                clock.sleep(_PAUSE)
            with self._changed:
                if self._is_alone():
                    self.is_looking = False
                    return

    def _is_alone(self) -> bool:
        return self.ended or self._listeners == 0

    def _look(self) -> None:
        with self._engine.connect() as connection:
            looks_at_pragma = connection.dialect.name == "sqlite"
            pragma, seen = -1, _newest(connection)
            while not self._is_alone():
                now = int(connection.exec_driver_sql("PRAGMA data_version").scalar_one()) if looks_at_pragma else 0
                connection.rollback()
                if now != pragma or not looks_at_pragma:
                    pragma, seen = now, self._tell(seen, _newest(connection))
                clock.sleep(SQLITE_LOOK if looks_at_pragma else POSTGRESQL_LOOK)

    def _tell(self, before: Seen, after: Seen) -> Seen:
        changed = {store_id for store_id, seen in after.items() if before.get(store_id) != seen}
        if changed:
            with self._changed:
                for store_id in changed:
                    self._versions[store_id] = self._versions.get(store_id, 0) + 1
                self._changed.notify_all()
        return after


def _newest(connection: Connection) -> Seen:
    """What the newest events of each store look like; another value means another event."""
    newest = connection.execute(_NEWEST).scalar_one()
    rows = connection.execute(_COUNTS, {"after": newest - _WINDOW}).all()
    in_order = connection.dialect.name == "sqlite"
    connection.rollback()
    return {store_id: (highest, 0 if in_order else number) for store_id, highest, number in rows}
