"""The SQL of one order, recorded from the app and replayed through sqlite3 alone.

Two orders are recorded. Values that differ between them are those that must be new for each order; the ids that the
database gave to the first one are mapped to those that it gives in the replay.
"""

from __future__ import annotations

import re
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

#: The tables whose new ids later statements of the same order name.
NAMED = ("orders", "order_lines", "events")
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY")
_INSERTED = re.compile(r"INSERT INTO (\w+) .* RETURNING ", re.DOTALL)


@dataclass(slots=True)
class Recording:
    """Statements with their rows of values, in their order; and the new ids of each table."""

    steps: list[tuple[str, list[tuple[Any, ...]]]] = field(default_factory=list)
    ids: dict[str, list[int]] = field(default_factory=dict)

    @property
    def are_distinct(self) -> bool:
        """Whether no two tables gave the same id, so that a number says which row it means."""
        given = [number for numbers in self.ids.values() for number in numbers]
        return len(given) == len(set(given))


@contextmanager
def recording(engine: Engine, database: Path) -> Iterator[Recording]:
    """Everything that runs on the engine while the block does."""
    heard, before = Recording(), _newest(database)

    def hear(*call: Any) -> None:
        _, _, sql, values, _, _ = call
        # Several rows in one INSERT arrive as one flat row of values, several executions as many rows.
        many = bool(values) and isinstance(values[0], tuple)
        heard.steps.append((sql, list(values) if many else [tuple(values)]))

    def hear_commit(_: Any) -> None:
        heard.steps.append(("COMMIT", [()]))

    def hear_rollback(_: Any) -> None:
        heard.steps.append(("ROLLBACK", [()]))

    listeners = (("before_cursor_execute", hear), ("commit", hear_commit), ("rollback", hear_rollback))
    for name, listener in listeners:
        event.listen(engine, name, listener)
    try:
        yield heard
    finally:
        for name, listener in listeners:
            event.remove(engine, name, listener)
        heard.ids = {table: list(range(before[table] + 1, newest + 1)) for table, newest in _newest(database).items()}


def _newest(database: Path) -> dict[str, int]:
    with closing(sqlite3.connect(database)) as connection:
        return {name: connection.execute(f"SELECT coalesce(max(id), 0) FROM {name}").fetchone()[0] for name in NAMED}


class Replay:
    """Plays the first recording again and again, with new values where the second one differs."""

    def __init__(self, database: Path, first: Recording, second: Recording, *, pieces: int) -> None:
        if [sql for sql, _ in first.steps] != [sql for sql, _ in second.steps]:
            raise ValueError("the two orders ran different statements")
        self._pieces = pieces
        self._connection = sqlite3.connect(database, isolation_level=None)
        for pragma in PRAGMAS:
            self._connection.execute(f"PRAGMA {pragma}")
        left = {table: list(ids) for table, ids in first.ids.items()}
        self._steps = [
            self._step(sql, rows, again, left)
            for (sql, rows), (_, again) in zip(first.steps, second.steps, strict=True)
        ]
        self._ids: dict[int, int] = {}
        self._texts: dict[str, str] = {}

    def __len__(self) -> int:
        """Statements of one order."""
        return len(self._steps)

    def per_second(self, *, seconds: float) -> float:
        """Orders in a second, one after the other. Raises ValueError when some of them were not written."""
        before, began, count = self._totals(), time.perf_counter(), 0
        while time.perf_counter() - began < seconds:
            self._ids.clear()
            self._texts.clear()
            for step in self._steps:
                step()
            count += 1
        rate = count / (time.perf_counter() - began)
        orders, reserved = (after - earlier for after, earlier in zip(self._totals(), before, strict=True))
        if (orders, reserved) != (count, count * self._pieces):
            raise ValueError("the replay did not write and reserve what an order does")
        return rate

    def _totals(self) -> tuple[int, int]:
        """How many orders there are, and how many pieces are reserved."""
        (orders,) = self._connection.execute("SELECT count(*) FROM orders").fetchone()
        (reserved,) = self._connection.execute("SELECT sum(reserved) FROM stock_levels").fetchone()
        return orders, reserved

    def _step(
        self, sql: str, rows: list[tuple[Any, ...]], again: list[tuple[Any, ...]], left: dict[str, list[int]]
    ) -> Callable[[], None]:
        changes = [[a != b for a, b in zip(row, other, strict=True)] for row, other in zip(rows, again, strict=True)]
        inserted = _INSERTED.match(sql)
        given = left.get(inserted[1], []) if inserted else []
        pairs = list(zip(rows, changes, strict=True))
        execute = self._connection.execute

        def step() -> None:
            found: list[Any] = []
            for row, fresh in pairs:
                values = [self._new(value) if new else value for value, new in zip(row, fresh, strict=True)]
                found += execute(sql, values).fetchall()
            if given:
                self._ids.update(zip(given, (row[0] for row in found), strict=False))

        return step

    def _new(self, value: Any) -> Any:
        if isinstance(value, int):
            return self._ids.get(value, value)
        if isinstance(value, str) and not value.startswith(("20", "{", "[")):
            return self._texts.setdefault(value, secrets.token_hex(len(value))[: len(value)])
        return value
