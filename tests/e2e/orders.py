"""Orders that are ready to be handed over, made in the served shop's own database by its own services."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.clients import Client
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order
from omni_pickup.models.packages import Handoff
from omni_pickup.models.picking import FloorTask
from omni_pickup.models.stores import Store
from omni_pickup.queries.orders.orders import get_order, pickup_code
from omni_pickup.rules.pickup_qrs import qr_text
from omni_pickup.services.customers.check_ins import check_in
from tests.builders import make_item, make_stock
from tests.e2e.shops import Shop
from tests.floor import bags_in, make_picked, pack_and_stage

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Made:
    """A ready order as its tests name it."""

    id: str
    number: str
    code: str
    bags: tuple[str, ...]

    @property
    def path(self) -> str:
        return f"/board/handoff/{self.id}"

    @property
    def qr(self) -> str:
        return qr_text(self.id, self.code)


def make_ready(
    shop: Shop, *, store: str = "WAW-01", here: bool = False, name: str = "Anna Nowak", **values: Any
) -> Made:
    """Two mugs in bag 1 at S-07 and a lamp in bag 2 at C-2, both staged."""
    with shop.app.app_context():
        place = db.session.scalars(select(Store).where(Store.code == store)).one()
        client = db.session.scalars(select(Client).order_by(Client.id)).first()
        assert client is not None
        mug, lamp = _goods(place, "mug"), _goods(place, "lamp")
        contact = {"name": name, "surname_key": name.split()[-1].casefold(), "phone_end": "0123"}
        order = make_picked(place, client, [(mug, 2), (lamp, 1)], contact=contact | values.pop("contact", {}), **values)
        pack_and_stage(order, {"1": 2}, place="S-07")
        pack_and_stage(order, {"2": 1}, place="C-2")
        if here:
            with transaction():
                check_in(get_order(order.public_id), kind="here", by=SYSTEM)
        made = Made(
            order.public_id, order.number, pickup_code(order) or "", tuple(bag.public_id for bag in bags_in(order))
        )
        db.session.remove()
    return made


def _goods(store: Store, name: str) -> Item:
    item = make_item(f"E2E-{name.upper()}-{next(_numbers)}", name=f"E2E {name}")
    make_stock(store, item, 5)
    return item


def state_of(shop: Shop, made: Made) -> str:
    """The order's state as the database has it."""
    with shop.app.app_context():
        return get_order(made.id).state


def handoffs_of(shop: Shop, made: Made) -> list[str]:
    """The results of its handoffs that stand, the oldest first."""
    with shop.app.app_context():
        rows = select(Handoff.result).join(Order, Order.id == Handoff.order_id)
        return list(db.session.scalars(rows.where(Order.public_id == made.id, Handoff.undone_at.is_(None))))


def tasks_of(shop: Shop, made: Made, kind: str) -> int:
    """Open tasks of that kind for the order, in pieces."""
    with shop.app.app_context():
        rows = select(FloorTask.quantity).join(Order, Order.id == FloorTask.order_id)
        found = rows.where(Order.public_id == made.id, FloorTask.kind == kind, FloorTask.state == "open")
        return sum(db.session.scalars(found))
