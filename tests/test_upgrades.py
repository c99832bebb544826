"""The migrations lead to exactly the tables of the models, and an upgrade is all or nothing."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import Connection

from omni_pickup import schemas, upgrades
from omni_pickup.config import ROOT, Settings
from omni_pickup.models import db
from omni_pickup.upgrades import UpgradeRefused, upgrade


def _said(settings: Settings) -> list[str]:
    lines: list[str] = []
    upgrade(settings, lines.append)
    return lines


def _path(settings: Settings) -> Path:
    assert settings.sqlite_path is not None
    return settings.sqlite_path


def _execute(settings: Settings, *statements: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(_path(settings))) as connection:
        for statement in statements[:-1]:
            connection.execute(statement)
        rows = connection.execute(statements[-1]).fetchall()
        connection.commit()
        return rows


def _pretend_older(settings: Settings, monkeypatch: pytest.MonkeyPatch, *steps: str) -> None:
    """Make the present revision an older one of a longer chain, whose next step runs `steps`."""
    upgrade(settings, lambda _: None)
    monkeypatch.setattr(schemas, "head", lambda: "9999")

    def run(connection: Connection, report: schemas.Reporter) -> None:
        for step in steps:
            connection.exec_driver_sql(step)
        report("9999: A step")

    monkeypatch.setattr(schemas, "run", run)


def test_an_empty_database_gets_exactly_the_tables_of_the_models(settings: Settings) -> None:
    upgrade(settings, lambda _: None)
    with create_engine(settings.database).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.metadata) == []
        assert set(inspect(connection).get_table_names()) == {"alembic_version", *db.metadata.tables}


def test_the_checks_of_the_models_are_in_the_migrations_too(settings: Settings, tmp_path: Path) -> None:
    """Alembic does not compare CHECK constraints, so their names and words are compared here."""
    upgrade(settings, lambda _: None)
    from_models = create_engine(f"sqlite:///{tmp_path / 'models.sqlite'}")
    db.metadata.create_all(from_models)
    migrated = inspect(create_engine(settings.database))
    for table in db.metadata.tables:
        wanted = inspect(from_models).get_check_constraints(table)
        assert sorted(migrated.get_check_constraints(table), key=str) == sorted(wanted, key=str)


def test_the_second_upgrade_has_nothing_to_do(settings: Settings) -> None:
    assert len(_said(settings)) == len(schemas.known()) + 1
    assert _said(settings) == [f"The schema is up to date ({schemas.head()})."]
    assert list(settings.instance_dir.glob("before-*")) == []


def test_a_newer_schema_is_refused_and_left_alone(settings: Settings) -> None:
    upgrade(settings, lambda _: None)
    _execute(settings, "UPDATE alembic_version SET version_num = '7000'")
    with pytest.raises(UpgradeRefused, match="7000, which is newer"):
        upgrade(settings, lambda _: None)
    assert _execute(settings, "SELECT version_num FROM alembic_version") == [("7000",)]


def test_data_is_copied_aside_before_a_step(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    _pretend_older(settings, monkeypatch, "DROP TABLE settings")
    _execute(settings, "INSERT INTO counters VALUES ('sscc', 41)")
    copy = upgrade(settings, lambda _: None)
    assert copy is not None
    assert copy.parent == settings.instance_dir
    assert copy.stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT value FROM counters").fetchall() == [(41,)]
        assert connection.execute("SELECT count(*) FROM settings").fetchall() == [(0,)]


REBUILD = (
    "CREATE TABLE parents (id INTEGER PRIMARY KEY)",
    "CREATE TABLE children (id INTEGER PRIMARY KEY REFERENCES parents ON DELETE CASCADE)",
    "INSERT INTO parents VALUES (1)",
    "INSERT INTO children VALUES (1)",
    "CREATE TABLE new_parents (id INTEGER PRIMARY KEY, name TEXT)",
    "INSERT INTO new_parents (id) SELECT id FROM parents",
    "DROP TABLE parents",
    "ALTER TABLE new_parents RENAME TO parents",
)


def test_a_rebuilt_table_keeps_the_rows_that_refer_to_it(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    _pretend_older(settings, monkeypatch, *REBUILD)
    upgrade(settings, lambda _: None)
    assert _execute(settings, "SELECT count(*) FROM children") == [(1,)]


def test_with_foreign_keys_on_the_same_rebuild_would_lose_them(settings: Settings) -> None:
    assert _execute(settings, "PRAGMA foreign_keys=ON", *REBUILD, "SELECT count(*) FROM children") == [(0,)]


def test_a_step_that_leaves_rows_without_their_parent_is_undone(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    _pretend_older(settings, monkeypatch, "DELETE FROM clients")
    _execute(
        settings,
        "INSERT INTO clients VALUES (1, 'shop', 1, '2026-01-01')",
        "INSERT INTO api_keys VALUES (1, 1, 'd', 'h', '[]', '2026-01-01', NULL)",
    )
    with pytest.raises(UpgradeRefused, match=r"1 rows would refer to nothing \(api_keys\)"):
        upgrade(settings, lambda _: None)
    assert _execute(settings, "SELECT name FROM clients") == [("shop",)]


def test_the_newest_and_the_known_revisions_are_those_that_alembic_finds() -> None:
    scripts = ScriptDirectory.from_config(schemas.config())
    assert schemas.head() == scripts.get_current_head()
    assert schemas.known() == {script.revision for script in scripts.walk_revisions()}


def test_two_at_once_make_the_tables_once(settings: Settings) -> None:
    code = (
        "import sys; from omni_pickup import config, upgrades;"
        "upgrades.upgrade(config.load_settings({'OMNI_DATABASE_URL': sys.argv[1], 'OMNI_INSTANCE_DIR': sys.argv[2]}),"
        " print)"
    )
    arguments = [sys.executable, "-c", code, settings.database, str(settings.instance_dir)]
    both = [subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = sorted(process.communicate(timeout=60)[0].count("\n") for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert said == [1, len(schemas.known()) + 1]


def test_foreign_keys_are_off_for_the_upgrade_only(settings: Settings) -> None:
    engine = upgrades._engine(settings)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 0
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    engine.dispose()
