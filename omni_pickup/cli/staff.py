"""`omni staff create`."""

from __future__ import annotations

import sys

import click

from omni_pickup.cli.keys import stores_named
from omni_pickup.cli.settings import OPERATOR, opened
from omni_pickup.models import transaction
from omni_pickup.models.staff import ROLES
from omni_pickup.services.staff.staff import create_staff


@click.group()
def staff() -> None:
    """People who work in the stores."""


@staff.command()
@click.argument("login")
@click.option("--name", required=True, help="As colleagues see it.")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--store", "codes", multiple=True, help="A store this person works in; may be given many times.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the next line of standard input.")
@click.option("--pin-stdin", is_flag=True, help="Read the PIN from the next line of standard input.")
def create(login: str, name: str, role: str, codes: tuple[str, ...], password_stdin: bool, pin_stdin: bool) -> None:
    """Add the person LOGIN. Password and PIN are asked for unless they come by standard input."""
    asked = not (password_stdin or pin_stdin)
    password = _secret("Password", given=password_stdin, asked=asked)
    pin = _secret("PIN (6 digits or more)", given=pin_stdin, asked=asked)
    with opened():
        with transaction("staff_create"):
            stores = stores_named(codes)
            create_staff(login, name=name, role=role, stores=stores, password=password, pin=pin, by=OPERATOR)
        click.echo(f"{login} can work now as {role}.")


def _secret(what: str, *, given: bool, asked: bool) -> str | None:
    """One secret, or None where only the other one was given or an empty one was typed."""
    if given:
        return sys.stdin.readline().rstrip("\r\n") or None
    if not asked:
        return None
    typed = click.prompt(f"{what}, empty for none", hide_input=True, default="", show_default=False, err=True)
    if typed and click.prompt("Again", hide_input=True, err=True) != typed:
        raise click.ClickException("The two were not the same; nothing was changed.")
    return typed or None


COMMANDS = (staff,)
