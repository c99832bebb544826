"""Rows of a big made-up chain as text, one line a row, which PostgreSQL's COPY and SQLite both take."""

from __future__ import annotations

import itertools
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Column

from omni_pickup.models.base import Base, table_of

#: How COPY writes that there is no value.
NULL = r"\N"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How big the chain is. Each store has levels of `assortment` of the `items`; past orders lie `days` back.

    With a `skew` above 1 the first stores are busier than the last: at 1.3 the busiest of 2,000 has six times the
    orders of one in the middle.
    """

    stores: int = 2000
    items: int = 20_000
    assortment: int = 1500
    past: int = 1_000_000
    open: int = 10_000
    days: int = 365
    skew: float = 1.3
    seed: int = 1

    @property
    def levels(self) -> int:
        return self.stores * self.assortment

    @property
    def density(self) -> float:
        """The share of all pairs of a store and an item that have a level."""
        return self.assortment / self.items


class Rows:
    """Lines of one table. Columns that are not named have the value that their model gives them by itself."""

    def __init__(
        self, model: type[Base], varying: tuple[str, ...], constants: Mapping[str, Any], present: Collection[str]
    ) -> None:
        table = table_of(model)
        rest = [column for column in table.columns if column.name in present and column.name not in varying]
        self.table = table.name
        self.columns = (*varying, *(column.name for column in rest))
        self.lines: list[str] = []
        self.count = 0
        values = (constants.get(column.name, _default(column)) for column in rest)
        self._tail = "".join(f"\t{text_of(value)}" for value in values)

    def add(self, *values: object) -> None:
        """One row, with the values that vary in the order in which they were named."""
        self.lines.append("\t".join(map(str, values)) + self._tail)

    def take(self) -> list[str]:
        """What was added since the last time."""
        lines, self.lines = self.lines, []
        self.count += len(lines)
        return lines


class Book:
    """All tables that are being filled. `present` names the columns that the database has, by table."""

    def __init__(self, sizes: Sizes, at: datetime, present: Mapping[str, Collection[str]]) -> None:
        self.sizes = sizes
        self.at = at
        self.tables: list[Rows] = []
        self._present = present
        self._ids: dict[str, Iterator[int]] = {}

    def rows(self, model: type[Base], *varying: str, **constants: Any) -> Rows:
        """A new writer for a table."""
        made = Rows(model, varying, constants, self._present[model.__tablename__])
        self.tables.append(made)
        return made

    def ids(self, table: str) -> Iterator[int]:
        """The table's keys, counting on wherever they are asked for."""
        return self._ids.setdefault(table, itertools.count(1))


def _default(column: Column[Any]) -> Any:
    if column.default is None:
        return None
    value = column.default.arg  # type: ignore[attr-defined] # Every default of ours has one.
    # SQLAlchemy wraps `dict` and `list` so that they take its context.
    return value(None) if callable(value) else value


def text_of(value: Any) -> str:
    """A value as COPY reads it, and SQLite too."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, (dict, list)):
        return json.dumps(value)
    return str(value)


def stamp(at: datetime, minutes: float = 0) -> str:
    """An instant some minutes later, in UTC, as both databases take it."""
    return (at + timedelta(minutes=minutes)).astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
