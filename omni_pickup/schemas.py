"""Which schema the code expects; read by readiness, changed only by `omni db upgrade` and `omni serve`."""

from __future__ import annotations

from functools import cache

from alembic.config import Config
from alembic.script import ScriptDirectory

from omni_pickup.config import ROOT

MIGRATIONS = ROOT / "migrations"


def scripts() -> ScriptDirectory:
    """The migrations that come with this code."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return ScriptDirectory.from_config(config)


@cache
def head() -> str | None:
    """The newest revision, or None while there is none."""
    return scripts().get_current_head()
