"""Telling other processes on PostgreSQL in which stores something happened, by NOTIFY, and hearing it.

It is told right after the commit and not inside the transaction: PostgreSQL lets only one transaction with a NOTIFY
commit at a time, and 32 writers together would make a tenth of the commits they make without (measured, decision
0009). A thread gathers what all requests of the process have to tell. A process that is killed between commit and
telling tells nothing, so whoever listens also looks now and then.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakKeyDictionary

from psycopg import Connection, Error
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from omni_pickup import clock, logs

CHANNEL = "omni_news"
#: Seconds in which news is gathered, after which one message tells all of it.
GATHER = 0.01
#: Seconds without news after which the thread and its connection end, and to wait when the database is away.
_IDLE, _PAUSE = 30.0, 1.0
#: Stores in one message, far below the 8,000 bytes that a message may have; of more it is said that all may be meant.
_MOST_STORES = 500
_NOTED = "news"
#: What stands in a message for "in no store", and for "anywhere".
_NOWHERE, _ANYWHERE = "-", "*"
LOST = (SQLAlchemyError, Error)

_heralds: WeakKeyDictionary[Engine, Herald] = WeakKeyDictionary()


def note(session: Session, store_id: int | None) -> None:
    """Something happens in this store, or in none; told when the transaction commits."""
    session.info.setdefault(_NOTED, set()).add(store_id)


def forget(session: Session) -> None:
    """What was noted did not happen."""
    session.info.pop(_NOTED, None)


def spread(session: Session, engine: Engine) -> None:
    """The transaction has committed: tell what was noted. SQLite tells by itself."""
    noted: set[int | None] = session.info.pop(_NOTED, set())
    if not noted or engine.dialect.name == "sqlite":
        return
    herald = _heralds.get(engine)
    if herald is None or herald.process != os.getpid():
        herald = _heralds[engine] = Herald(engine)
    herald.tell(noted)


class Herald:
    """Tells for one process; its thread lives only while there is something to tell."""

    def __init__(self, engine: Engine) -> None:
        self.process = os.getpid()
        self._engine = engine
        self._changed = threading.Condition()
        self._untold: set[int | None] = set()
        # How often something was noted, and up to which time it was told.
        self._noted = self._told = 0
        self._is_telling = False

    def tell(self, stores: Collection[int | None]) -> None:
        """Returns at once."""
        with self._changed:
            self._untold |= set(stores)
            self._noted += 1
            self._changed.notify_all()
            if not self._is_telling:
                self._is_telling = True
                threading.Thread(target=self._tell_until_idle, name="herald", daemon=True).start()
                # A command that ends right after its commit waits for its own news.
                atexit.register(self.finish)

    def finish(self, seconds: float = 1.0) -> None:
        """Wait until everything is told, but not for long."""
        with self._changed:
            self._changed.wait_for(lambda: self._told == self._noted, seconds)

    def _tell_until_idle(self) -> None:
        while self._is_telling:
            try:
                with own_connection(self._engine) as connection:
                    connection.execute("SET synchronous_commit = off")
                    self._tell_on(connection)
            except LOST as error:
                logs.write("WARNING", "news", error=logs.describe(error))
                clock.sleep(_PAUSE)
        atexit.unregister(self.finish)

    def _tell_on(self, connection: Connection[Any]) -> None:
        while True:
            with self._changed:
                if not self._changed.wait_for(lambda: bool(self._untold), _IDLE):
                    self._is_telling = False
                    return
            clock.sleep(GATHER)
            with self._changed:
                telling, self._untold, noted = self._untold, set(), self._noted
            try:
                connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, _words(telling)))
            except Error:
                with self._changed:
                    self._untold |= telling
                raise
            with self._changed:
                self._told = noted
                self._changed.notify_all()


def _words(stores: Collection[int | None]) -> str:
    if len(stores) > _MOST_STORES:
        return _ANYWHERE
    return ",".join(_NOWHERE if store_id is None else str(store_id) for store_id in stores)


def read_words(words: str) -> set[int | None]:
    """The stores of a message; None stands for all of them as well as for none, because both concern every screen."""
    return {int(word) if word.isdigit() else None for word in words.split(",")}


@contextmanager
def own_connection(engine: Engine) -> Iterator[Connection[Any]]:
    """A connection beside the pool, for a thread that keeps it; each statement is a transaction of its own."""
    borrowed = engine.raw_connection()
    borrowed.detach()
    connection: Connection[Any] = borrowed.dbapi_connection  # type: ignore[assignment]
    try:
        connection.read_only = None
        connection.autocommit = True
        yield connection
    finally:
        with suppress(Error):
            connection.close()
