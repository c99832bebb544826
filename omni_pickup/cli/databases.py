"""`omni db upgrade`."""

from __future__ import annotations

import click

from omni_pickup import instance_files, storage, upgrades
from omni_pickup.cli.settings import served_settings
from omni_pickup.cli.stocks import verify_books


@click.group()
def db() -> None:
    """The database's schema."""


@db.command()
@click.pass_context
def upgrade(context: click.Context) -> None:
    """Bring the schema to the newest: one at a time, a copy aside, keys and books checked."""
    settings = served_settings()
    instance_files.make_folder(settings)
    storage.check(settings)
    upgrades.upgrade(settings, click.echo)
    if settings.secret_key and settings.pin_pepper:
        context.exit(verify_books(settings))


COMMANDS = (db,)
