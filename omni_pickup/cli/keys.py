"""`omni key create | list | revoke`."""

from __future__ import annotations

from collections.abc import Iterable

import click

from omni_pickup.cli.settings import OPERATOR, opened
from omni_pickup.errors import NotFound
from omni_pickup.models import transaction
from omni_pickup.models.stores import Store
from omni_pickup.queries.stores.clients import all_keys, key_by_id
from omni_pickup.queries.stores.stores import get_store
from omni_pickup.services.stores import clients


@click.group()
def key() -> None:
    """Keys with which channels use the API."""


@key.command()
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, help="Such as orders:write; may be given many times.")
@click.option("--store", "codes", multiple=True, help="Bind the key to this store; may be given many times.")
def create(name: str, scopes: tuple[str, ...], codes: tuple[str, ...]) -> None:
    """Make a key for client NAME and print it, this one time, alone on standard output."""
    with opened():
        with transaction("key_create"):
            _, plain = clients.create_key(name, scopes=scopes, stores=stores_named(codes), by=OPERATOR)
        click.echo(plain)


@key.command("list")
def list_keys() -> None:
    """Show every key: its number, client, first characters, state, stores and scopes."""
    with opened():
        for one in all_keys():
            state = "revoked" if one.revoked_at else "active"
            places = ",".join(sorted(store.code for store in one.stores)) or "all stores"
            click.echo(f"{one.id}\t{one.client.name}\t{one.hint}...\t{state}\t{places}\t{','.join(one.scopes)}")


@key.command()
@click.argument("number", type=int)
def revoke(number: int) -> None:
    """End the key with this number (see `omni key list`) at once."""
    with opened():
        with transaction("key_revoke"):
            found = key_by_id(number)
            if found is None:
                raise NotFound(f"There is no key {number}. See: omni key list")
            clients.revoke_key(found, by=OPERATOR)
        click.echo(f"Key {number} opens nothing any more.")


def stores_named(codes: Iterable[str]) -> list[Store]:
    """The stores of these codes. Raises NotFound."""
    return [get_store(code) for code in codes]


COMMANDS = (key,)
