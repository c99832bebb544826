"""The small files that one machine keeps for itself under the instance folder: its secrets, and what it serves."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from omni_pickup.config import ConfigError, Settings

SECRETS = ("secret_key", "pin_pepper")
_SERVING = "serving"


def make_folder(settings: Settings) -> None:
    """The instance folder, for its owner only. Raises ConfigError when it cannot be made or written."""
    folder = settings.instance_dir
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"The folder {folder} cannot be made: {error.strerror}. Set OMNI_INSTANCE_DIR.") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(f"The folder {folder} cannot be written by this user. Correct its owner, or its rights.")


def with_secrets(settings: Settings, *, make: bool) -> Settings:
    """`settings` with the secrets that its folder keeps, where the environment gave none; `make` them if asked."""
    found = {name: _secret(settings.instance_dir / name, make=make) for name in SECRETS if not getattr(settings, name)}
    return settings.model_copy(update=found)


def _secret(path: Path, *, make: bool) -> str:
    if make and not path.exists():
        write_private(path, secrets.token_hex(32))
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        return ""


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read; either the old or the whole new content is there at any time."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def note_serving(settings: Settings) -> None:
    """Remember which of the folder's two databases is served, so that commands act on the same one."""
    write_private(settings.instance_dir / _SERVING, "demo" if settings.demo else "own")


def as_served(settings: Settings) -> Settings:
    """`settings` on the sample database when that is what was last served from this folder."""
    path = settings.instance_dir / _SERVING
    if settings.database_url or "demo" in settings.model_fields_set or not path.exists():
        return settings
    return settings.model_copy(update={"demo": path.read_text().strip() == "demo"})
