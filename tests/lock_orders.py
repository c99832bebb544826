"""What a transaction waits for on PostgreSQL, in the order in which it asks, held against decision 0009.

1. The floor of a store comes first: nothing but the mark of the request itself may be held when the first one is
   entered. Another store's floor may follow: floors themselves are in rising order, or waited for only shortly.
2. Levels are locked in rising order of store and item, those that are locked already aside.
3. Whoever holds a level waits for no slot, because whoever comes in takes the slot first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection

FLOOR = "a store's floor"
_CHANGE = re.compile(r"(?:UPDATE|DELETE FROM|INSERT INTO) (\w+)")
_LOCKED = re.compile(r"FROM (\w+).* FOR (?:NO KEY )?UPDATE(?: OF (\w+))?$", re.DOTALL)
#: Rows that say who asks and that it is asked once. Nobody who holds one waits for another of them.
_REQUEST_MARKS = frozenset({"floor_actions by insert", "idempotency_records by insert", "idempotency_records"})
#: Nobody is on the floor of a store that was made a moment ago.
_HARMLESS = _REQUEST_MARKS | {"stores by insert", FLOOR}


class LockOrder:
    """Watches one engine; `broken` has a sentence for everything that came in the wrong order."""

    def __init__(self) -> None:
        self.broken: list[str] = []
        self._held: dict[Connection, list[str]] = {}
        self._levels: dict[Connection, list[tuple[int, int]]] = {}

    def asked(
        self, connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        del context
        wanted = waits_for(statement)
        if wanted is None:
            return
        held = self._held.setdefault(connection, [])
        early = [name for name in held if name not in _HARMLESS]
        if wanted == FLOOR and early and FLOOR not in held:
            self.broken.append(f"entered a floor while holding {', '.join(early)}")
        if wanted == "promise_slots" and "stock_levels" in held:
            self.broken.append("waited for a slot while holding a level")
        if wanted == "stock_levels":
            for given in parameters if many else [parameters]:
                self._level(connection, given)
        if wanted not in held and cursor.rowcount:
            held.append(wanted)

    def _level(self, connection: Connection, given: Any) -> None:
        if not isinstance(given, dict) or "at_item" not in given:
            return
        locked = self._levels.setdefault(connection, [])
        level = (given["at_store"], given["at_item"])
        if level in locked:
            return
        if any(other > level for other in locked):
            self.broken.append(f"locked level {level} after {max(locked)}")
        locked.append(level)

    def ended(self, connection: Connection) -> None:
        self._held.pop(connection, None)
        self._levels.pop(connection, None)


def waits_for(statement: str) -> str | None:
    """The table whose rows a statement may have to wait for, FLOOR for a floor, None for one that never waits."""
    if "pg_advisory_xact_lock" in statement:
        return FLOOR
    if statement.startswith(("UPDATE", "DELETE")):
        found = _CHANGE.match(statement)
        return found[1] if found else None
    if statement.startswith("INSERT") and "ON CONFLICT" in statement:
        found = _CHANGE.match(statement)
        return f"{found[1]} by insert" if found else None
    found = _LOCKED.search(statement)
    return (found[2] or found[1]) if found else None


@contextmanager
def watched(engine: Engine) -> Iterator[LockOrder]:
    """Every transaction of the engine inside the block."""
    order = LockOrder()
    listeners = (
        ("after_cursor_execute", order.asked),
        ("commit", order.ended),
        ("rollback", order.ended),
    )
    for name, listener in listeners:
        event.listen(engine, name, listener)
    try:
        yield order
    finally:
        for name, listener in listeners:
            event.remove(engine, name, listener)
