"""The SQL of one order, recorded from the product and replayed through the bare driver: sqlite3 or psycopg.

Two orders of a basket are recorded. Values that differ between them are those that must be new for each order; the
ids that the database gave to the first one are mapped to those that it gives in the replay.
"""

from __future__ import annotations

import multiprocessing
import re
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import Engine, event, make_url, text

#: The tables whose new ids later statements of the same order name.
NAMED = ("orders", "order_lines", "events")
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY")
_INSERTED = re.compile(r"INSERT INTO (\w+) .* RETURNING ", re.DOTALL)
_TIME_OR_JSON = re.compile(r"20\d\d-|[{\[]")
Row = Mapping[str, Any] | tuple[Any, ...]


class Step(NamedTuple):
    """One statement with its rows of values; `many` when the driver ran it once for each row by itself."""

    sql: str
    rows: list[Row]
    many: bool = False


@dataclass(slots=True)
class Recording:
    """Statements in their order; and the new ids of each table."""

    steps: list[Step] = field(default_factory=list)
    ids: dict[str, list[int]] = field(default_factory=dict)

    @property
    def are_distinct(self) -> bool:
        """Whether no two tables gave the same id, so that a number says which row it means."""
        given = [number for numbers in self.ids.values() for number in numbers]
        return len(given) == len(set(given))


@contextmanager
def recording(engine: Engine) -> Iterator[Recording]:
    """Everything that runs on the engine while the block does."""
    heard, before = Recording(), _newest(engine)

    def hear(*call: Any) -> None:
        _, _, sql, values, _, _ = call
        # Several rows in one INSERT arrive as one flat row of values, several executions as many rows.
        many = isinstance(values, list)
        heard.steps.append(Step(sql, [_kept(row) for row in (values if many else [values])], many))

    def hear_commit(_: Any) -> None:
        heard.steps.append(Step("COMMIT", [()]))

    def hear_rollback(_: Any) -> None:
        heard.steps.append(Step("ROLLBACK", [()]))

    listeners = (("before_cursor_execute", hear), ("commit", hear_commit), ("rollback", hear_rollback))
    for name, listener in listeners:
        event.listen(engine, name, listener)
    try:
        yield heard
    finally:
        for name, listener in listeners:
            event.remove(engine, name, listener)
        heard.ids = {table: list(range(before[table] + 1, newest + 1)) for table, newest in _newest(engine).items()}


