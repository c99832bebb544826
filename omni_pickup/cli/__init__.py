"""The command `omni`. Whatever can be foreseen to fail ends in one sentence on standard error, never in a trace."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from omni_pickup.builds import VERSION
from omni_pickup.cli import (
    backups,
    databases,
    histories,
    imports,
    keys,
    outbounds,
    promises,
    samples,
    servers,
    staff,
    stocks,
)
from omni_pickup.cli.failures import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_USAGE, FORESEEN, sentence


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="omni_pickup")
def omni() -> None:
    """Click-and-collect for shops. Settings come from OMNI_* variables; see docs/operating.md."""


for part in (servers, databases, samples, keys, staff, imports, stocks, promises, backups, histories, outbounds):
    for command in part.COMMANDS:
        omni.add_command(command)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and answer its exit code."""
    try:
        result = omni.main(args=list(arguments), prog_name="omni", standalone_mode=False)
    except click.UsageError as error:
        error.show()
        return EXIT_USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        return EXIT_INTERRUPTED
    except FORESEEN as error:
        click.echo(f"omni: {sentence(error)}", err=True)
        return EXIT_FAILED
    return result if isinstance(result, int) else 0


def main() -> None:
    """The console script. What it makes is its owner's only: databases hold names and telephone numbers."""
    os.umask(0o077)
    sys.exit(run(sys.argv[1:]))
