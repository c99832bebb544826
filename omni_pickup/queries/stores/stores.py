"""Finding stores, and the shape in which machines see them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import bindparam, select

from omni_pickup import clock
from omni_pickup.errors import NotFound
from omni_pickup.models.base import db, is_writing
from omni_pickup.models.floors import enter_floors_of
from omni_pickup.models.stores import StagingLocation, Store
from omni_pickup.queries.shapes import instant_shape

#: What pickup is like at a store, in the order of the contract; what follows `bays` extends it.
PICKUP_FIELDS = (
    "in_store",
    "curbside",
    "prep_minutes",
    "hold_days",
    "pickers",
    "slot_minutes",
    "slot_capacity",
    "bays",
    "cut_off",
    "hold_days_by_zone",
    "pace_per_hour",
    "slot_unit",
    "prep_minutes_by_handling",
)
# Built once, because nearly every request names a store and putting a statement together costs more than running it.
_BY_CODE = select(Store).where(Store.code == bindparam("code"))
_KEY_OF_CODE = select(Store.id).where(Store.code == bindparam("code"))
_READ_ANEW = _BY_CODE.execution_options(populate_existing=True)
# Orders that come in meanwhile name the store, which this kind of lock lets them do.
_LOCKED = _READ_ANEW.with_for_update(key_share=True)


def get_store(code: str) -> Store:
    """The store of that code, case-sensitive; locked inside a transaction. Raises NotFound."""
    store = find_store(code)
    if store is None:
        raise NotFound(f"There is no store {code}.")
    return store


def find_store(code: str, *, lock: bool = True) -> Store | None:
    """The store of that code, or None; read anew inside a transaction, and locked there when `lock`."""
    statement = _BY_CODE
    if is_writing():
        statement = _LOCKED if lock else _READ_ANEW
        if lock:
            enter_floors_of(_KEY_OF_CODE.params(code=code))
    return db.session.scalars(statement, {"code": code}).one_or_none()


def list_stores(after: str | None = None, limit: int = 50, store_ids: Collection[int] | None = None) -> list[Store]:
    """At most `limit` stores behind the code `after`, sorted by code; only those of `store_ids` if given."""
    statement = select(Store).order_by(Store.code).limit(limit)
    if after is not None:
        statement = statement.where(Store.code > after)
    if store_ids is not None:
        statement = statement.where(Store.id.in_(store_ids))
    return list(db.session.scalars(statement))


def stores_by_id(store_ids: Collection[int]) -> dict[int, Store]:
    """Some stores by their keys."""
    return {store.id: store for store in db.session.scalars(select(Store).where(Store.id.in_(store_ids)))}


def staging_locations(store_id: int) -> list[StagingLocation]:
    """The places where bags wait, sorted by code; those taken out of use are left out."""
    return list(
        db.session.scalars(
            select(StagingLocation)
            .where(StagingLocation.store_id == store_id, StagingLocation.active)
            .order_by(StagingLocation.code)
        )
    )


def store_shape(store: Store) -> dict[str, Any]:
    """The contract's shape. All of it may be put back; `code` and `paused` are read-only then."""
    return store_shapes([store])[0]


def store_shapes(stores: Collection[Store]) -> list[dict[str, Any]]:
    """The shapes of some stores, their staging locations read at once."""
    places: dict[int, list[StagingLocation]] = {store.id: [] for store in stores}
    in_use = select(StagingLocation).where(StagingLocation.store_id.in_(places), StagingLocation.active)
    for place in db.session.scalars(in_use.order_by(StagingLocation.code)):
        places[place.store_id].append(place)
    return [_shape(store, places[store.id]) for store in stores]


def _shape(store: Store, places: Collection[StagingLocation]) -> dict[str, Any]:
    return {
        "code": store.code,
        "name": store.name,
        "timezone": store.timezone,
        "latitude": store.latitude,
        "longitude": store.longitude,
        "phone": store.phone,
        "address": store.address,
        "hours": store.hours,
        "exceptions": store.exceptions,
        "holidays": store.holidays,
        "pickup": {name: getattr(store, name) for name in PICKUP_FIELDS},
        "handoff": store.handoff_policy,
        "staging_locations": [staging_shape(place) for place in places],
        "paused": pause_shape(store),
    }


def staging_shape(location: StagingLocation) -> dict[str, Any]:
    """One place where bags wait."""
    return {"code": location.code, "zone": location.zone, "kind": location.kind}


def pause_shape(store: Store) -> dict[str, Any] | None:
    """Until when and why the store takes no new pickups; None while it takes them."""
    if not store.is_paused(clock.now()):
        return None
    return {"until": instant_shape(store.paused_until, store.timezone), "reason": store.pause_reason}
