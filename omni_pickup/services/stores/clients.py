"""API clients (each one a channel) and their keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from omni_pickup import clock, keys
from omni_pickup.errors import Invalid
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.clients import SCOPES, ApiKey, Client
from omni_pickup.models.stores import Store
from omni_pickup.services import events

PREFIX = "omni_"
HINT_LENGTH = 12


def create_key(name: str, *, scopes: Iterable[str], stores: Iterable[Store] = (), by: Actor) -> tuple[ApiKey, str]:
    """A further key of the client called `name` (made if new), and its plain text, which is shown this once.

    Several keys live at the same time, so that a shop can rotate without a gap. Raises Invalid.
    """
    wanted = sorted(set(scopes), key=lambda scope: SCOPES.index(scope) if scope in SCOPES else -1)
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if unknown or not wanted:
        named = f"Unknown scope {unknown[0]}." if unknown else "A key needs a scope."
        raise Invalid.at("/scopes", f"{named} Known are: {', '.join(SCOPES)}.")
    client = _client_named(name, by=by)
    plain = keys.new_token(PREFIX)
    key = ApiKey(
        client=client,
        digest=keys.digest(plain),
        hint=plain[:HINT_LENGTH],
        scopes=list(wanted),
        created_at=clock.now(),
        stores=list(stores),
    )
    db.session.add(key)
    db.session.flush()
    events.record("key.created", by=by, data=_shape(key))
    return key, plain


def revoke_key(key: ApiKey, *, by: Actor) -> None:
    """This key opens nothing any more; the client's other keys do."""
    if key.revoked_at is None:
        key.revoked_at = clock.now()
        events.record("key.revoked", by=by, data=_shape(key))


def _client_named(name: str, *, by: Actor) -> Client:
    name = name.strip()
    if not name or len(name) > 100 or not name.isprintable():
        raise Invalid.at("/name", "A client needs a printable name of at most 100 characters.")
    client = db.session.execute(db.select(Client).where(Client.name == name)).scalar_one_or_none()
    if client is None:
        client = Client(name=name, created_at=clock.now())
        db.session.add(client)
        db.session.flush()
        events.record("client.created", by=by, data={"client": name})
    return client


def _shape(key: ApiKey) -> dict[str, Any]:
    """The key's number and powers; not a single character of the key itself."""
    return {
        "key": key.id,
        "client": key.client.name,
        "scopes": list(key.scopes),
        "stores": [store.code for store in key.stores],
    }
