"""`load_demo`: fills the sample database through the real services, once."""

from __future__ import annotations

import json
import random
import sys
from typing import Any

import click
from flask_openapi3 import OpenAPI
from sqlalchemy import select

from omni_pickup import clock, instance_files
from omni_pickup.cli.demo_acts import Stage
from omni_pickup.cli.demo_catalog import sample_items
from omni_pickup.cli.demo_orders import play_scenes, send_goods
from omni_pickup.cli.demo_past import play_past
from omni_pickup.cli.demo_scenes import SCENES
from omni_pickup.cli.demo_stores import STORES, fill_shelves, make_people, make_stores
from omni_pickup.cli.settings import OPERATOR
from omni_pickup.cli.welcomes import LOGINS
from omni_pickup.config import ConfigError, Settings
from omni_pickup.models import transaction
from omni_pickup.models.base import db
from omni_pickup.models.clients import SCOPES
from omni_pickup.models.stores import Setting, Store
from omni_pickup.services.stock.items import put_items
from omni_pickup.services.stores.clients import create_key

_MARK = "demo"
# The same goods lie on the same shelves on every machine, so that people can talk about them.
_SEED = 20261121


def load_demo(app: OpenAPI) -> None:
    """Stores, people, items, stock, about 60 orders and four weeks of past ones; does nothing where they are already.

    Raises ConfigError when loading stopped half-way before, naming the file to remove.
    """
    settings: Settings = app.config["SETTINGS"]
    if db.session.get(Setting, _MARK) is not None:
        return
    if db.session.scalars(select(Store.id).limit(1)).first() is not None:
        raise ConfigError(f"The sample data is only half there. Remove {settings.sqlite_path} and start again.")
    chance = random.Random(_SEED)  # noqa: S311 - sample goods are no secret.
    with click.progressbar(length=len(STORES) + len(SCENES) + 2, label="Loading sample data", file=sys.stderr) as bar:
        stage, logins = _make_shop(chance, bar)
        for _ in play_scenes(stage):
            bar.update(1)
        send_goods(stage)
    with transaction("demo"):
        play_past(stage)
        db.session.add(Setting(name=_MARK, value={"loaded": True}, updated_at=clock.now()))
    instance_files.write_private(settings.instance_dir / LOGINS, json.dumps(logins, indent=2))


def _make_shop(chance: random.Random, bar: Any) -> tuple[Stage, dict[str, Any]]:
    items = list(sample_items())
    with transaction("demo"):
        stores = make_stores(OPERATOR)
        people, logins = make_people(stores, OPERATOR)
        key, secret = create_key("Sample web shop", scopes=SCOPES, by=OPERATOR)
    bar.update(1)
    with transaction("demo"):
        put_items([{name: value for name, value in item.items() if name != "_location"} for item in items], by=OPERATOR)
    bar.update(1)
    with transaction("demo"):
        for _ in fill_shelves(stores, OPERATOR, chance):
            bar.update(1)
    first = items[0]
    sample = {"people": logins, "api_key": secret, "store": "WAW-01", "sku": first["sku"], "price": first["price"]}
    return Stage(key.client_id, stores, people, chance), sample
