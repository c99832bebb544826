"""Finding bags, and their public shape."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, func, select

from omni_pickup.errors import NotFound
from omni_pickup.models.base import db
from omni_pickup.models.packages import Package
from omni_pickup.models.stores import StagingLocation
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.rules.sentences import sentence

IN_STORE = ("packed", "staged")


def get_package(code: str, store_id: int) -> Package:
    """The bag of that store behind a printed id or a bound tag. Raises NotFound."""
    bags = select(Package).where(Package.store_id == store_id).order_by(Package.id.desc()).limit(1)
    # One look into an index for each meaning; asked for by OR, the database would read every bag of the store.
    for meaning in (Package.public_id == code, and_(Package.tag == code, Package.state.in_(IN_STORE))):
        found = db.session.scalars(bags.where(meaning)).unique().one_or_none()
        if found is not None:
            return found
    raise NotFound(sentence("There is no bag %(code)s here.", code=code))


def lock_package(package: Package) -> Package:
    """The bag read anew behind its order's lock, its contents too."""
    get_order_by_key(package.order_id)
    db.session.refresh(package)
    return package


def get_staging_location(code: str, store_id: int) -> StagingLocation:
    """A place of that store where bags may wait. Raises NotFound."""
    place = db.session.scalars(
        select(StagingLocation).where(
            StagingLocation.store_id == store_id, StagingLocation.code == code, StagingLocation.active
        )
    ).one_or_none()
    if place is None:
        raise NotFound(sentence("There is no place %(code)s for bags here.", code=code))
    return place


def bags_by_place(store_id: int) -> dict[int, int]:
    """How many bags stand at each place of the store, by the place's key; empty places are left out."""
    rows = db.session.execute(
        select(Package.staging_location_id, func.count())
        .where(Package.store_id == store_id, Package.state == "staged", Package.staging_location_id.is_not(None))
        .group_by(Package.staging_location_id)
    )
    return {int(place): int(bags) for place, bags in rows if place is not None}


def package_shape(package: Package) -> dict[str, Any]:
    """The public shape of a bag; the tag on it says nothing about anybody."""
    return {
        "id": package.public_id,
        "number": package.number,
        "tag": package.tag,
        "zone": package.zone,
        "state": package.state,
        "location": None if package.staging_location is None else package.staging_location.code,
        "contents": [
            {
                "line_id": content.order_line.line_id,
                "sku": content.order_line.item.sku,
                "quantity": content.quantity,
                "take_out": content.take_out,
            }
            for content in package.contents
        ],
    }
