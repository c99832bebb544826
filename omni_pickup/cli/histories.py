"""`omni history status | export`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from omni_pickup.cli.settings import opened
from omni_pickup.models.histories import EVENTS, MOVEMENTS
from omni_pickup.queries.histories import packed_rows, page_sums


@click.group()
def history() -> None:
    """Events and stock movements that were packed away."""


@history.command()
def status() -> None:
    """Say how much was packed."""
    with opened():
        sums = page_sums()
        for kind, pages, rows, size in sums:
            click.echo(f"{kind}: {rows} rows in {pages} pages, {size} bytes")
        if not sums:
            click.echo("Nothing is packed yet.")


@history.command()
@click.argument("kind", type=click.Choice((EVENTS, MOVEMENTS)))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(kind: str, file: Path) -> None:
    """Write every packed row of KIND to FILE, one JSON document a line, checksums compared."""
    with opened(), file.open("x") as lines:
        count = sum(1 for row in packed_rows(kind) if lines.write(json.dumps(row, sort_keys=True) + "\n"))
    click.echo(f"{count} rows are in {file}.")


COMMANDS = (history,)
