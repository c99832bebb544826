""" "Something changed in this store", told to every open screen of this process.

One thread finds it out: on SQLite it looks for new events whenever `PRAGMA data_version` says that another connection
committed; on PostgreSQL every process is told by NOTIFY (`models/news.py`), and looks now and then in case that a
telling was lost. It is a wake-up, not a cursor: screens ask for what changed by themselves. PostgreSQL's ids commit
out of order, so the number of the newest rows is compared, not the highest id alone.
"""

from __future__ import annotations

import threading

from sqlalchemy import Engine, bindparam, func, select
from sqlalchemy.engine import Connection

from omni_pickup import clock, logs
from omni_pickup.errors import Busy
from omni_pickup.models.base import table_of
from omni_pickup.models.events import Event
from omni_pickup.models.news import CHANNEL, LOST, own_connection, read_words

#: Seconds between two looks, on SQLite (a pragma) and on PostgreSQL (a query, for what was not told).
SQLITE_LOOK, POSTGRESQL_LOOK = 0.05, 10.0
#: Seconds after which a thread that hears nothing sees whether anybody still listens.
_DOZE = 0.5
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
        self._seen: Seen | None = None
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
                self._look() if self._engine.dialect.name == "sqlite" else self._listen()
            except LOST as error:
                logs.write("WARNING", "live", error=logs.describe(error))
                clock.sleep(_PAUSE)
            with self._changed:
                if self._is_alone():
                    self.is_looking = False
                    return

    def _is_alone(self) -> bool:
        return self.ended or self._listeners == 0

    def _look(self) -> None:
        with self._engine.connect() as connection:
            pragma, seen = -1, _newest(connection)
            while not self._is_alone():
                now = int(connection.exec_driver_sql("PRAGMA data_version").scalar_one())
                connection.rollback()
                if now != pragma:
                    pragma, seen = now, self._tell(seen, _newest(connection))
                clock.sleep(SQLITE_LOOK)

    def _listen(self) -> None:
        """Hear what is told, and look for what was not: since the last time too, when the connection was lost."""
        if self._seen is None:
            self._seen = self._now()
        with own_connection(self._engine) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            look_at = 0.0
            while not self._is_alone():
                if clock.monotonic() >= look_at:
                    self._seen = self._tell(self._seen, self._now())
                    look_at = clock.monotonic() + POSTGRESQL_LOOK
                for told in connection.notifies(timeout=_DOZE, stop_after=1):
                    self._bump(read_words(told.payload))
        self._seen = None

    def _now(self) -> Seen:
        with self._engine.connect() as connection:
            return _newest(connection)

    def _tell(self, before: Seen, after: Seen) -> Seen:
        self._bump({store_id for store_id, seen in after.items() if before.get(store_id) != seen})
        return after

    def _bump(self, changed: set[int | None]) -> None:
        if changed:
            with self._changed:
                for store_id in changed:
                    self._versions[store_id] = self._versions.get(store_id, 0) + 1
                self._changed.notify_all()


def _newest(connection: Connection) -> Seen:
    """What the newest events of each store look like; another value means another event."""
    newest = connection.execute(_NEWEST).scalar_one()
    rows = connection.execute(_COUNTS, {"after": newest - _WINDOW}).all()
    in_order = connection.dialect.name == "sqlite"
    connection.rollback()
    return {store_id: (highest, 0 if in_order else number) for store_id, highest, number in rows}
