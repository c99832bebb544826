"""Stores: what the owner says about them, the pause switch, and the places where bags wait."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from omni_pickup import clock
from omni_pickup.errors import Invalid
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db, insert_if_absent
from omni_pickup.models.items import TEMPERATURES
from omni_pickup.models.stores import STAGING_KINDS, StagingLocation, Store
from omni_pickup.queries.picking.packages import get_staging_location
from omni_pickup.queries.stores.stores import get_store, staging_shape, store_shape
from omni_pickup.services import events
from omni_pickup.services.meanings import Findings, key_of, require
from omni_pickup.services.stores.store_values import read_staging, read_store


def put_store(code: str, values: Mapping[str, Any], *, by: Actor) -> tuple[Store, bool]:
    """Make or replace a store from the contract's JSON; returns it and whether it is new.

    The contract's own fields are replaced (a missing one gets its default); the extensions `holidays`, `handoff`,
    `staging_locations` and what `pickup` has beyond the contract keep their values when they are not named, so
    that a client that does not know them cannot wipe them. Raises Invalid with a pointer for each wrong value.
    """
    findings = Findings()
    with findings.at("/code"):
        key_of(code, longest=64)
    columns = read_store(values, findings)
    places = read_staging(values.get("staging_locations"), findings)
    findings.settle()
    now = clock.now()
    new = {"code": code, "created_at": now, "updated_at": now, **columns}
    created = insert_if_absent(Store, new, keys=("code",)) is not None
    store = get_store(code)
    before = None if created else store_shape(store)
    for name, value in columns.items():
        setattr(store, name, value)
    db.session.flush()
    if places is not None:
        _set_staging(store, places)
    if store_shape(store) != before:
        _record(store, "store.created" if created else "store.changed", by)
    return store, created


def pause_store(store: Store, *, until: datetime | None, reason: str | None, by: Actor) -> Store:
    """Take no new pickups until `until`, or until someone resumes. Raises Invalid for an end that has passed."""
    now = clock.now()
    if until is not None and until <= now:
        raise Invalid.at("/until", "The pause would have ended already.")
    if store.is_paused(now) and (store.paused_until, store.pause_reason) == (until, reason):
        return store
    store.paused_at, store.paused_until, store.pause_reason = now, until, reason
    _record(store, "store.paused", by)
    return store


def resume_store(store: Store, *, by: Actor) -> Store:
    """Take new pickups again; a store that is not paused stays as it is."""
    if store.paused_at is None:
        return store
    store.paused_at = store.paused_until = store.pause_reason = None
    _record(store, "store.resumed", by)
    return store


def put_staging_location(store: Store, code: str, *, zone: str, kind: str, by: Actor) -> StagingLocation:
    """Make a place where bags wait, or change its zone and kind. Raises Invalid."""
    findings = Findings()
    with findings.at("/code"):
        key_of(code, longest=64)
    with findings.at("/zone"):
        require(zone in TEMPERATURES, f"A zone is one of {', '.join(TEMPERATURES)}.")
    with findings.at("/kind"):
        require(kind in STAGING_KINDS, f"A place is one of {', '.join(STAGING_KINDS)}.")
    findings.settle()
    location, changed = _put_location(store, code, zone, kind)
    if changed:
        data = {"store": store.code, "staging_location": staging_shape(location)}
        events.record("staging_location.changed", by=by, data=data, store_id=store.id)
    return location


def retire_staging_location(store: Store, code: str, *, by: Actor) -> StagingLocation:
    """Take a place out of use: no bag is sent there any more, and those that stand there stay. Raises NotFound."""
    location = get_staging_location(code, store.id)
    location.active = False
    db.session.flush()
    data = {"store": store.code, "staging_location": staging_shape(location)}
    events.record("staging_location.retired", by=by, data=data, store_id=store.id)
    return location


def _put_location(store: Store, code: str, zone: str, kind: str) -> tuple[StagingLocation, bool]:
    location = db.session.scalars(
        select(StagingLocation).where(StagingLocation.store_id == store.id, StagingLocation.code == code)
    ).one_or_none()
    if location is None:
        location = StagingLocation(store_id=store.id, code=code)
        db.session.add(location)
    location.zone, location.kind, location.active = zone, kind, True
    changed = location.id is None or db.session.is_modified(location)
    db.session.flush()
    return location, changed


def _set_staging(store: Store, places: Mapping[str, tuple[str, str]]) -> None:
    """The list is complete: a place that is not in it is taken out of use (bags that stand there still do)."""
    for location in db.session.scalars(select(StagingLocation).where(StagingLocation.store_id == store.id)):
        location.active = location.code in places
    for code, (zone, kind) in places.items():
        _put_location(store, code, zone, kind)


def _record(store: Store, type_: str, by: Actor) -> None:
    store.updated_at = clock.now()
    db.session.flush()
    events.record(type_, by=by, data=store_shape(store), store_id=store.id)
