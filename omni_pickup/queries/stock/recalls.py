"""Where pieces of a recalled item are: in bags that wait, and with customers who took them home."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

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


def staged_bags(items: Collection[Item]) -> dict[int, list[StagedBag]]:
    """By item id the bags still in a store that hold the item, by store and order."""
    held = PackageContent.quantity
    rows = db.session.execute(
        select(OrderLine.item_id, Package, Store.code, func.sum(held), StagingLocation.code)
        .join(PackageContent, PackageContent.package_id == Package.id)
        .join(OrderLine, OrderLine.id == PackageContent.order_line_id)
        .join(Store, Store.id == Package.store_id)
        .outerjoin(StagingLocation, StagingLocation.id == Package.staging_location_id)
        .where(OrderLine.item_id.in_(_ids(items)), Package.state.in_(("packed", "staged")), held > 0)
        .group_by(OrderLine.item_id, Package.id, Store.code, StagingLocation.code)
        .order_by(Store.code, Package.order_id, Package.number)
        .options(selectinload(Package.order))
    )
    found: dict[int, list[StagedBag]] = {item.id: [] for item in items}
    for item_id, package, store, pieces, location in rows.unique():
        bag = StagedBag(store, package.order.number, package.public_id, package.number, location, int(pieces))
        found[item_id].append(bag)
    return found


def past_collectors(items: Collection[Item]) -> dict[int, list[PastCollector]]:
    """By item id who has pieces of it at home, the latest first; what came back is not there any more."""
    rows = db.session.execute(
        select(OrderLine.item_id, Order, func.sum(OrderLine.collected - OrderLine.returned))
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(OrderLine.item_id.in_(_ids(items)), OrderLine.collected > OrderLine.returned)
        .group_by(OrderLine.item_id, Order.id)
        .order_by(Order.collected_at.desc(), Order.id.desc())
    )
    found: dict[int, list[PastCollector]] = {item.id: [] for item in items}
    for item_id, order, pieces in rows.unique():
        found[item_id].append(_collector(order, int(pieces)))
    return found


def _collector(order: Order, pieces: int) -> PastCollector:
    return PastCollector(
        order_id=order.public_id,
        order_number=order.number,
        store=order.store.code,
        collected_at=order.collected_at,
        pieces=pieces,
        name=order.contact.name,
        email=order.contact.email,
        phone=order.contact.phone,
    )


def _ids(items: Collection[Item]) -> list[int]:
    return [item.id for item in items]
