"""Whether SQLite may live where the settings put it: its locks and its shared memory need a local disk."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from omni_pickup.config import ConfigError, Settings

#: File systems on which locks or shared memory between processes do not hold (https://sqlite.org/wal.html).
NETWORK_FILE_SYSTEMS = frozenset(
    ("9p", "afs", "beegfs", "ceph", "cifs", "fuse.ceph", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs")
    + ("glusterfs", "gfs2", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "smb3", "smbfs")
)
MOUNTS = Path("/proc/self/mounts")


def check(settings: Settings) -> None:
    """Make the folder of an SQLite database. Raises ConfigError for a network file system or a missing right."""
    path = settings.sqlite_path
    if path is None:
        return
    folder = path.parent
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigError(f"The folder {folder} cannot be made: {error.strerror}.") from error
    if not os.access(folder, os.W_OK | os.X_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise ConfigError(f"The database {path} cannot be written by this user. Correct its owner and its folder's.")
    kind = file_system(folder)
    if kind in NETWORK_FILE_SYSTEMS:
        raise ConfigError(
            f"The database {path} lies on a network file system ({kind}), where SQLite loses data. "
            "Set OMNI_INSTANCE_DIR to a local disk, or OMNI_DATABASE_URL to PostgreSQL."
        )


def file_system(folder: Path, mounts: Path | None = None) -> str:
    """The type of the file system that holds `folder`, or "" on systems that keep no list of mounts."""
    mounts = mounts or MOUNTS
    if not mounts.exists():
        return ""
    where, kind = Path("/"), ""
    for line in mounts.read_text().splitlines():
        point, name = line.split()[1:3]
        path = Path(point.encode().decode("unicode_escape"))
        if folder.resolve().is_relative_to(path) and len(path.parts) >= len(where.parts):
            where, kind = path, name
    return kind


@contextmanager
def in_use(settings: Settings, *, alone: bool = False) -> Iterator[None]:
    """Say that a server works on this SQLite file, or with `alone` that nobody may. Raises ConfigError.

    Servers share the lock; what replaces the file takes it alone. It ends with the process, however that ends.
    """
    path = settings.sqlite_path
    if path is None:
        yield
        return
    with path.with_name(path.name + "-in-use").open("a") as handle:
        try:
            fcntl.flock(handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError as error:
            words = (
                "A server is working on it; stop that first." if alone else "A restore is replacing it; wait for it."
            )
            raise ConfigError(f"The database {path} cannot be used now. {words}") from error
        yield
