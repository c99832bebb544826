"""Reads about people and their sessions."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_

from omni_pickup import clock
from omni_pickup.models.base import db
from omni_pickup.models.staff import Device, Staff, StaffSession
from omni_pickup.models.stores import Store


def nobody_yet() -> bool:
    """Whether the database has no staff at all."""
    return db.session.execute(db.select(Staff.id).limit(1)).first() is None


def staff_by_login(login: str) -> Staff | None:
    """The active person with this login, whatever its case."""
    found = db.select(Staff).where(Staff.login == login.strip().lower(), Staff.active.is_(True))
    return db.session.execute(found).scalar_one_or_none()


def staff_of_store(store: Store) -> Sequence[Staff]:
    """Active people who work in this store, by name."""
    found = db.select(Staff).where(Staff.active.is_(True), Staff.stores.any(Store.id == store.id))
    return db.session.execute(found.order_by(Staff.name, Staff.id)).scalars().all()


def staff_with_pin(store: Store) -> Sequence[Staff]:
    """Who may unlock this store's tablets: its own people and every admin, if they have a PIN."""
    found = db.select(Staff).where(
        Staff.active.is_(True),
        Staff.pin_hash.is_not(None),
        or_(Staff.role == "admin", Staff.stores.any(Store.id == store.id)),
    )
    return db.session.execute(found.order_by(Staff.name, Staff.id)).scalars().all()


def person_of_store(store: Store, public_id: str) -> Staff | None:
    """An active person who works in this store."""
    found = db.select(Staff).where(
        Staff.public_id == public_id, Staff.active.is_(True), Staff.stores.any(Store.id == store.id)
    )
    return db.session.execute(found).scalar_one_or_none()


def person_with_pin(store: Store, public_id: str) -> Staff | None:
    """One of `staff_with_pin`, by public id."""
    return next((staff for staff in staff_with_pin(store) if staff.public_id == public_id), None)


def sessions_of_store(store: Store) -> Sequence[StaffSession]:
    """Sessions in force on the store's tablets, and desk sessions of its people, the newest sign of life first."""
    found = (
        db.select(StaffSession)
        .outerjoin(Device, StaffSession.device_id == Device.id)
        .where(
            StaffSession.revoked_at.is_(None),
            StaffSession.expires_at > clock.now(),
            or_(
                Device.store_id == store.id,
                StaffSession.device_id.is_(None) & StaffSession.staff.has(Staff.stores.any(Store.id == store.id)),
            ),
        )
        .order_by(StaffSession.last_seen_at.desc(), StaffSession.id.desc())
    )
    return db.session.execute(found).scalars().all()
