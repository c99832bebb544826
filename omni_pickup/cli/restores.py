"""Putting a backup in place: proved first, with what was there kept aside and messages held back."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from omni_pickup import clock, instance_files, upgrades
from omni_pickup.cli.settings import OPERATOR, opened
from omni_pickup.config import ConfigError, Settings
from omni_pickup.delivery.archives import DATABASE, UPLOADS, ArchiveBroken, unpack
from omni_pickup.models import transaction
from omni_pickup.queries.stock.books import list_differences
from omni_pickup.services.customers.outbounds import pause_outbound
from omni_pickup.storage import in_use

Report = Callable[[str], None]


def restore(archive: Path, settings: Settings, report: Report) -> Settings:
    """Replace the shop of `settings` by the archive's. Raises ArchiveBroken, ConfigError; then nothing is changed."""
    instance_files.make_folder(settings)
    with tempfile.TemporaryDirectory(dir=settings.instance_dir, prefix=".restore-") as folder:
        root = Path(folder)
        manifest = unpack(archive, root)
        report(f"The archive is whole (made {manifest['made_at']}).")
        secrets = {name: (root / name).read_text() for name in instance_files.SECRETS}
        target = _target(settings, manifest, secrets)
        _prove(root, target, report)
        with in_use(target, alone=True):
            _install(root, target, secrets, report)
    instance_files.note_serving(target)
    return target


def _target(settings: Settings, manifest: dict[str, Any], secrets: dict[str, str]) -> Settings:
    """Where it goes, with the archive's secrets. Raises ConfigError where the environment says otherwise."""
    for name, value in secrets.items():
        if name in settings.model_fields_set and getattr(settings, name) != value:
            raise ConfigError(
                f"OMNI_{name.upper()} is not the one of the backup, whose data could not be read with it. "
                "Unset it for the restore, and take the restored one from the instance folder."
            )
    target = settings.model_copy(update={"demo": bool(manifest.get("demo")), **secrets})
    if target.sqlite_path is None:
        raise ConfigError("A backup of SQLite goes into SQLite. Unset OMNI_DATABASE_URL for the restore.")
    return target


def _prove(root: Path, target: Settings, report: Report) -> None:
    """The copy is a whole database, of a schema we know, brought to ours, with books that agree."""
    path = root / DATABASE
    with closing(sqlite3.connect(path)) as connection:
        faults = connection.execute("PRAGMA integrity_check").fetchall()
        orphans = connection.execute("PRAGMA foreign_key_check").fetchall()
    if faults != [("ok",)] or orphans:
        raise ArchiveBroken("The database in the archive is damaged, so nothing was replaced.")
    report("The database is sound.")
    staged = target.model_copy(update={"database_url": f"sqlite:///{path}", "instance_dir": root})
    upgrades.upgrade(staged, report)
    with opened(staged):
        if differences := list_differences():
            raise ArchiveBroken(f"The stock's books differ in {len(differences)} places, so nothing was replaced.")
        with transaction("restore_pause"):
            pause_outbound(by=OPERATOR)
    report("The books agree.")


def _install(root: Path, target: Settings, secrets: dict[str, str], report: Report) -> None:
    path = target.sqlite_path
    assert path is not None
    stamp = f"{clock.now():%Y%m%dT%H%M%SZ}"
    if path.exists():
        kept = target.instance_dir / f"before-restore-{stamp}.sqlite"
        upgrades.copy_sqlite(path, kept)
        report(f"What was there is kept in {kept}.")
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    upgrades.copy_sqlite(root / DATABASE, root / "ready.sqlite")
    (root / "ready.sqlite").replace(path)
    for name, value in secrets.items():
        instance_files.write_private(target.instance_dir / name, value)
    if (root / UPLOADS).exists():
        shutil.copytree(root / UPLOADS, target.instance_dir / UPLOADS, dirs_exist_ok=True)
