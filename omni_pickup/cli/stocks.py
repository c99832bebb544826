"""`omni stock verify`."""

from __future__ import annotations

import click
from sqlalchemy import select

from omni_pickup.cli.failures import EXIT_FAILED
from omni_pickup.cli.settings import opened
from omni_pickup.config import Settings
from omni_pickup.models.base import db
from omni_pickup.models.stores import Store
from omni_pickup.queries.stock.books import list_differences


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
        count = 0
        # Store by store, so that a chain's books need no more memory than a shop's, and no statement much time.
        for key in db.session.scalars(select(Store.id).order_by(Store.code)).all():
            found = list_differences(db.session.get_one(Store, key))
            db.session.rollback()
            count += len(found)
            for one in found:
                click.echo(str(one))
    if count:
        click.echo(f"The books differ in {count} places.", err=True)
        return EXIT_FAILED
    click.echo("The books agree.", err=True)
    return 0


COMMANDS = (stock,)
