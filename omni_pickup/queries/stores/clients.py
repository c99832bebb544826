"""Reads about API clients and their keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from omni_pickup import keys
from omni_pickup.models.base import db
from omni_pickup.models.clients import ApiKey, ApiKeyStore, Client

# Built once and read as plain rows, because every request of every channel begins with it.
_LIVING = (
    select(ApiKey.id, ApiKey.client_id, ApiKey.scopes, ApiKeyStore.store_id)
    .join(Client, Client.id == ApiKey.client_id)
    .outerjoin(ApiKeyStore, ApiKeyStore.api_key_id == ApiKey.id)
    .where(ApiKey.digest == bindparam("digest"), ApiKey.revoked_at.is_(None), Client.active)
)


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What a request needs to know of its key; `store_ids` is empty for a key that may see every store."""

    key_id: int
    client_id: int
    scopes: frozenset[str]
    store_ids: frozenset[int]


def key_facts(plain: str) -> KeyFacts | None:
    """The living key of an active client, found by the SHA-256 of its text."""
    rows = db.session.connection().execute(_LIVING, {"digest": keys.digest(plain)}).all()
    if not rows:
        return None
    first = rows[0]
    bound = frozenset(row.store_id for row in rows if row.store_id is not None)
    return KeyFacts(first.id, first.client_id, frozenset(first.scopes), bound)


def key_by_token(plain: str) -> ApiKey | None:
    """The living key behind its text, as a row that can be changed."""
    facts = key_facts(plain)
    return None if facts is None else key_by_id(facts.key_id)


def key_by_id(key_id: int) -> ApiKey | None:
    """One key, revoked or not."""
    return db.session.get(ApiKey, key_id)


def all_keys() -> Sequence[ApiKey]:
    """Every key by client and age, for the office."""
    return db.session.execute(db.select(ApiKey).join(Client).order_by(Client.name, ApiKey.id)).scalars().all()
