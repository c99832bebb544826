"""How Alembic reaches our tables. The caller hands over a connection, already inside its transaction."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import JSON, BigInteger

from omni_pickup import models
from omni_pickup.models.base import UTCDateTime


def _render_item(kind: str, thing: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Our column types are written as what they are in the database, so that a migration needs none of our code."""
    if kind != "type":
        return False
    if isinstance(thing, UTCDateTime):
        return 'sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql")'
    if isinstance(thing, JSON):
        autogen.imports.add("from sqlalchemy.dialects.postgresql import JSONB")
        return 'sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")'
    if isinstance(thing, BigInteger):
        return 'sa.BigInteger().with_variant(sa.Integer(), "sqlite")'
    return False


def run() -> None:
    """Bring the connection in `config.attributes` to the asked revision."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=models.db.metadata,
        render_as_batch=True,
        render_item=_render_item,
        compare_type=True,
        transactional_ddl=False,
        **context.config.attributes.get("options", {}),
    )
    context.run_migrations()


run()
