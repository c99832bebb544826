"""Which schema the code expects, and Alembic's door to the migrations that lead there."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from omni_pickup.config import ROOT

MIGRATIONS = ROOT / "migrations"
#: Called with the revision and the words of each step that was done.
Reporter = Callable[[str], None]


def config(connection: Connection | None = None, **options: Any) -> Config:
    """Alembic's settings; `connection` is the one that migrations run on, `options` go to its context."""
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    made.attributes.update(connection=connection, options=options)
    return made


@cache
def head() -> str:
    """The newest revision that came with this code. Raises LookupError when the migrations are missing."""
    found = ScriptDirectory.from_config(config()).get_current_head()
    if found is None:
        raise LookupError(f"There are no migrations in {MIGRATIONS}.")
    return found


@cache
def known() -> frozenset[str]:
    """Every revision that this code can start from."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(config()).walk_revisions())


def current(connection: Connection) -> str | None:
    """The revision of the database behind `connection`, or None when it was never made."""
    return MigrationContext.configure(connection).get_current_revision()


def run(connection: Connection, report: Reporter) -> None:
    """Apply what is missing, inside the transaction that `connection` already stands in."""

    def applied(*, step: Any, **_: Any) -> None:
        report(f"{step.up_revision_id}: {step.up_revision.doc}")

    command.upgrade(config(connection, on_version_apply=(applied,)), "head")


def write_revision(connection: Connection, message: str, *, rev_id: str) -> None:
    """Write the migration from the database behind `connection` to the present models, for a developer to read."""
    command.revision(config(connection), message, autogenerate=True, rev_id=rev_id)
