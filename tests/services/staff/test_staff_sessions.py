"""Sessions live in the database; the cookie only points at one."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask_openapi3 import OpenAPI

from omni_pickup import clock, keys
from omni_pickup.errors import Unauthenticated
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.staff import StaffSession
from omni_pickup.queries.stores.sign_ins import is_locked, session_in_force
from omni_pickup.queries.stores.staff import sessions_of_store
from omni_pickup.services.staff.devices import revoke_device
from omni_pickup.services.staff.staff import change_role, deactivate_staff
from omni_pickup.services.staff.staff_sessions import (
    lock_session,
    needs_touch,
    open_session,
    revoke_session,
    touch_session,
    unlock_session,
)
from tests.people import make_device, make_staff, make_store


def test_a_session_is_found_by_its_token_and_kept_as_a_digest(app: OpenAPI) -> None:
    ania = make_staff("ania", make_store())
    with transaction():
        session, token = open_session(ania, kind="password", hours=8)
    found = session_in_force(token, device=None)
    assert found is not None
    assert found.id == session.id
    assert found.digest == keys.digest(token)
    assert session_in_force("another token", device=None) is None


def test_a_session_ends_after_its_hours_however_busy_it_is(app: OpenAPI) -> None:
    ania = make_staff("ania", make_store())
    with transaction():
        session, token = open_session(ania, kind="password", hours=8)
    with time_machine.travel(clock.now() + timedelta(hours=7, minutes=59)):
        with transaction():
            touch_session(session)
        assert session_in_force(token, device=None) is not None
    with time_machine.travel(session.expires_at + timedelta(seconds=1)):
        assert session_in_force(token, device=None) is None


def test_a_desk_session_ends_when_nobody_touches_it_for_an_hour(app: OpenAPI) -> None:
    ania = make_staff("ania", make_store())
    with transaction():
        session, token = open_session(ania, kind="password", hours=8)
    with time_machine.travel(clock.now() + timedelta(minutes=61)):
        assert session_in_force(token, device=None) is None
        assert not is_locked(session, lock_minutes=5)


def test_a_tablet_session_locks_itself_and_keeps_its_place(app: OpenAPI) -> None:
    store = make_store()
    ania = make_staff("ania", store)
    device, _ = make_device(store)
    with transaction():
        session, token = open_session(ania, kind="pin", device=device, hours=8)
    assert not is_locked(session, lock_minutes=5)
    with time_machine.travel(clock.now() + timedelta(minutes=5, seconds=1)):
        assert is_locked(session, lock_minutes=5)
        assert session_in_force(token, device=device) is not None
        with transaction():
            fresh = unlock_session(session)
        assert not is_locked(session, lock_minutes=5)
        assert session_in_force(token, device=device) is None
        assert session_in_force(fresh, device=device) is not None


def test_a_locked_session_stays_locked_until_it_is_unlocked(app: OpenAPI) -> None:
    ania = make_staff("ania", make_store())
    with transaction():
        session, _ = open_session(ania, kind="password", hours=8)
        lock_session(session)
        lock_session(session)
    assert is_locked(session, lock_minutes=5)
    with transaction():
        unlock_session(session)
    assert not is_locked(session, lock_minutes=5)


def test_a_dead_session_cannot_be_unlocked(app: OpenAPI) -> None:
    ania = make_staff("ania", make_store())
    with transaction():
        session, _ = open_session(ania, kind="password", hours=8)
        revoke_session(session, by=SYSTEM)
    with pytest.raises(Unauthenticated), transaction():
        unlock_session(session)


def test_another_person_on_the_tablet_is_another_session(app: OpenAPI) -> None:
    store = make_store()
    ania, bartek = make_staff("ania", store), make_staff("bartek", store)
    device, _ = make_device(store)
    with transaction():
        _, first = open_session(ania, kind="pin", device=device, hours=8)
    with transaction():
        _, second = open_session(bartek, kind="pin", device=device, hours=8)
    assert session_in_force(first, device=device) is None
    found = session_in_force(second, device=device)
    assert found is not None
    assert found.staff_id == bartek.id


def test_a_tablet_session_is_worth_nothing_on_another_device(app: OpenAPI) -> None:
    store = make_store()
    ania = make_staff("ania", store)
    device, _ = make_device(store)
    other, _ = make_device(store, name="Counter 2")
    with transaction():
        _, token = open_session(ania, kind="pin", device=device, hours=8)
    assert session_in_force(token, device=None) is None
    assert session_in_force(token, device=other) is None
    assert session_in_force(token, device=device) is not None


def test_whoever_leaves_the_store_leaves_its_tablets(app: OpenAPI) -> None:
    here, there = make_store(), make_store("STO-01")
    ania = make_staff("ania", here)
    device, _ = make_device(here)
    with transaction():
        _, token = open_session(ania, kind="pin", device=device, hours=8)
    with transaction():
        change_role(ania, "associate", stores=[there], by=SYSTEM)
    assert session_in_force(token, device=device) is None
    with transaction():
        change_role(ania, "admin", by=SYSTEM)
    assert session_in_force(token, device=device) is not None


def test_no_session_begins_for_someone_shut_out_meanwhile(app: OpenAPI) -> None:
    store = make_store()
    ania, bartek = make_staff("ania", store), make_staff("bartek", store)
    device, _ = make_device(store)
    with transaction():
        deactivate_staff(ania, by=SYSTEM)
        revoke_device(device, by=SYSTEM)
    with pytest.raises(Unauthenticated), transaction():
        open_session(ania, kind="password", hours=8)
    with pytest.raises(Unauthenticated), transaction():
        open_session(bartek, kind="pin", device=device, hours=8)
    assert db.session.query(StaffSession).count() == 0


def test_signs_of_life_are_due_once_a_minute_or_four_times_before_the_lock(app: OpenAPI) -> None:
    ania = make_staff("ania", make_store())
    with transaction():
        session, _ = open_session(ania, kind="password", hours=8)
    for seconds, lock_minutes, due in ((59, 5, False), (60, 5, True), (14, 1, False), (15, 1, True)):
        with time_machine.travel(session.last_seen_at + timedelta(seconds=seconds), tick=False):
            assert needs_touch(session.last_seen_at, lock_minutes=lock_minutes) is due


def test_a_store_sees_its_tablets_and_its_people_but_no_others(app: OpenAPI) -> None:
    here, there = make_store(), make_store("STO-01")
    ania, far = make_staff("ania", here), make_staff("far", there)
    device, _ = make_device(here)
    with transaction():
        open_session(ania, kind="pin", device=device, hours=8)
        open_session(ania, kind="password", hours=8)
        open_session(far, kind="password", hours=8)
    assert {session.staff.login for session in sessions_of_store(here)} == {"ania"}
    assert len(sessions_of_store(here)) == 2
