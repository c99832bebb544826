"""The orders of the hour: what a web shop sends, with the goods that the sample store has."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from omni_pickup.models import db, transaction
from omni_pickup.models.actors import CUSTOMER, Actor
from omni_pickup.models.clients import Client
from omni_pickup.models.items import Item
from omni_pickup.models.orders import CheckIn, Order
from omni_pickup.models.packages import Package
from omni_pickup.models.picking import PickTask, Tote, Wave
from omni_pickup.models.stock import StockLevel
from omni_pickup.models.stores import Store
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.services.customers.check_ins import check_in
from omni_pickup.services.orders.orders import place_order
from tests.e2e.shops import Shop

STORE = "WAW-01"
_NAMES = ("Nowak", "Wiśniewska", "Mazur", "Dąbrowski", "Zieliński", "Haddad", "Kovalenko", "Ostrowska", "Ćwik", "Lis")


def place_orders(shop: Shop, count: int, *, chance: random.Random, **more: Any) -> list[str]:
    """Numbers of so many new orders of one to three lines, most of one piece; `more` are members of the order."""
    return [_place(shop, chance, more) for _ in range(count)]


def _place(shop: Shop, chance: random.Random, more: Mapping[str, Any]) -> str:
    with shop.app.app_context(), transaction():
        store = db.session.scalars(select(Store).where(Store.code == STORE)).one()
        client = db.session.scalars(select(Client).order_by(Client.id)).first()
        assert client is not None
        free = StockLevel.on_hand - StockLevel.reserved - StockLevel.display - StockLevel.safety_stock
        stocked = db.session.scalars(
            select(Item.sku)
            .join(StockLevel, StockLevel.item_id == Item.id)
            .where(StockLevel.store_id == store.id, free - StockLevel.learned_safety > 3, ~StockLevel.blocked)
            .order_by(Item.sku)
        ).all()
        skus = chance.sample(list(stocked), chance.choice((1, 1, 2, 2, 3)))
        values = {
            "external_id": f"hour-{chance.getrandbits(48):x}",
            "store": STORE,
            "customer": {"name": f"Ola {chance.choice(_NAMES)}"},
            "lines": [
                {"line_id": str(number), "sku": sku, "quantity": chance.choice((1, 1, 1, 2))}
                for number, sku in enumerate(skus, 1)
            ],
            **more,
        }
        order, _ = place_order(values, client_id=client.id, by=Actor("channel", client_id=client.id))
        return str(order.number)


def arrive(shop: Shop, number: str) -> None:
    """The customer of that order stands at the door."""
    with shop.app.app_context(), transaction():
        check_in(get_order_by_key(int(number) - 100_000), kind="here", by=CUSTOMER)


def queued(shop: Shop) -> list[str]:
    """Numbers of the store's orders that nobody fetches yet, the earliest promise first."""
    with shop.app.app_context():
        waits = select(PickTask.order_id).where(PickTask.state == "queued")
        of_store = select(Order.id).join(Store).where(Store.code == STORE, Order.id.in_(waits))
        return [str(100_000 + key) for key in db.session.scalars(of_store.order_by(Order.promised_at, Order.id))]


def ready_of_newest_walk(shop: Shop) -> list[str]:
    """Numbers of the orders that the last walk made ready and nobody waits for."""
    with shop.app.app_context():
        newest = select(func.max(Wave.id)).scalar_subquery()
        here = select(CheckIn.order_id).where(CheckIn.ended_at.is_(None))
        found = select(Order.id).join(Tote, Tote.order_id == Order.id)
        ready = found.where(Tote.wave_id == newest, Order.state == "ready", Order.id.not_in(here))
        return [str(100_000 + key) for key in db.session.scalars(ready.order_by(Order.id))]


def states_of(shop: Shop, numbers: Sequence[str]) -> list[str]:
    """As the database has them."""
    with shop.app.app_context():
        keys = [int(number) - 100_000 for number in numbers]
        return list(db.session.scalars(select(Order.state).where(Order.id.in_(keys)).order_by(Order.id)))


def bags_of(shop: Shop, number: str) -> list[str]:
    """What the labels of its bags say to a scanner."""
    with shop.app.app_context():
        rows = select(Package.public_id).where(Package.order_id == int(number) - 100_000, Package.state == "staged")
        return list(db.session.scalars(rows.order_by(Package.number)))


def pieces_of(shop: Shop, number: str) -> int:
    """Pieces that are still promised."""
    with shop.app.app_context():
        return sum(line.open for line in get_order_by_key(int(number) - 100_000).lines)
