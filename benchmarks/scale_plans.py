"""What PostgreSQL really does for each statement of a request: EXPLAIN ANALYZE beside it, on the same rows.

A plan is judged by three things. No sequential scan over a table that grows with the shop's life. No walk along a
whole index either, which is what a condition on its second column alone means. And what a statement reads of such a
table does not grow: rows that were read and thrown away are counted too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, event, text

#: Tables that have as many rows as there are stores, people, settings and the like.
MASTERS = frozenset(
    ("alembic_version", "api_key_stores", "api_keys", "clients", "counters", "devices", "heartbeats", "items")
    + ("item_gtins", "settings", "short_pick_reasons", "staff", "staff_stores", "staging_locations", "stores")
    # Sessions, tries and slots are emptied when they are over, so that they do not grow with time.
    + ("one_time_tokens", "promise_slots", "staff_sessions", "store_paces", "throttles")
)
_SCANS = frozenset(("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan", "Bitmap Index Scan"))


@dataclass(frozen=True, slots=True)
class Scan:
    """One way to one table. `rows` were read in all, those thrown away among them.

    `walks` says that the index was read from one end to the other.
    """

    table: str
    kind: str
    index: str | None
    rows: int
    walks: bool

    @property
    def grows(self) -> bool:
        return self.table not in MASTERS


@dataclass(frozen=True, slots=True)
class Plan:
    """A statement of a step of the walk. `pages` is how many blocks of 8 KiB were touched."""

    step: str
    statement: str
    scans: tuple[Scan, ...]
    pages: int

    @property
    def sequential(self) -> tuple[str, ...]:
        """Tables that grow, or indexes of them, that were read from one end to the other."""
        whole = [scan for scan in self.scans if scan.grows and (scan.kind == "Seq Scan" or scan.walks)]
        return tuple(scan.index or scan.table for scan in whole)

    @property
    def most_rows(self) -> int:
        """Rows read of the table that grows of which most were read."""
        return max((scan.rows for scan in self.scans if scan.grows), default=0)


def pretend_size(connection: Connection, factor: int) -> None:
    """Let the planner believe that every table and index has `factor` times the rows that it has, in as many pages.

    PostgreSQL estimates the rows of a table as its pages now by the rows of a page when it was last analysed, so the
    belief lasts until then; a page read in sequence costs `factor` times as much in all later connections. Shares and
    numbers of different values stay those of the real rows.
    """
    name = connection.engine.url.database
    connection.execute(text(f'ALTER DATABASE "{name}" SET seq_page_cost = {factor}'))
    connection.execute(
        text(
            "UPDATE pg_class SET reltuples = reltuples * :factor"
            " WHERE reltuples > 0 AND relnamespace = 'public'::regnamespace AND relname NOT IN :masters"
        ).bindparams(bindparam("masters", sorted(MASTERS), expanding=True)),
        {"factor": factor},
    )


@contextmanager
def explained(engine: Engine, step: list[str]) -> Iterator[list[Plan]]:
    """The plans of all different statements that run on the engine while the block does; `step[0]` names each one's."""
    plans: list[Plan] = []
    seen: set[str] = set()

    def explain(_: Any, cursor: Any, statement: str, values: Any, __: Any, many: bool) -> None:
        words = statement.split()
        if statement in seen or words[0] not in ("SELECT", "UPDATE", "DELETE", "WITH"):
            return
        seen.add(statement)
        plans.append(_explain(cursor.connection, step[0], statement, values[0] if many else values))

    event.listen(engine, "before_cursor_execute", explain)
    try:
        yield plans
    finally:
        event.remove(engine, "before_cursor_execute", explain)


def _explain(connection: Any, step: str, statement: str, values: Any) -> Plan:
    """Run it once for its plan and take back what it did; the caller runs it again."""
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT explained")
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {statement}", values)
        found = cursor.fetchone()[0]
        cursor.execute("ROLLBACK TO SAVEPOINT explained")
        cursor.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid, 1, true), indrelid::regclass::text"
            " FROM pg_index JOIN pg_class ON pg_class.oid = indrelid WHERE relnamespace = 'public'::regnamespace"
        )
        indexes = {index: (column, table) for index, column, table in cursor.fetchall()}
    top = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    pages = top["Shared Hit Blocks"] + top["Shared Read Blocks"]
    return Plan(step, " ".join(statement.split()), tuple(_scans(top, indexes)), pages)


def _scans(node: dict[str, Any], indexes: dict[str, tuple[str, str]]) -> Iterator[Scan]:
    if node["Node Type"] in _SCANS and node["Actual Loops"]:
        thrown = sum(node.get(name, 0) for name in ("Rows Removed by Filter", "Rows Removed by Index Recheck"))
        rows = round((node["Actual Rows"] + thrown) * node["Actual Loops"])
        index, condition = node.get("Index Name"), node.get("Index Cond", "")
        column, table = indexes.get(index or "", ("", node.get("Relation Name", "")))
        walks = bool(condition) and re.search(rf"\b{re.escape(column)}\b", condition) is None
        yield Scan(table, node["Node Type"], index, rows, walks)
    for inner in node.get("Plans", ()):
        yield from _scans(inner, indexes)
