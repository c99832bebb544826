"""Places the sample orders and plays each up to its stage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from omni_pickup.cli.demo_acts import ACTS, Stage, step
from omni_pickup.cli.demo_catalog import sample_items
from omni_pickup.cli.demo_scenes import LANGUAGES, PEOPLE, SCENES, Scene
from omni_pickup.models import transaction
from omni_pickup.models.actors import SYSTEM, Actor
from omni_pickup.models.base import db
from omni_pickup.models.items import Item
from omni_pickup.models.stock import StockLevel
from omni_pickup.models.stores import Store
from omni_pickup.services.orders.orders import place_order
from omni_pickup.services.transfers.transfers import Wish, request_transfer, ship_transfer


def play_scenes(stage: Stage) -> Iterator[str]:
    """Play every scene; yields its stage when it stands."""
    for number, scene in enumerate(SCENES, 1):
        with transaction("demo"):
            order = _place(stage, scene, number)
            for act in ACTS[scene.stage]:
                act(stage, scene, order)
        yield scene.stage


def _place(stage: Stage, scene: Scene, number: int) -> str:
    stocked = _stocked(stage.stores[scene.store])
    values = {
        "external_id": f"DEMO-{number:04}",
        "store": scene.store,
        "customer": _customer(scene, number),
        "lines": [_line(stage, stocked, position, kind) for position, kind in enumerate(scene.goods, 1)],
        **scene.more,
    }
    if "payment" in values:
        total = sum(_cents(line) for line in values["lines"])
        values["payment"] = {"state": "due", "due": {"amount": f"{total / 100:.2f}", "currency": "PLN"}}
    with step(scene.ago):
        order, _ = place_order(values, client_id=stage.client_id, by=Actor("channel", client_id=stage.client_id))
        return order.public_id


def _customer(scene: Scene, number: int) -> dict[str, Any]:
    names = PEOPLE[scene.store]
    name = names[number % len(names)]
    return {
        "name": name,
        "email": f"customer{number}@example.com",
        "phone": f"+48600100{number:03}",
        "language": LANGUAGES[scene.store],
    }


def _line(stage: Stage, stocked: set[str], position: int, kind: str) -> dict[str, Any]:
    item = stage.chance.choice([item for item in sample_items() if _is_of(item, kind) and item["sku"] in stocked])
    quantity = stage.chance.choice((1, 1, 1, 2)) if kind == "any" else 1
    return {"line_id": str(position), "sku": item["sku"], "quantity": quantity, "unit_price": item["price"]}


def _stocked(store: Store) -> set[str]:
    """SKUs with a few pieces left at that store."""
    level = StockLevel
    free = level.on_hand - level.reserved - level.display - level.safety_stock - level.learned_safety
    plenty = select(Item.sku).join(level, level.item_id == Item.id)
    return set(db.session.scalars(plenty.where(level.store_id == store.id, ~level.blocked, free > 2)))


def _is_of(item: dict[str, Any], kind: str) -> bool:
    if kind == "any":
        return not item["handling"] and item["temperature"] == "ambient" and item["min_age"] is None
    if kind == "age":
        return item["min_age"] is not None
    return kind in item["handling"] or kind == item["temperature"]


def _cents(line: dict[str, Any]) -> int:
    return int(line["unit_price"]["amount"].replace(".", "")) * int(line["quantity"])


def send_goods(stage: Stage) -> None:
    """Stockholm asks Warszawa for two pieces, and Berlin's are under way."""
    source = stage.stores["WAW-01"]
    sku = min(sku for sku in _stocked(source) if sku.startswith("TSHIRT"))
    item = db.session.scalars(select(Item).where(Item.sku == sku)).one()
    for code, shipped in (("STO-01", False), ("BER-01", True)):
        with step(90), transaction("demo"):
            asked = request_transfer(source, stage.stores[code], [Wish(item.id, 1)], reason="sold out", by=SYSTEM)
            if shipped:
                ship_transfer(asked, {line.id: line.requested for line in asked.lines}, by=SYSTEM)
