"""Tablets are enrolled once, by a link, for one store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from flask_openapi3 import OpenAPI

from omni_pickup import clock, keys
from omni_pickup.errors import Invalid, NotFound
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.events import Event
from omni_pickup.models.staff import Device, OneTimeToken
from omni_pickup.queries.stores.devices import device_by_token, devices_of_store, token_in_force
from omni_pickup.queries.stores.sign_ins import session_in_force
from omni_pickup.services.staff.devices import create_enrolment, enrol_device, revoke_device, touch_device
from omni_pickup.services.staff.staff_sessions import open_session
from tests.people import make_device, make_staff, make_store


def _link(name: str = "Counter 1") -> str:
    store = make_store()
    with transaction():
        return create_enrolment(store, name=name, by=SYSTEM)


def test_a_link_enrols_one_tablet_for_its_store(app: OpenAPI) -> None:
    token = _link()
    with transaction():
        device, secret = enrol_device(token)
    assert device.store.code == "WAW-01"
    found = device_by_token(secret)
    assert found is not None
    assert found.id == device.id
    with pytest.raises(NotFound), transaction():
        enrol_device(token)
    assert db.session.query(Device).count() == 1


def test_of_many_browsers_that_use_one_link_at_once_one_is_enrolled(app: OpenAPI) -> None:
    token = _link()

    def enrol(_: int) -> bool:
        with app.app_context():
            try:
                with transaction():
                    enrol_device(token)
            except NotFound:
                return False
            return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(enrol, range(16))) == 1


def test_a_link_ends_after_fifteen_minutes(app: OpenAPI) -> None:
    token = _link()
    assert token_in_force("enrol", token) is not None
    with time_machine.travel(clock.now() + timedelta(minutes=15, seconds=1)):
        db.session.rollback()
        assert token_in_force("enrol", token) is None
        with pytest.raises(NotFound) as expired, transaction():
            enrol_device(token)
    with pytest.raises(NotFound) as unknown, transaction():
        enrol_device("no such token")
    assert expired.value.message == unknown.value.message


def test_a_link_of_another_purpose_enrols_nothing(app: OpenAPI) -> None:
    token = _link()
    assert token_in_force("setup", token) is None


def test_only_digests_are_kept(app: OpenAPI) -> None:
    token = _link()
    with transaction():
        _, secret = enrol_device(token)
    assert db.session.execute(db.select(OneTimeToken.digest)).scalar_one() == keys.digest(token)
    assert db.session.execute(db.select(Device.token_digest)).scalar_one() == keys.digest(secret)


def test_a_tablet_needs_a_name(app: OpenAPI) -> None:
    store = make_store()
    for name in ("", "   ", "x" * 101):
        with pytest.raises(Invalid), transaction():
            create_enrolment(store, name=name, by=SYSTEM)
    assert db.session.query(OneTimeToken).count() == 0


def test_a_revoked_tablet_and_its_sessions_are_out_at_once(app: OpenAPI) -> None:
    store = make_store()
    ania = make_staff("ania", store)
    device, secret = make_device(store)
    with transaction():
        _, token = open_session(ania, kind="pin", device=device, hours=8)
    assert session_in_force(token, device=device) is not None
    with transaction():
        revoke_device(device, by=SYSTEM)
        revoke_device(device, by=SYSTEM)
    assert device_by_token(secret) is None
    assert session_in_force(token, device=device) is None
    assert devices_of_store(store) == []
    assert db.session.query(Event).where(Event.type == "device.revoked").count() == 1


def test_signs_of_life_are_written_once_a_minute(app: OpenAPI) -> None:
    device, _ = make_device(make_store())
    start = clock.now()
    with time_machine.travel(start, tick=False), transaction():
        touch_device(device)
    for seconds, expected in ((30, 0), (59, 0), (60, 60), (100, 60)):
        with time_machine.travel(start + timedelta(seconds=seconds), tick=False), transaction():
            touch_device(device)
        assert device.last_seen_at == start + timedelta(seconds=expected)
