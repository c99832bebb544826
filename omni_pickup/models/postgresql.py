"""How a process is connected to PostgreSQL: no wait without an end, fewer connections than threads, no dead ones."""

from __future__ import annotations

import os
import select
from collections.abc import Callable
from typing import Any

from psycopg import OperationalError
from psycopg.errors import DeadlockDetected, LockNotAvailable, SerializationFailure
from sqlalchemy import Engine, event, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DisconnectionError

#: What every session says once, right after it was opened. A request that cannot get a row within 5 s is refused with
#: 503; no statement of ours takes 30 s; who holds rows and does nothing for 60 s has died. Compiling plans costs more
#: than our short statements take.
SESSION = {
    "timezone": "UTC",
    "lock_timeout": "5s",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "1min",
    "jit": "off",
}
#: How the driver connects (libpq's words, https://www.postgresql.org/docs/current/libpq-connect.html): a server that
#: does not answer is given up after 5 s, one that vanished without a word after 60 s, in the middle of a
#: statement after 30 s.
CONNECT = {
    "connect_timeout": 5,
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
#: Seconds that a request waits for a connection of the pool before it is refused with 503.
POOL_SECONDS = 5


def engine_options(address: str, *, connections: int) -> dict[str, Any]:
    """What SQLAlchemy needs to know for this database; nothing for SQLite.

    A process opens at most `connections`, and keeps them. What the address says about itself wins.
    """
    url = make_url(address)
    if url.get_backend_name() != "postgresql":
        return {}
    given = CONNECT | {"application_name": f"omni {os.getpid()}"}
    return {
        "pool_size": connections,
        "max_overflow": 0,
        "pool_timeout": POOL_SECONDS,
        # The last one used is the next one used, so that a quiet process lets the others rest.
        "pool_use_lifo": True,
        "connect_args": {name: value for name, value in given.items() if name not in url.query},
    }


def was_in_the_way(error: BaseException | None) -> bool:
    """Whether somebody else's lock refused a statement, and the same change may well succeed in a moment."""
    return isinstance(error, LockNotAvailable | DeadlockDetected | SerializationFailure)


def prepare(engine: Engine, is_writing: Callable[[], bool]) -> None:
    """Attach what every connection needs. Outside of `transaction()` PostgreSQL itself refuses to change anything."""

    def begin(connection: Connection) -> None:
        """The driver says BEGIN READ ONLY or READ WRITE with the first statement; the server is not asked again."""
        read_only = not is_writing()
        driver: Any = connection.connection.dbapi_connection
        if driver.read_only is not read_only:
            driver.read_only = read_only

    event.listen(engine, "connect", _set_session)
    event.listen(engine, "checkout", _refuse_dead)
    event.listen(engine, "begin", begin)


def _set_session(connection: Any, record: Any) -> None:
    del record
    connection.execute("; ".join(f"SET {name} = '{value}'" for name, value in SESSION.items()))
    connection.commit()


def _refuse_dead(connection: Any, record: Any, proxy: Any) -> None:
    """A server that restarted or hung up has left a last word in the socket, which costs no question to find.

    Raises DisconnectionError, on which the pool connects anew.
    """
    del record, proxy
    if not connection.closed:
        waiting = select.poll()
        waiting.register(connection.fileno(), select.POLLIN)
        if not waiting.poll(0) or _answers(connection):
            return
    raise DisconnectionError


def _answers(connection: Any) -> bool:
    """What waits may be harmless, such as a notice of a changed setting."""
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except OperationalError:
        return False
    return True
