"""One change after the other, each made by a process that dies in the middle of it and by one that dies behind it.

The process is a fork of the test's own, so that it knows the same database, secrets and clock.
"""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import text

from omni_pickup import crash_points
from omni_pickup.models import db
from omni_pickup.queries.stock.books import list_differences

Result = TypeVar("Result")
Rows = dict[str, list[str]]
#: How a process ended that was told to die and did not come by the place.
SURVIVED = 7


def read_rows() -> Rows:
    """Every row of every table."""
    db.session.rollback()
    found = {
        table.name: sorted(repr(tuple(row)) for row in db.session.execute(text(f'SELECT * FROM "{table.name}"')))
        for table in db.metadata.sorted_tables
    }
    db.session.rollback()
    return found


def changed_tables(before: Rows, after: Rows) -> set[str]:
    """The names of the tables in which anything differs."""
    return {name for name in before if before[name] != after[name]}


def die_at(point: str, act: Callable[[], object]) -> None:
    """Let a process of its own do `act` and be killed at `point`; fails when it lives or falls over its own feet."""
    db.session.remove()
    # A connection must not be shared with a child: each process opens its own.
    db.engine.dispose()
    child = os.fork()
    if child == 0:
        _act_and_end(point, act)
    _, status = os.waitpid(child, 0)
    ended = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    assert ended == -signal.SIGKILL, f"{point}: the process ended with {ended} instead of being killed"


def _act_and_end(point: str, act: Callable[[], object]) -> None:
    code = SURVIVED
    try:
        crash_points.arm(point)
        act()
    except BaseException:
        traceback.print_exc()
        code = 1
    finally:
        os._exit(code)


def check_database() -> None:
    """The file is whole, every reference leads somewhere, and the books agree."""
    db.session.rollback()
    if db.engine.dialect.name == "sqlite":
        assert db.session.execute(text("PRAGMA integrity_check")).all() == [("ok",)]
        assert db.session.execute(text("PRAGMA foreign_key_check")).all() == []
    assert [str(difference) for difference in list_differences()] == []
    db.session.rollback()


@dataclass
class Prover:
    """Proves changes one by one and remembers at which points a process has died."""

    #: Whether a change is proved at each of its occurrences instead of at the first one.
    every_time: bool = False
    points: list[str] = field(default_factory=list)
    proved: set[str] = field(default_factory=set)

    def prove(self, name: str, point: str, act: Callable[[], Result], *, replays: bool, tells: bool = True) -> Result:
        """`act` is nothing at all when its process dies before the commit, and everything when it dies behind it.

        What `replays` is then sent once more: it answers and changes nothing. What `tells` has written an event.
        Returns the answer, None where nothing replays.
        """
        if name in self.proved and not self.every_time:
            return act()
        before = read_rows()
        die_at(f"{point}:before_commit", act)
        left = changed_tables(before, read_rows())
        assert left == set(), f"{name} was half done when its process died: {sorted(left)}"
        die_at(f"{point}:after_commit", act)
        after = read_rows()
        assert after != before, f"{name} was acknowledged and is lost"
        if tells:
            assert len(after["events"]) > len(before["events"]), (
                f"{name} wrote no event into {sorted(changed_tables(before, after))}"
            )
        check_database()
        answer: Any = self._again(name, act, after) if replays else None
        self.points += [f"{name}:before_commit", f"{name}:after_commit"]
        self.proved.add(name)
        return answer

    def _again(self, name: str, act: Callable[[], Result], after: Rows) -> Result:
        answer = act()
        twice = changed_tables(after, read_rows())
        assert twice == set(), f"{name} was done twice: {sorted(twice)}"
        return answer


def value(found: Any) -> Any:
    """What must be there."""
    assert found is not None
    return found
