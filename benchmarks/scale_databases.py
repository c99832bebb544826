"""Filling a database with the made-up chain: COPY on PostgreSQL, many-row inserts on SQLite."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from benchmarks.scale_masters import Stock, fill_masters, fill_stock
from benchmarks.scale_orders import Orders
from benchmarks.scale_rows import NULL, Book, Rows, Sizes

#: Orders, or stores with their levels, that are written at once.
ORDERS_AT_ONCE, STORES_AT_ONCE = 5_000, 10
Say = Callable[[str], None]
Present = dict[str, set[str]]


def fill(url: str, sizes: Sizes, at: datetime, say: Say) -> dict[str, int]:
    """Fill an empty database that has its tables; answers the rows of each table. Its statistics are fresh then."""
    with _opened(url) as database:
        book = Book(sizes, at, database.present())
        database.begin()
        stock = Stock(book)
        fill_masters(book)
        orders = Orders(book, stock)
        for name, steps, at_once in (
            ("past orders", orders.past(), ORDERS_AT_ONCE),
            ("open orders", orders.open(), ORDERS_AT_ONCE),
            ("stores' levels", fill_stock(book, stock), STORES_AT_ONCE),
        ):
            began = time.perf_counter()
            count = _write(database, book, steps, at_once)
            say(f"{count:,} {name} in {time.perf_counter() - began:.0f} s")
        began = time.perf_counter()
        database.finish(book)
        say(f"indexes and statistics in {time.perf_counter() - began:.0f} s")
        counts: dict[str, int] = {}
        for rows in book.tables:
            counts[rows.table] = counts.get(rows.table, 0) + rows.count
        return counts


def _write(database: _PostgreSQL | _SQLite, book: Book, steps: Iterator[None], at_once: int) -> int:
    count = 0
    for count, _ in enumerate(steps, 1):
        if count % at_once == 0:
            database.write(book)
    database.write(book)
    return count


@contextmanager
def _opened(url: str) -> Iterator[_PostgreSQL | _SQLite]:
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(str(address.database), isolation_level=None)) as connection:
            yield _SQLite(connection)
        return
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as server:
        yield _PostgreSQL(server)


class _PostgreSQL:
    """COPY without indexes, unique keys and triggers, which are put back when everything is there."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._later: list[str] = []

    def present(self) -> Present:
        found: Present = {}
        for table, column in self._connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        ):
            found.setdefault(table, set()).add(column)
        return found

    def begin(self) -> None:
        run = self._connection.execute
        # Rows are written in any order, so keys to other tables are not looked up one by one.
        run("SET session_replication_role = replica; SET synchronous_commit = off; SET TIME ZONE 'UTC'")
        run("SET maintenance_work_mem = '512MB'")
        for table, name, definition in run(
            "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE contype = 'u' AND connamespace = 'public'::regnamespace"
        ).fetchall():
            run(f"ALTER TABLE {table} DROP CONSTRAINT {name}".encode())
            self._later.append(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        for name, definition in run(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
            " JOIN pg_class ON pg_class.oid = indexrelid"
            " WHERE NOT indisprimary AND relnamespace = 'public'::regnamespace"
        ).fetchall():
            run(f"DROP INDEX {name}".encode())
            self._later.append(definition)

    def write(self, book: Book) -> None:
        with self._connection.transaction(), self._connection.cursor() as cursor:
            for rows in book.tables:
                if lines := rows.take():
                    with cursor.copy(_copy(rows)) as copy:
                        copy.write("\n".join(lines) + "\n")

    def finish(self, book: Book) -> None:
        for statement in self._later:
            self._connection.execute(statement.encode())
        for rows in book.tables:
            if "id" in rows.columns:
                table = sql.Literal(rows.table)
                self._connection.execute(
                    sql.SQL("SELECT setval(pg_get_serial_sequence({}, 'id'), (SELECT max(id) FROM {}))").format(
                        table, sql.Identifier(rows.table)
                    )
                )
        tables = ", ".join(f'"{name}"' for name in sorted({rows.table for rows in book.tables}))
        self._connection.execute(f"VACUUM (ANALYZE) {tables}".encode())


def _copy(rows: Rows) -> sql.Composed:
    columns = sql.SQL(", ").join(map(sql.Identifier, rows.columns))
    return sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(rows.table), columns)


class _SQLite:
    """Rows in big transactions; keys to other tables are checked once, at the end."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def present(self) -> Present:
        tables = [name for (name,) in self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            table: {column[1] for column in self._connection.execute(f'PRAGMA table_info("{table}")')}
            for table in tables
        }

    def begin(self) -> None:
        for pragma in ("foreign_keys=OFF", "synchronous=OFF", "cache_size=-200000"):
            self._connection.execute(f"PRAGMA {pragma}")

    def write(self, book: Book) -> None:
        self._connection.execute("BEGIN")
        for rows in book.tables:
            names = ", ".join(f'"{name}"' for name in rows.columns)
            marks = ", ".join("?" for _ in rows.columns)
            values = ([None if text == NULL else text for text in line.split("\t")] for line in rows.take())
            self._connection.executemany(f'INSERT INTO "{rows.table}" ({names}) VALUES ({marks})', values)
        self._connection.execute("COMMIT")

    def finish(self, book: Book) -> None:
        del book
        broken = self._connection.execute("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise ValueError(f"{len(broken)} rows refer to nothing, the first in {broken[0][0]}")
        self._connection.execute("ANALYZE")
