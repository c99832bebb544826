"""Reads about API clients and their keys."""

from __future__ import annotations

from collections.abc import Sequence

from omni_pickup import keys
from omni_pickup.models.base import db
from omni_pickup.models.clients import ApiKey, Client


def key_by_token(plain: str) -> ApiKey | None:
    """The living key of an active client, found by the SHA-256 of its text."""
    found = db.select(ApiKey).join(Client).where(ApiKey.digest == keys.digest(plain))
    return db.session.execute(found.where(ApiKey.revoked_at.is_(None), Client.active.is_(True))).scalar_one_or_none()


def key_by_id(key_id: int) -> ApiKey | None:
    """One key, revoked or not."""
    return db.session.get(ApiKey, key_id)


def all_keys() -> Sequence[ApiKey]:
    """Every key by client and age, for the office."""
    return db.session.execute(db.select(ApiKey).join(Client).order_by(Client.name, ApiKey.id)).scalars().all()
