"""The nightly backup, kept for a number of nights beside the data."""

from __future__ import annotations

from pathlib import Path

from omni_pickup import clock
from omni_pickup.config import Settings
from omni_pickup.delivery.archives import pack

FOLDER = "backups"
_PREFIX, _SUFFIX = "nightly-", ".tar.gz"


def run_nightly(settings: Settings) -> Path | None:
    """Make today's backup (days in UTC) unless it is there, then drop the oldest beyond `backup_keep`.

    None when there was nothing to do: made already, or PostgreSQL, whose operator uses its own tools.
    Raises OSError when the disk is full; the old backups are all there then.
    """
    if settings.sqlite_path is None:
        return None
    folder = settings.instance_dir / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder / f"{_PREFIX}{clock.now():%Y-%m-%d}{_SUFFIX}"
    if target.exists():
        return None
    pack(settings, target)
    for old in nightly_backups(settings)[settings.backup_keep :]:
        old.unlink(missing_ok=True)
    return target


def nightly_backups(settings: Settings) -> list[Path]:
    """Newest first."""
    return sorted((settings.instance_dir / FOLDER).glob(f"{_PREFIX}*{_SUFFIX}"), reverse=True)
