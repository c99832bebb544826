"""A floor for the board's tests: one store with goods and places, and short ways to orders on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from omni_pickup.models import db, transaction
from omni_pickup.models.actors import CUSTOMER
from omni_pickup.models.clients import Client
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order
from omni_pickup.models.stores import Store
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.services.customers.check_ins import check_in
from tests.builders import make_client, make_item, make_stock
from tests.floor import make_place, make_queued, make_ready
from tests.people import make_device
from tests.sites import DEVICE_COOKIE, Browser, Site


@dataclass
class Floor:
    """The first store of a site with twenty mugs; use it inside `on_floor`."""

    store: Store
    client: Client
    mug: Item

    def queued(self, pieces: int = 1, *, item: Item | None = None, **values: Any) -> Order:
        """An order that waits to be picked."""
        return make_queued(self.store, self.client, [(item or self.mug, pieces)], **values)

    def ready(self, **values: Any) -> Order:
        """An order whose bag stands at S-01."""
        return make_ready(self.store, self.client, [(self.mug, 1)], **values)

    def arrive(self, order: Order, *, kind: str = "here", bay: str | None = None, **more: Any) -> None:
        """The customer is here, or on the way."""
        with transaction():
            check_in(get_order_by_key(order.id), kind=kind, bay=bay, by=CUSTOMER, **more)


@contextmanager
def on_floor(site: Site) -> Iterator[Floor]:
    """The app's context with a stocked floor."""
    with site.app.app_context():
        store = db.session.get_one(Store, site.ids.store)
        found = db.session.scalars(db.select(Item).where(Item.sku == "MUG")).one_or_none()
        if found is None:
            found = make_item("MUG", name="Blue mug")
            make_stock(store, found, 20)
            make_place(store)
            make_client("Web shop")
        client = db.session.scalars(db.select(Client)).one()
        yield Floor(db.session.get_one(Store, site.ids.store), client, found)
        # What was made is read once more, so that a test may name it after the context is gone.
        for row in [row for row in db.session if isinstance(row, Order)]:
            db.session.refresh(row)
        db.session.remove()


def second_tablet(site: Site, person: str = "bartek") -> Browser:
    """Another tablet of the same store, unlocked by this person."""
    with site.app.app_context():
        _, secret = make_device(db.session.get_one(Store, site.ids.store), name="Counter 2")
    tablet = site.browser()
    tablet.set_cookie(DEVICE_COOKIE, secret)
    assert tablet.unlock(getattr(site.ids, person)).status_code == 303
    return tablet


def far_tablet(site: Site) -> Browser:
    """The tablet of the other store, unlocked by Far."""
    tablet = site.browser()
    tablet.set_cookie(DEVICE_COOKIE, site.ids.other_secret)
    assert tablet.unlock(site.ids.far).status_code == 303
    return tablet


def signed_in(site: Site, person: str = "ania") -> Browser:
    """A tablet that this person has unlocked."""
    tablet = site.tablet()
    assert tablet.unlock(getattr(site.ids, person)).status_code == 303
    return tablet
