"""One file that holds everything of a shop: data, uploads and keys, each with its checksum in a manifest.

manifest.json                 format, version, schema, time, SHA-256 of every other member
database.sqlite               a consistent copy
secret_key, pin_pepper        without them tokens, PINs and stored answers cannot be read
uploads/...                   as they lie in the instance folder
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from omni_pickup import clock
from omni_pickup.builds import VERSION
from omni_pickup.config import Settings
from omni_pickup.errors import OperationError
from omni_pickup.instance_files import SECRETS, write_private
from omni_pickup.upgrades import copy_sqlite

FORMAT = 1
DATABASE, MANIFEST, UPLOADS = "database.sqlite", "manifest.json", "uploads"


class BackupRefused(OperationError):
    code = "backup_refused"
    title = "The backup could not be made"


class ArchiveBroken(OperationError):
    code = "archive_broken"
    title = "This file is no complete backup"


def pack(settings: Settings, target: Path) -> None:
    """Write the archive of a shop that may be running; `target` appears only when it is complete.

    Raises BackupRefused on PostgreSQL, whose own tools do this better, and OSError.
    """
    source = settings.sqlite_path
    if source is None or not source.exists():
        raise BackupRefused("This command copies SQLite. For PostgreSQL use pg_dump, and keep the two secrets with it.")
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as folder:
            root = Path(folder)
            copy_sqlite(source, root / DATABASE)
            for name in SECRETS:
                write_private(root / name, getattr(settings, name))
            members = [*(root / name for name in (DATABASE, *SECRETS)), *_uploads(settings)]
            names = {path: _name(path, root, settings) for path in members}
            manifest = {"format": FORMAT, "version": VERSION, "demo": settings.demo, "made_at": clock.now().isoformat()}
            manifest["files"] = {name: _sha256(path) for path, name in names.items()}
            write_private(root / MANIFEST, json.dumps(manifest, indent=1))
            _write(draft, {root / MANIFEST: MANIFEST} | names)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _uploads(settings: Settings) -> Iterator[Path]:
    folder = settings.instance_dir / UPLOADS
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())


def _name(path: Path, root: Path, settings: Settings) -> str:
    base = root if path.is_relative_to(root) else settings.instance_dir
    return path.relative_to(base).as_posix()


def _write(draft: Path, names: dict[Path, str]) -> None:
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as archive:
            for path, name in names.items():
                archive.add(path, arcname=name, recursive=False)
        file.flush()
        os.fsync(file.fileno())


def unpack(archive: Path, folder: Path) -> dict[str, Any]:
    """Unpack into `folder` what the manifest names, checksums compared; answers the manifest. Raises ArchiveBroken."""
    try:
        with tarfile.open(archive) as opened:
            for member in opened:
                _check_member(member)
                _extract(opened, member, folder / member.name)
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
        wanted: dict[str, str] = manifest["files"]
    except (tarfile.TarError, EOFError, ValueError, KeyError, FileNotFoundError, FileExistsError) as error:
        raise ArchiveBroken(f"{archive} is no backup of this program, or it is cut short.") from error
    if manifest.get("format") != FORMAT:
        raise ArchiveBroken(f"{archive} was made by a newer version ({manifest.get('version')}).")
    _compare(folder, wanted)
    return manifest


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    """By hand: tarfile's own filters came only with Python 3.11.4, and Debian 12 has an older one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    source = archive.extractfile(member)
    assert source is not None, "an ordinary file has content"
    with source, target.open("xb") as sink:
        shutil.copyfileobj(source, sink)


def _check_member(member: tarfile.TarInfo) -> None:
    """Ordinary files under names of ours only: an archive comes from outside."""
    path = PurePosixPath(member.name)
    known = member.name in (MANIFEST, DATABASE, *SECRETS) or path.parts[:1] == (UPLOADS,)
    if not member.isfile() or not known or ".." in path.parts:
        raise ArchiveBroken(f"The archive holds something that no backup of ours does: {member.name!r}.")


def _compare(folder: Path, wanted: dict[str, str]) -> None:
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {MANIFEST}
    if present != wanted.keys() or not {DATABASE, *SECRETS} <= present:
        raise ArchiveBroken("The archive's list of files and its files differ.")
    for name, digest in wanted.items():
        if _sha256(folder / name) != digest:
            raise ArchiveBroken(f"The archive is damaged: {name} is not what was backed up.")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
