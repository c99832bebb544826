"""`transaction()`: everything inside happens or nothing does, and nobody writes outside of it."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import text
from sqlalchemy.exc import InternalError, OperationalError, StatementError

from omni_pickup import clock
from omni_pickup.config import Settings
from omni_pickup.models import db, is_writing, transaction
from omni_pickup.models.stores import Heartbeat, Setting

pytestmark = pytest.mark.usefixtures("app")


def note(name: str) -> Setting:
    return Setting(name=name, value={"n": 1}, updated_at=clock.now())


def names() -> list[str]:
    return list(db.session.scalars(db.select(Setting.name).order_by(Setting.name)))


def test_what_happens_inside_is_kept() -> None:
    with transaction():
        db.session.add(note("a"))
    db.session.remove()
    assert names() == ["a"]


def test_an_error_inside_undoes_everything() -> None:
    def write_and_stop() -> None:
        with transaction():
            db.session.add(note("a"))
            db.session.flush()
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        write_and_stop()
    assert names() == []


def test_a_transaction_cannot_be_opened_inside_another() -> None:
    with transaction(), pytest.raises(RuntimeError, match="do not nest"), transaction():
        pass


def test_writing_outside_a_transaction_is_refused_by_the_database() -> None:
    db.session.add(note("a"))
    with pytest.raises((InternalError, OperationalError), match="read-?only"):
        db.session.commit()
    db.session.rollback()
    assert names() == []


def test_after_an_error_the_next_transaction_works() -> None:
    with pytest.raises(ZeroDivisionError), transaction():
        _ = 1 // 0
    assert not is_writing()
    with transaction():
        db.session.add(note("b"))
    assert names() == ["b"]


def test_what_was_read_before_is_read_anew_inside() -> None:
    with transaction():
        db.session.add(note("a"))
    seen = db.session.get_one(Setting, "a")
    with transaction():
        db.session.execute(text("UPDATE settings SET value = '{\"n\": 2}' WHERE name = 'a'"))
    with transaction():
        assert seen.value == {"n": 2}


@pytest.mark.one_database
def test_every_sqlite_connection_has_the_safe_settings() -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    with db.engine.connect() as first, db.engine.connect() as second:
        for connection in (first, second):
            got = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
            assert got == wanted


def test_instants_come_back_aware_and_in_utc() -> None:
    warsaw = datetime.fromisoformat("2026-03-29T03:30:00.123456+02:00")
    with transaction():
        db.session.add(Heartbeat(name="w", beat_at=warsaw))
    db.session.remove()
    got = db.session.get_one(Heartbeat, "w").beat_at
    assert got == warsaw
    assert got.tzinfo == UTC


def test_an_instant_without_offset_is_refused() -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - being naive is what is tested.
    with pytest.raises(StatementError, match="offset"), transaction():
        db.session.add(Heartbeat(name="w", beat_at=naive))


@pytest.mark.parametrize(("point", "kept"), [("note:before_commit", False), ("note:after_commit", True)])
def test_a_kill_at_a_crash_point_leaves_all_or_nothing(
    settings: Settings, app: OpenAPI, point: str, kept: bool
) -> None:
    script = textwrap.dedent(
        """
        import sys
        from omni_pickup import clock, create_app
        from omni_pickup.config import load_settings
        from omni_pickup.models import db, transaction
        from omni_pickup.models.stores import Setting
        app = create_app(load_settings({}, database_url=sys.argv[1], instance_dir=sys.argv[2], crash_at=sys.argv[3],
                                       secret_key="k" * 40, pin_pepper="p" * 40))
        with app.app_context(), transaction("note"):
            db.session.add(Setting(name="a", value={}, updated_at=clock.now()))
        """
    )
    arguments = [settings.database, str(Path(settings.instance_dir)), point]
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == -9, done.stderr
    assert names() == (["a"] if kept else [])
