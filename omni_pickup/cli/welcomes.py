"""What `omni serve` says once people can come in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from omni_pickup.builds import VERSION
from omni_pickup.cli.settings import opened
from omni_pickup.config import Settings
from omni_pickup.models import transaction
from omni_pickup.queries.stores.staff import nobody_yet
from omni_pickup.services.stores.setups import create_setup_link

LOGINS = "demo-logins.json"


def welcome(settings: Settings) -> None:
    """Addresses and, where there are any, sample logins or the link with which an empty shop begins."""
    lines = [
        "",
        f"omni_pickup {VERSION} is running" + (" with sample data." if settings.demo else "."),
        "",
        f"  Board (staff tablet)  {settings.base_url}/board",
        f"  Office (managers)     {settings.base_url}/office",
        f"  API for machines      {settings.base_url}/api/v1/docs",
        *(_samples(settings) if settings.demo else _first_steps(settings)),
        "",
        "Ctrl-C ends it.",
    ]
    click.echo("\n".join(lines))


def _first_steps(settings: Settings) -> Iterator[str]:
    """A link that works once, for 15 minutes, while there is nobody who could sign in."""
    with opened(settings):
        if not nobody_yet():
            return
        with transaction("setup_link"):
            token = create_setup_link()
    yield from ("", "Set up the first store and its admin (once, within 15 minutes):", "")
    yield f"  {settings.base_url}/setup?token={token}"


def _samples(settings: Settings) -> Iterator[str]:
    path = settings.instance_dir / LOGINS
    if not path.exists():
        return
    samples: dict[str, Any] = json.loads(path.read_text())
    yield from ("", "Sample people:", "")
    for one in samples["people"]:
        yield f"  {one['login']:<12} password {one['password']}  PIN {one['pin']}  {one['role']}"
    yield from ("", f"Sample API key: {samples['api_key']}", "", "Try:", "")
    yield from _commands(settings.base_url, samples)


def _commands(base: str, samples: dict[str, Any]) -> Iterator[str]:
    head = f"curl -s -H 'Authorization: Bearer {samples['api_key']}'"
    store, sku = samples["store"], samples["sku"]
    order = {
        "external_id": "my-first-order",
        "store": store,
        "customer": {"name": "Ada Nowak", "email": "ada@example.com"},
        "lines": [{"line_id": "1", "sku": sku, "quantity": 1, "unit_price": samples["price"]}],
    }
    yield f"  {head} '{base}/api/v1/availability?sku={sku}&store={store}'"
    yield (
        f"  {head} -H 'Idempotency-Key: my-first-order' -H 'Content-Type: application/json' "
        f"-d '{json.dumps(order)}' {base}/api/v1/orders"
    )
    yield f"  {head} '{base}/api/v1/events?after='"
