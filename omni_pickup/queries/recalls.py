"""Where pieces of a recalled item are: in bags that wait, and with customers who took them home."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from omni_pickup.models.base import db
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.models.packages import Package, PackageContent
from omni_pickup.models.stores import StagingLocation, Store


@dataclass(frozen=True, slots=True)
class StagedBag:
    """A bag in a store that holds pieces of the item."""

    store: str
    order_number: str
    package_id: str
    bag: int
    location: str | None
    pieces: int


@dataclass(frozen=True, slots=True)
class PastCollector:
    """An order whose customer took pieces home. Names are joined when shown; erased ones are empty."""

    order_id: str
    order_number: str
    store: str
    collected_at: datetime | None
    pieces: int
    name: str | None
    email: str | None
    phone: str | None


def staged_bags(item: Item) -> list[StagedBag]:
    """The bags still in a store that hold the item, by store and order."""
    rows = db.session.execute(
        select(Package, Store.code, func.sum(PackageContent.quantity), StagingLocation.code)
        .join(PackageContent, PackageContent.package_id == Package.id)
        .join(OrderLine, OrderLine.id == PackageContent.order_line_id)
        .join(Store, Store.id == Package.store_id)
        .outerjoin(StagingLocation, StagingLocation.id == Package.staging_location_id)
        .where(OrderLine.item_id == item.id, Package.state.in_(("packed", "staged")), PackageContent.quantity > 0)
        .group_by(Package.id, Store.code, StagingLocation.code)
        .order_by(Store.code, Package.order_id, Package.number)
    )
    return [
        StagedBag(store, package.order.number, package.public_id, package.number, location, int(pieces))
        for package, store, pieces, location in rows.unique()
    ]


def past_collectors(item: Item) -> list[PastCollector]:
    """Who has pieces of the item at home, the latest first; what came back is not there any more."""
    rows = db.session.execute(
        select(Order, func.sum(OrderLine.collected - OrderLine.returned))
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(OrderLine.item_id == item.id, OrderLine.collected > OrderLine.returned)
        .group_by(Order.id)
        .order_by(Order.collected_at.desc(), Order.id.desc())
    )
    return [
        PastCollector(
            order_id=order.public_id,
            order_number=order.number,
            store=order.store.code,
            collected_at=order.collected_at,
            pieces=int(pieces),
            name=order.contact.name,
            email=order.contact.email,
            phone=order.contact.phone,
        )
        for order, pieces in rows.unique()
    ]
