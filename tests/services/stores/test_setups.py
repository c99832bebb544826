"""An empty database is set up once, by a link."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask_openapi3 import OpenAPI

from omni_pickup import clock
from omni_pickup.errors import Conflict, Invalid, NotFound
from omni_pickup.models import db, transaction
from omni_pickup.models.staff import Staff
from omni_pickup.models.stores import Store
from omni_pickup.queries.stores.staff import nobody_yet
from omni_pickup.services.staff import passwords
from omni_pickup.services.stores.setups import create_setup_link, set_up
from tests.people import PASSWORD, PIN, make_store

FORM = {
    "store_code": "WAW-01",
    "store_name": "Warszawa Centrum",
    "timezone": "Europe/Warsaw",
    "login": "root",
    "name": "Ada Root",
    "password": PASSWORD,
    "pin": PIN,
}


def _link() -> str:
    with transaction():
        return create_setup_link()


def test_the_link_makes_the_first_store_and_its_admin(app: OpenAPI) -> None:
    token = _link()
    with transaction():
        store, admin = set_up(token, **FORM)
    assert (store.code, store.timezone) == ("WAW-01", "Europe/Warsaw")
    assert admin.role == "admin"
    assert [own.code for own in admin.stores] == ["WAW-01"]
    assert passwords.check_password(admin.password_hash, PASSWORD)


def test_the_link_works_once_and_only_while_there_is_nobody(app: OpenAPI) -> None:
    token, spare = _link(), _link()
    with transaction():
        set_up(token, **FORM)
    for again in (token, spare):
        with pytest.raises(Conflict), transaction():
            set_up(again, **{**FORM, "login": "second"})
    with pytest.raises(Conflict), transaction():
        create_setup_link()
    assert db.session.query(Staff).count() == 1


def test_the_link_ends_after_fifteen_minutes(app: OpenAPI) -> None:
    token = _link()
    with time_machine.travel(clock.now() + timedelta(minutes=16)), pytest.raises(NotFound), transaction():
        set_up(token, **FORM)
    assert nobody_yet()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("store_code", " "),
        ("store_name", ""),
        ("timezone", "Mars/Base"),
        ("login", "?"),
        ("password", "short"),
        ("pin", "111111"),
    ],
)
def test_a_wrong_field_changes_nothing_and_leaves_the_link_whole(app: OpenAPI, field: str, value: str) -> None:
    token = _link()
    with pytest.raises(Invalid), transaction():
        set_up(token, **{**FORM, field: value})
    assert nobody_yet()
    assert db.session.query(Store).count() == 0
    with transaction():
        set_up(token, **{**FORM, "pin": ""})


def test_stores_imported_before_are_kept(app: OpenAPI) -> None:
    before = make_store()
    token = _link()
    with transaction():
        store, _ = set_up(token, **FORM)
    assert store.id == before.id
