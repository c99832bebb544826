"""Which schema the code expects, and Alembic's door to the migrations that lead there.

Alembic is imported by those who migrate only: servers ask which schema there is, and would keep 11 MiB for nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from omni_pickup.config import ROOT

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = ROOT / "migrations"
#: Called with the revision and the words of each step that was done.
Reporter = Callable[[str], None]


def config(connection: Connection | None = None, **options: Any) -> Config:
    """Alembic's settings; `connection` is the one that migrations run on, `options` go to its context."""
    # See the words at the top of the file.
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    made.attributes.update(connection=connection, options=options)
    return made


@cache
def head() -> str:
    """The newest revision that came with this code. Raises LookupError when the migrations are missing."""
    steps = _steps()
    newest = steps.keys() - set(steps.values())
    if len(newest) != 1:
        raise LookupError(f"There is no single newest migration in {MIGRATIONS}.")
    return newest.pop()


@cache
def known() -> frozenset[str]:
    """Every revision that this code can start from."""
    return frozenset(_steps())


def _steps() -> dict[str, str | None]:
    """Each revision with the one before it, as its file says in two plain assignments."""
    steps: dict[str, str | None] = {}
    for file in (MIGRATIONS / "versions").glob("*.py"):
        said = {
            node.targets[0].id: ast.literal_eval(node.value)
            for node in ast.parse(file.read_text(encoding="utf-8")).body
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        steps[said["revision"]] = said["down_revision"]
    return steps


def current(connection: Connection) -> str | None:
    """The revision of the database behind `connection`, or None when it was never made."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def run(connection: Connection, report: Reporter) -> None:
    """Apply what is missing, inside the transaction that `connection` already stands in."""
    # See the words at the top of the file.
    from alembic import command

    def applied(*, step: Any, **_: Any) -> None:
        report(f"{step.up_revision_id}: {step.up_revision.doc}")

    command.upgrade(config(connection, on_version_apply=(applied,)), "head")


def write_revision(connection: Connection, message: str, *, rev_id: str) -> None:
    """Write the migration from the database behind `connection` to the present models, for a developer to read."""
    # See the words at the top of the file.
    from alembic import command

    command.revision(config(connection), message, autogenerate=True, rev_id=rev_id)
