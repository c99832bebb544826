"""`omni stock verify`."""

from __future__ import annotations

import click

from omni_pickup.cli.failures import EXIT_FAILED
from omni_pickup.cli.settings import opened
from omni_pickup.config import Settings
from omni_pickup.queries.books import list_differences


@click.group()
def stock() -> None:
    """The stock's books."""


@stock.command()
@click.pass_context
def verify(context: click.Context) -> None:
    """Prove that movements add up to levels, and that what is reserved is owed to someone."""
    context.exit(verify_books())


def verify_books(settings: Settings | None = None) -> int:
    """Say whether the books agree, list where they do not, and answer the exit code."""
    with opened(settings):
        differences = list_differences()
        for one in differences:
            click.echo(str(one))
    if differences:
        click.echo(f"The books differ in {len(differences)} places.", err=True)
        return EXIT_FAILED
    click.echo("The books agree.", err=True)
    return 0


COMMANDS = (stock,)
