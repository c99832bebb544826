"""`omni demo load`."""

from __future__ import annotations

import click

from omni_pickup import instance_files, upgrades
from omni_pickup.cli.settings import opened
from omni_pickup.config import ConfigError, Settings, load_settings


@click.group()
def demo() -> None:
    """Sample data, in a database of its own."""


@demo.command()
def load() -> None:
    """Fill instance/demo.sqlite with stores, items, stock and orders."""
    settings = demo_settings(load_settings())
    upgrades.upgrade(settings, lambda words: click.echo(words, err=True))
    load_samples(settings)
    click.echo(f"Sample data is in {settings.sqlite_path}; logins are in {settings.instance_dir / 'demo-logins.json'}.")


def demo_settings(settings: Settings) -> Settings:
    """`settings` on the sample database. Raises ConfigError when another one was named."""
    if settings.database_url:
        raise ConfigError("Sample data goes only into its own database. Unset OMNI_DATABASE_URL and try again.")
    chosen = settings.model_copy(update={"demo": True})
    instance_files.make_folder(chosen)
    return instance_files.with_secrets(chosen, make=True)


def load_samples(settings: Settings) -> None:
    """Load the sample data once; a second call finds it there and does nothing."""
    from omni_pickup.cli import demos

    with opened(settings) as app:
        demos.load_demo(app)


COMMANDS = (demo,)
