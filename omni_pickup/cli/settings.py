"""The settings and the app that commands work with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask_openapi3 import OpenAPI

from omni_pickup import create_app, instance_files, schemas, storage
from omni_pickup.config import ConfigError, Settings, check_secrets, load_settings
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db

#: Who acts at the command line: the machine's operator, who is nobody in the list of staff.
OPERATOR = Actor("system")


def served_settings() -> Settings:
    """What the environment says, on the database and with the secrets that `omni serve` keeps on this machine."""
    return instance_files.with_secrets(instance_files.as_served(load_settings()), make=False)


def checked(settings: Settings) -> Settings:
    """`settings`, when a server could start with them. Raises ConfigError."""
    check_secrets(settings)
    storage.check(settings)
    return settings


@contextmanager
def opened(settings: Settings | None = None) -> Iterator[OpenAPI]:
    """The app in its context, on a database of exactly this code's schema. Raises ConfigError."""
    app = create_app(settings or served_settings())
    with app.app_context():
        check_schema()
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


def check_schema() -> None:
    """Commands, web and worker never migrate. Raises ConfigError that names the command that does."""
    present = schemas.current(db.session.connection())
    db.session.rollback()
    if present == schemas.head():
        return
    if present is not None and present not in schemas.known():
        raise ConfigError(f"The database has schema {present}, which is newer than this program ({schemas.head()}).")
    raise ConfigError(f"The database has schema {present}, this program needs {schemas.head()}. Run: omni db upgrade")
