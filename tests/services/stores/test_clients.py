"""API keys are shown once and kept as digests."""

from __future__ import annotations

import pytest
from flask_openapi3 import OpenAPI

from omni_pickup import keys
from omni_pickup.errors import Invalid
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.clients import ApiKey, Client
from omni_pickup.models.events import Event
from omni_pickup.queries.stores.clients import all_keys, key_by_id, key_by_token
from omni_pickup.services.stores.clients import create_key, revoke_key
from tests.people import make_store


def test_a_key_opens_with_its_plain_text_and_is_kept_as_a_digest(app: OpenAPI) -> None:
    with transaction():
        key, plain = create_key("webshop", scopes=["orders:write", "orders:read"], by=SYSTEM)
    assert plain.startswith("omni_")
    assert len(plain) > 40
    found = key_by_token(plain)
    assert found is not None
    assert found.id == key.id
    assert found.digest == keys.digest(plain)
    assert found.scopes == ["orders:read", "orders:write"]
    assert key_by_token(plain[:-1]) is None


def test_several_keys_of_one_client_live_until_each_is_revoked(app: OpenAPI) -> None:
    with transaction():
        old, old_plain = create_key("webshop", scopes=["orders:read"], by=SYSTEM)
    with transaction():
        new, new_plain = create_key("webshop", scopes=["orders:read"], by=SYSTEM)
    assert db.session.query(Client).count() == 1
    assert key_by_token(old_plain) is not None
    with transaction():
        revoke_key(old, by=SYSTEM)
        revoke_key(old, by=SYSTEM)
    assert key_by_token(old_plain) is None
    assert key_by_token(new_plain) is not None
    assert [key.id for key in all_keys()] == [old.id, new.id]
    assert key_by_id(old.id) is not None
    assert db.session.query(Event).where(Event.type == "key.revoked").count() == 1


def test_the_keys_of_an_inactive_client_open_nothing(app: OpenAPI) -> None:
    with transaction():
        key, plain = create_key("webshop", scopes=["orders:read"], by=SYSTEM)
        key.client.active = False
    assert key_by_token(plain) is None


def test_a_key_may_be_bound_to_stores(app: OpenAPI) -> None:
    store = make_store()
    with transaction():
        key, _ = create_key("till", scopes=["stock:write"], stores=[store], by=SYSTEM)
    assert [bound.code for bound in key.stores] == ["WAW-01"]


@pytest.mark.parametrize("scopes", [[], ["orders"], ["orders:read", "everything:write"]])
def test_unknown_or_missing_scopes_are_refused(app: OpenAPI, scopes: list[str]) -> None:
    with pytest.raises(Invalid), transaction():
        create_key("webshop", scopes=scopes, by=SYSTEM)
    assert db.session.query(ApiKey).count() == db.session.query(Client).count() == 0


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "web\x00shop"])
def test_a_client_needs_a_printable_name(app: OpenAPI, name: str) -> None:
    with pytest.raises(Invalid), transaction():
        create_key(name, scopes=["orders:read"], by=SYSTEM)


def test_events_about_keys_hold_no_part_of_the_key(app: OpenAPI) -> None:
    with transaction():
        _, plain = create_key("webshop", scopes=["orders:read"], by=SYSTEM)
    for data in db.session.execute(db.select(Event.data)).scalars():
        assert plain[:12] not in str(data)