def _newest(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {name: connection.scalar(text(f"SELECT coalesce(max(id), 0) FROM {name}")) or 0 for name in NAMED}


def _kept(row: Row) -> Row:
    """The values as another process can be given them."""
    if isinstance(row, Mapping):
        return {name: _plain(value) for name, value in row.items()}
    return tuple(_plain(value) for value in row)


def _plain(value: Any) -> Any:
    if isinstance(value, Jsonb):
        return Jsonb(value.obj)
    return bytes(value) if isinstance(value, memoryview) else value


class Pair(NamedTuple):
    """Two orders of the same basket."""

    first: Recording
    second: Recording


class Replay:
    """Plays first recordings again and again in turn, with new values where the second ones differ."""

    def __init__(self, url: str, pairs: Sequence[Pair]) -> None:
        for first, second in pairs:
            if [step.sql for step in first.steps] != [step.sql for step in second.steps]:
                raise ValueError("two orders of a basket ran different statements")
        self._connection: Any = _connect(url)
        self._ids: dict[int, int] = {}
        self._texts: dict[str, str] = {}
        self._orders = [self._order(pair) for pair in pairs]

    def run(self, *, seconds: float) -> int:
        """Replay for that time; returns how many orders were written."""
        until, count = time.perf_counter() + seconds, 0
        while time.perf_counter() < until:
            self._ids.clear()
            self._texts.clear()
            for step in self._orders[count % len(self._orders)]:
                step()
            count += 1
        return count

    def close(self) -> None:
        self._connection.close()

    def _order(self, pair: Pair) -> list[Callable[[], None]]:
        left = {table: list(ids) for table, ids in pair.first.ids.items()}
        return [self._step(one, other, left) for one, other in zip(pair.first.steps, pair.second.steps, strict=True)]

    def _step(self, one: Step, other: Step, left: dict[str, list[int]]) -> Callable[[], None]:
        if one.sql in ("COMMIT", "ROLLBACK"):
            end: Callable[[], None] = self._connection.commit if one.sql == "COMMIT" else self._connection.rollback
            return end
        rows = [(row, _fresh(row, again)) for row, again in zip(one.rows, other.rows, strict=True)]
        inserted = _INSERTED.match(one.sql)
        given = left.get(inserted[1], []) if inserted else []
        cursor = self._connection.cursor()

        def step() -> None:
            values = [self._renewed(row, fresh) for row, fresh in rows]
            if one.many:
                cursor.executemany(one.sql, values)
                return
            cursor.execute(one.sql, values[0])
            found = cursor.fetchall() if cursor.description else []
            self._ids.update(zip(given, (row[0] for row in found), strict=False))

        return step

    def _renewed(self, row: Row, fresh: frozenset[Any]) -> Row:
        if isinstance(row, Mapping):
            return {name: self._new(value) if name in fresh else value for name, value in row.items()}
        return tuple(self._new(value) if place in fresh else value for place, value in enumerate(row))

    def _new(self, value: Any) -> Any:
        if isinstance(value, int):
            return self._ids.get(value, value)
        if isinstance(value, str) and not _TIME_OR_JSON.match(value):
            return self._texts.setdefault(value, secrets.token_hex(len(value))[: len(value)])
        return value


def _fresh(row: Row, again: Row) -> frozenset[Any]:
    """The names or places of the values that differ."""
    if isinstance(row, Mapping) and isinstance(again, Mapping):
        return frozenset(name for name in row if row[name] != again[name])
    return frozenset(place for place, (a, b) in enumerate(zip(row, again, strict=True)) if a != b)  # type: ignore[arg-type] # Rows of one statement are of one kind.


def _connect(url: str) -> Any:
    """A bare connection with the settings of the product; every statement of PostgreSQL is prepared at once."""
    address = make_url(url)
    if address.get_dialect().name == "sqlite":
        connection = sqlite3.connect(str(address.database), isolation_level=None)
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        return connection
    host = str(address.query["host"])
    return psycopg.connect(host=host, user=address.username, dbname=address.database, prepare_threshold=0)


def _totals(url: str) -> tuple[int, int]:
    """How many orders there are, and how many pieces are reserved."""
    with closing(_connect(url)) as connection:
        (orders,) = connection.execute("SELECT count(*) FROM orders").fetchone()
        (reserved,) = connection.execute("SELECT sum(reserved) FROM stock_levels").fetchone()
        return orders, reserved


def per_second(url: str, pairs: Sequence[Pair], *, processes: int, seconds: float, pieces: int) -> float:
    """Orders in a second by some processes side by side, each with one connection and other baskets.

    Raises ValueError when the database does not hold them afterwards.
    """
    before = _totals(url)
    shares = [pairs[number::processes] for number in range(processes)]
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        done = pool.starmap(_play, [(url, share, seconds) for share in shares], chunksize=1)
    orders, reserved = (after - earlier for after, earlier in zip(_totals(url), before, strict=True))
    count = sum(written for written, _, _ in done)
    if (orders, reserved) != (count, count * pieces):
        raise ValueError("the replay did not write and reserve what orders do")
    return sum(measured / took for _, measured, took in done)


def _play(url: str, pairs: Sequence[Pair], seconds: float) -> tuple[int, int, float]:
    """Orders in all, orders after the warm-up, and the seconds of those."""
    replay = Replay(url, pairs)
    try:
        warm = replay.run(seconds=min(0.3, seconds))
        began = time.perf_counter()
        count = replay.run(seconds=seconds)
        return warm + count, count, time.perf_counter() - began
    finally:
        replay.close()
