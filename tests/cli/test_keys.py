"""Keys at the command line."""

from __future__ import annotations

from omni_pickup.cli.settings import OPERATOR, opened
from omni_pickup.models import db, transaction
from omni_pickup.models.clients import ApiKey
from omni_pickup.models.events import Event
from omni_pickup.queries.stores.clients import key_by_token
from omni_pickup.services.stores.stores import put_store
from tests.cli.conftest import Omni


def _store(code: str) -> None:
    with opened(), transaction():
        put_store(code, {"name": code, "timezone": "Europe/Warsaw"}, by=OPERATOR)


def test_the_key_stands_alone_on_standard_output_and_works(omni: Omni) -> None:
    result = omni("key", "create", "shop", "--scope", "orders:write", "--scope", "stock:read")
    assert (result.code, result.err) == (0, "")
    with opened():
        found = key_by_token(result.out.rstrip("\n"))
        assert found is not None
        assert (found.client.name, sorted(found.scopes)) == ("shop", ["orders:write", "stock:read"])


def test_a_key_may_be_bound_to_a_store(omni: Omni) -> None:
    _store("WAW-01")
    plain = omni("key", "create", "shop", "--scope", "orders:read", "--store", "WAW-01").out.strip()
    with opened():
        found = key_by_token(plain)
        assert found is not None
        assert [store.code for store in found.stores] == ["WAW-01"]


def test_an_unknown_store_or_scope_makes_no_key(omni: Omni) -> None:
    unknown = omni("key", "create", "shop", "--scope", "orders:read", "--store", "NOWHERE")
    assert (unknown.code, unknown.out, unknown.err) == (1, "", "omni: There is no store NOWHERE.\n")
    scope = omni("key", "create", "shop", "--scope", "everything")
    assert (scope.code, "Unknown scope everything. Known are: orders:read" in scope.err) == (1, True)
    with opened():
        assert db.session.scalars(db.select(ApiKey)).all() == []


def test_the_list_shows_no_secret(omni: Omni) -> None:
    plain = omni("key", "create", "shop", "--scope", "orders:read").out.strip()
    listed = omni("key", "list").out
    assert "\tshop\t" in listed
    assert "\tactive\tall stores\torders:read" in listed
    assert plain not in listed


def test_a_revoked_key_opens_nothing_and_the_event_says_so(omni: Omni) -> None:
    plain = omni("key", "create", "shop", "--scope", "orders:read").out.strip()
    number = omni("key", "list").out.split("\t")[0]
    assert omni("key", "revoke", number).code == 0
    assert "\trevoked\t" in omni("key", "list").out
    with opened():
        assert key_by_token(plain) is None
        assert "key.revoked" in db.session.scalars(db.select(Event.type)).all()


def test_revoking_a_key_that_is_not_there_is_told(omni: Omni) -> None:
    assert omni("key", "revoke", 99).err == "omni: There is no key 99. See: omni key list\n"
