"""A chain that takes orders: stores, items, plenty of stock, and the baskets that are ordered.

Set up through the product's own API inside this process, before any server runs.
"""

from __future__ import annotations

import json
import random
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import make_url

from benchmarks.http_loads import Template, post
from omni_pickup import create_app
from omni_pickup.config import load_settings
from omni_pickup.models import db
from tests.postgresql import Server
from tests.servers import Site, order_body

STORES = tuple(f"S-{number:03}" for number in range(100))
SKUS = tuple(f"SKU-{number:03}" for number in range(100))
PIECES = 1_000_000
#: Stores that orders are spread over, and lines of an order.
BUSY_STORES, LINES = 20, 3
HOT_SKUS = SKUS[:6]
_WEEK = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
_PICKUP = {"in_store": True, "prep_minutes": 30, "pickers": 4}


@dataclass(frozen=True, slots=True)
class Basket:
    """Pieces of some SKUs, one of each, at one store."""

    store: str
    skus: tuple[str, ...]

    def body(self, external_id: str = "") -> dict[str, Any]:
        return order_body(self.store, [(sku, 1) for sku in self.skus], external_id)

    def template(self, key: str) -> Template:
        return post("/api/v1/orders", json.dumps(self.body("UNIQUEUNIQUE")), key=key)


def spread_baskets() -> list[Basket]:
    """One basket for each busy store, of any three items."""
    draw = random.Random(20)
    return [Basket(store, tuple(draw.sample(SKUS, LINES))) for store in STORES[:BUSY_STORES]]


def hot_baskets() -> list[Basket]:
    """Baskets of three of the same six items at one store, each one also in the opposite order."""
    draw = random.Random(6)
    drawn = [tuple(draw.sample(HOT_SKUS, LINES)) for _ in range(16)]
    return [Basket(STORES[0], skus) for one in drawn for skus in (one, one[::-1])]


@dataclass(frozen=True, slots=True)
class Chain:
    """A database with the chain in it; `site` starts servers on it, `key` opens them."""

    site: Site
    url: str

    @property
    def key(self) -> str:
        return self.site.key

    @property
    def dialect(self) -> str:
        return make_url(self.url).get_dialect().name

    @contextmanager
    def app_client(self) -> Iterator[FlaskClient]:
        """The product in this process, on this database."""
        app = create_app(load_settings(self.site.environment, instance_dir=self.site.folder))
        with app.app_context():
            try:
                yield app.test_client()
            finally:
                db.session.remove()
                db.engine.dispose()


def new_chain(folder: Path, server: Server | None) -> Chain:
    """The chain on a fresh database: of `server`, or in an SQLite file in `folder`."""
    folder.mkdir()
    chain = _chain(folder, server, server.new_database() if server else f"sqlite:///{folder / 'omni.sqlite'}")
    made = chain.site.command("db", "upgrade")
    if made.returncode:
        raise SystemExit(made.stderr)
    chain.site.make_key()
    with chain.app_client() as client:
        _fill(client, chain.key)
    return chain


def copied(chain: Chain, folder: Path, server: Server | None) -> Chain:
    """The same data in another database; nobody may be connected to the first one."""
    folder.mkdir()
    if server:
        copy = _chain(folder, server, server.new_database(template=str(make_url(chain.url).database)))
    else:
        file = folder / "omni.sqlite"
        shutil.copy(chain.site.database, file)
        copy = _chain(folder, None, f"sqlite:///{file}")
    copy.site.key = chain.key
    return copy


def _chain(folder: Path, server: Server | None, url: str) -> Chain:
    return Chain(Site(folder, **({"database_url": url} if server else {})), url)


def _fill(client: FlaskClient, key: str) -> None:
    for code in STORES:
        values = {"name": code, "timezone": "Europe/Warsaw", "hours": _WEEK, "pickup": _PICKUP}
        _send(client, key, "PUT", f"/stores/{code}", values)
    _send(client, key, "POST", "/items", {"items": [{"sku": sku, "name": f"Item {sku}"} for sku in SKUS]})
    for code in STORES:
        levels = [{"sku": sku, "on_hand": PIECES} for sku in SKUS]
        _send(client, key, "POST", f"/stores/{code}/stock", {"levels": levels})


def _send(client: FlaskClient, key: str, method: str, path: str, body: Any) -> None:
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": secrets.token_hex(8)}
    answer = client.open(f"/api/v1{path}", method=method, json=body, headers=headers)
    if answer.status_code >= 300:
        raise SystemExit(f"{method} {path}: {answer.text}")


def place(client: FlaskClient, key: str, basket: Basket) -> Any:
    """One order through the app in this process; answers what the channel was told."""
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": secrets.token_hex(8)}
    answer = client.post("/api/v1/orders", json=basket.body(), headers=headers)
    if answer.status_code != 201:
        raise SystemExit(answer.text)
    return answer.json


def availability_template(key: str) -> Template:
    """The largest question that a storefront may ask: all items at all stores.

    Without an Idempotency-Key, with which the server would keep each answer of 1 MB.
    """
    body = {"sku": list(SKUS), "store": list(STORES), "quantity": 1}
    asked = post("/api/v1/availability/query", json.dumps(body), key=key)
    return Template(asked.head.replace(b"Idempotency-Key: UNIQUEUNIQUE\r\n", b""), asked.body)


def templates_of(baskets: Sequence[Basket], key: str) -> list[Template]:
    """Requests for these baskets."""
    return [basket.template(key) for basket in baskets]
