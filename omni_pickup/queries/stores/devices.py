"""Reads about tablets and one-time links."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from omni_pickup import clock, keys
from omni_pickup.models.base import db
from omni_pickup.models.staff import Device, OneTimeToken
from omni_pickup.models.stores import Store

#: A tablet that nobody touched for longer is in a drawer, and would ring there unheard.
_IN_USE = timedelta(minutes=10)

# Put together once, because every request of a tablet asks this.
_BY_TOKEN = db.select(Device).where(Device.token_digest == db.bindparam("digest"), Device.revoked_at.is_(None))


def device_by_token(token: str) -> Device | None:
    """The tablet whose cookie this is, unless it was revoked."""
    return db.session.execute(_BY_TOKEN, {"digest": keys.digest(token)}).scalar_one_or_none()


def device_of_store(store: Store, public_id: str) -> Device | None:
    """A tablet of this store, revoked or not."""
    found = db.select(Device).where(Device.store_id == store.id, Device.public_id == public_id)
    return db.session.execute(found).scalar_one_or_none()


def devices_of_store(store: Store) -> Sequence[Device]:
    """The store's living tablets by name."""
    found = db.select(Device).where(Device.store_id == store.id, Device.revoked_at.is_(None))
    return db.session.execute(found.order_by(Device.name, Device.id)).scalars().all()


def token_in_force(purpose: str, token: str) -> OneTimeToken | None:
    """The one-time token if it would still work; looking does not spend it."""
    found = db.select(OneTimeToken).where(
        OneTimeToken.purpose == purpose,
        OneTimeToken.digest == keys.digest(token),
        OneTimeToken.used_at.is_(None),
        OneTimeToken.expires_at > clock.now(),
    )
    return db.session.execute(found).scalar_one_or_none()


def sounding_device(store: Store, now: datetime) -> int | None:
    """The tablet that rings for the whole store: the one that a person used last; None when nobody did lately."""
    found: int | None = db.session.scalar(
        db.select(Device.id)
        .where(Device.store_id == store.id, Device.revoked_at.is_(None), Device.last_seen_at > now - _IN_USE)
        .order_by(Device.last_seen_at.desc(), Device.id)
        .limit(1)
    )
    return found
