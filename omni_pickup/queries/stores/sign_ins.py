"""Who stands before a staff page: person, session and tablet in one statement, because every request asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, func, select

from omni_pickup import clock, keys
from omni_pickup.models.base import db, table_of
from omni_pickup.models.staff import Device, Staff, StaffSession, StaffStore
from omni_pickup.models.stores import Store

#: How long a password session may lie untouched. A desk is not a tablet on a counter, so it is not `lock_minutes`.
DESK_IDLE = timedelta(hours=1)

_sessions, _staff, _rights = table_of(StaffSession), table_of(Staff), table_of(StaffStore)
_devices, _stores = table_of(Device), table_of(Store)
_own = _stores.alias("own")
# Put together once. One row for each store of the person; a desk without a tablet has no device in it.
_FOUND = (
    select(
        _sessions.c.id.label("session_id"),
        _sessions.c.kind,
        _sessions.c.device_id.label("opened_on"),
        _sessions.c.last_seen_at,
        _sessions.c.locked_at,
        _staff.c.id.label("staff_id"),
        _staff.c.public_id,
        _staff.c.name,
        _staff.c.role,
        _staff.c.language,
        _rights.c.store_id.label("works_in"),
        _devices.c.id.label("device_id"),
        _devices.c.public_id.label("device_public_id"),
        _stores.c.id.label("store_id"),
        _stores.c.code.label("store_code"),
        func.coalesce(_stores.c.address, _own.c.address).label("address"),
    )
    .join_from(_sessions, _staff, _staff.c.id == _sessions.c.staff_id)
    .outerjoin(_rights, _rights.c.staff_id == _staff.c.id)
    .outerjoin(_own, _own.c.id == _rights.c.store_id)
    .outerjoin(_devices, and_(_devices.c.token_digest == bindparam("device"), _devices.c.revoked_at.is_(None)))
    .outerjoin(_stores, _stores.c.id == _devices.c.store_id)
    .where(
        _sessions.c.digest == bindparam("session"),
        _sessions.c.revoked_at.is_(None),
        _sessions.c.expires_at > bindparam("now"),
        _staff.c.active.is_(True),
    )
    .order_by(_own.c.code)
)


@dataclass(frozen=True, slots=True)
class Tablet:
    """An enrolled tablet that was not revoked, and its store."""

    id: int
    public_id: str
    store_id: int
    store_code: str


@dataclass(frozen=True, slots=True)
class SignIn:
    """A session in force and its person.

    `tablet` is the one that asks, `opened_on` the one where the PIN was typed. `country` (ISO 3166-1) is that of the
    tablet's store, or of the person's first one at a desk.
    """

    session_id: int
    kind: str
    opened_on: int | None
    last_seen_at: datetime
    locked_at: datetime | None
    staff_id: int
    public_id: str
    name: str
    role: str
    language: str | None
    country: str | None
    store_ids: frozenset[int]
    tablet: Tablet | None


def sign_in_of(token: str, tablet_token: str | None) -> SignIn | None:
    """The session behind a cookie, if it still counts: not revoked, not expired, its person and tablet still welcome.

    A tablet's session counts only together with that tablet's own cookie, and only while its person works there.
    """
    return _found(keys.digest(token), keys.digest(tablet_token) if tablet_token else None)


def session_in_force(token: str, *, device: Device | None) -> StaffSession | None:
    """The row behind such a cookie, for whoever changes it."""
    found = _found(keys.digest(token), device.token_digest if device else None)
    return db.session.get(StaffSession, found.session_id) if found else None


def _found(session: str, device: str | None) -> SignIn | None:
    now = clock.now()
    asked = {"session": session, "device": device, "now": now}
    rows = db.session.connection().execute(_FOUND, asked).all()
    found = _sign_in(rows) if rows else None
    return found if found is not None and _counts(found, now) else None


def _sign_in(rows: Sequence[Any]) -> SignIn:
    row = rows[0]
    is_tablet = row.device_id is not None
    return SignIn(
        session_id=row.session_id,
        kind=row.kind,
        opened_on=row.opened_on,
        last_seen_at=row.last_seen_at,
        locked_at=row.locked_at,
        staff_id=row.staff_id,
        public_id=row.public_id,
        name=row.name,
        role=row.role,
        language=row.language,
        country=(row.address or {}).get("country"),
        store_ids=frozenset(one.works_in for one in rows if one.works_in is not None),
        tablet=Tablet(row.device_id, row.device_public_id, row.store_id, row.store_code) if is_tablet else None,
    )


def _counts(found: SignIn, now: datetime) -> bool:
    if found.kind == "password":
        return now - found.last_seen_at <= DESK_IDLE
    tablet = found.tablet
    if tablet is None or tablet.id != found.opened_on:
        return False
    return found.role == "admin" or tablet.store_id in found.store_ids


def is_locked(session: SignIn | StaffSession, *, lock_minutes: int) -> bool:
    """Whether the PIN is asked for again: locked by hand, or a tablet nobody touched for `lock_minutes`."""
    if session.locked_at is not None:
        return True
    return session.kind == "pin" and clock.now() - session.last_seen_at > timedelta(minutes=lock_minutes)
