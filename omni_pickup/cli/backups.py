"""`omni backup` and `omni restore`."""

from __future__ import annotations

from pathlib import Path

import click

from omni_pickup import instance_files
from omni_pickup.cli.restores import restore
from omni_pickup.cli.settings import checked, served_settings
from omni_pickup.config import load_settings
from omni_pickup.delivery.archives import pack

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=_FILE)
def backup(file: Path) -> None:
    """Write data, uploads and keys of a shop, which may be running, to FILE."""
    if file.exists():
        raise click.ClickException(f"{file} exists already; a backup never replaces another.")
    pack(checked(served_settings()), file)
    click.echo(f"{file} holds data, uploads and keys. Keep it where only you can read it.")


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore_command(file: Path) -> None:
    """Prove FILE, then put it in place of the data of this machine; messages wait until resumed."""
    target = restore(file, instance_files.as_served(load_settings()), lambda words: click.echo(words, err=True))
    click.echo(f"Restored to {target.sqlite_path}. Messages wait; when all is well: omni outbound resume")


COMMANDS = (backup, restore_command)
