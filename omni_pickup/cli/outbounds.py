"""`omni outbound pause | resume`."""

from __future__ import annotations

import click

from omni_pickup.cli.settings import OPERATOR, opened
from omni_pickup.models import transaction
from omni_pickup.services.customers.outbounds import pause_outbound, resume_outbound


@click.group()
def outbound() -> None:
    """Messages to customers and channels."""


@outbound.command()
def pause() -> None:
    """Tell nobody anything until resumed; messages wait."""
    with opened(), transaction("outbound_pause"):
        pause_outbound(by=OPERATOR)
    click.echo("Messages wait until: omni outbound resume")


@outbound.command()
def resume() -> None:
    """Send what has waited, and go on."""
    with opened(), transaction("outbound_resume"):
        resume_outbound(by=OPERATOR)
    click.echo("Messages go out again.")


COMMANDS = (outbound,)
