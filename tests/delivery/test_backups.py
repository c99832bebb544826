"""One backup a night, the newest fourteen kept."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine

from omni_pickup import upgrades
from omni_pickup.config import Settings
from omni_pickup.delivery import archives
from omni_pickup.delivery.backups import nightly_backups, run_nightly

pytestmark = pytest.mark.one_database


@pytest.fixture
def shop(settings: Settings) -> Settings:
    upgrades.upgrade(settings, lambda _: None)
    return settings


def _night(day: int, hour: int = 2) -> datetime:
    return datetime(2026, 11, day, hour, 30, tzinfo=UTC)


def test_the_first_call_of_a_day_makes_the_backup_and_the_second_none(shop: Settings) -> None:
    with time_machine.travel(_night(21)) as time:
        made = run_nightly(shop)
        assert made is not None
        assert made == shop.instance_dir / "backups" / "nightly-2026-11-21.tar.gz"
        time.move_to(_night(21, 23))
        assert run_nightly(shop) is None
        time.move_to(_night(22))
        assert run_nightly(shop) is not None


def test_only_the_newest_are_kept(shop: Settings) -> None:
    keeping = shop.model_copy(update={"backup_keep": 3})
    for day in range(1, 7):
        with time_machine.travel(_night(day)):
            run_nightly(keeping)
    assert [path.name for path in nightly_backups(keeping)] == [f"nightly-2026-11-{day:02}.tar.gz" for day in (6, 5, 4)]


def test_other_files_in_the_folder_are_left_alone(shop: Settings) -> None:
    folder = shop.instance_dir / "backups"
    folder.mkdir()
    (folder / "before-the-move.tar.gz").write_text("mine")
    run_nightly(shop.model_copy(update={"backup_keep": 1}))
    assert (folder / "before-the-move.tar.gz").exists()


def test_a_full_disk_leaves_the_old_backups_and_no_remains(shop: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with time_machine.travel(_night(1)):
        run_nightly(shop)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archives, "_write", full)
    with time_machine.travel(_night(2)), pytest.raises(OSError, match="No space"):
        run_nightly(shop.model_copy(update={"backup_keep": 1}))
    assert [path.name for path in (shop.instance_dir / "backups").iterdir()] == ["nightly-2026-11-01.tar.gz"]


def test_postgresql_has_its_own_tools(settings: Settings) -> None:
    elsewhere = settings.model_copy(update={"database_url": "postgresql+psycopg://nowhere/shop"})
    assert run_nightly(elsewhere) is None


def test_a_copy_taken_while_others_write_is_whole(shop: Settings, tmp_path: Path) -> None:
    source = shop.sqlite_path
    assert source is not None
    stop = threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(source, isolation_level=None)) as connection:
            number = 0
            while not stop.is_set():
                number += 1
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("INSERT INTO counters VALUES (?, 1)", (f"a{number}",))
                connection.execute("INSERT INTO counters VALUES (?, 1)", (f"b{number}",))
                connection.execute("COMMIT")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            archives.copy_sqlite(source, tmp_path / f"{number}.sqlite")
    finally:
        stop.set()
        writer.join()
    for number in range(5):
        with closing(sqlite3.connect(tmp_path / f"{number}.sqlite")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            odd = connection.execute("SELECT count(*) % 2 FROM counters").fetchone()
            assert odd == (0,)
