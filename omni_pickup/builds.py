"""What is running: the version for people, the build id for tablets that have to reload after an upgrade."""

from __future__ import annotations

import hashlib
from functools import cache

from omni_pickup.config import ROOT

VERSION = "0.1.0"
_PARTS = (("omni_pickup", "*.py"), ("templates", "*.html"), ("static", "*"))


@cache
def build_id() -> str:
    """Twelve hexadecimal digits that change when code, a template or an asset changes; the same on every machine."""
    digest = hashlib.sha256(VERSION.encode())
    for folder, pattern in _PARTS:
        for path in sorted((ROOT / folder).rglob(pattern)):
            if path.is_file():
                digest.update(path.relative_to(ROOT).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
