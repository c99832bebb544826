"""Who may make, change and shut out whom."""

from __future__ import annotations

import pytest
from flask_openapi3 import OpenAPI

from omni_pickup.errors import Conflict, Forbidden, Invalid
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM, Actor
from omni_pickup.models.events import Event
from omni_pickup.models.staff import Staff
from omni_pickup.models.stores import Store
from omni_pickup.queries.stores.sign_ins import session_in_force
from omni_pickup.queries.stores.staff import (
    nobody_yet,
    person_of_store,
    staff_by_login,
    staff_of_store,
    staff_with_pin,
)
from omni_pickup.services.staff import passwords
from omni_pickup.services.staff.staff import change_role, create_staff, deactivate_staff, set_password, set_pin
from omni_pickup.services.staff.staff_sessions import open_session
from tests.people import PASSWORD, PIN, make_device, make_staff, make_store


def _as(staff: Staff) -> Actor:
    return Actor("staff", staff_id=staff.id)


def _create(login: str, store: Store, *, role: str = "associate", by: Actor) -> Staff:
    with transaction():
        return create_staff(login, name="Somebody", role=role, stores=[store], by=by)


def test_a_new_person_is_found_by_login_in_any_case(app: OpenAPI) -> None:
    assert nobody_yet()
    ania = make_staff("Ania.Nowak", make_store())
    assert not nobody_yet()
    found = staff_by_login("  ANIA.nowak ")
    assert found is not None
    assert found.public_id == ania.public_id
    assert passwords.check_password(found.password_hash, PASSWORD)
    assert passwords.check_pin(found.pin_hash, PIN, person=found.public_id)


def test_a_login_is_given_once(app: OpenAPI) -> None:
    store = make_store()
    make_staff("ania", store)
    with pytest.raises(Conflict):
        _create("ANIA", store, by=SYSTEM)


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"login": "a"}, "/login"),
        ({"login": "with space"}, "/login"),
        ({"login": "żaneta"}, "/login"),
        ({"name": "  "}, "/name"),
        ({"name": "a\x00b"}, "/name"),
        ({"role": "boss"}, "/role"),
        ({"stores": []}, "/stores"),
        ({"password": "short"}, "/password"),
        ({"pin": "000000"}, "/pin"),
    ],
)
def test_wrong_values_are_refused_by_their_field(app: OpenAPI, changed: dict[str, object], pointer: str) -> None:
    values = {"login": "ania", "name": "Ania", "role": "associate", "stores": [make_store()], **changed}
    with pytest.raises(Invalid) as caught, transaction():
        create_staff(values.pop("login"), by=SYSTEM, **values)  # type: ignore[arg-type]
    assert caught.value.details["errors"][0]["pointer"] == pointer
    assert nobody_yet()


def test_managers_make_associates_in_their_own_store_only(app: OpenAPI) -> None:
    own, other = make_store(), make_store("STO-01")
    manager = make_staff("mona", own, role="manager")
    assert _create("ania", own, by=_as(manager)).role == "associate"
    for store, role in ((other, "associate"), (own, "manager"), (own, "admin")):
        with pytest.raises(Forbidden):
            _create("eve", store, role=role, by=_as(manager))
    assert staff_by_login("eve") is None


def test_associates_make_nobody_and_admins_everybody(app: OpenAPI) -> None:
    store = make_store()
    associate, admin = make_staff("ania", store), make_staff("root", store, role="admin")
    with pytest.raises(Forbidden):
        _create("eve", store, by=_as(associate))
    for by in (Actor("staff"), Actor("channel"), Actor("customer")):
        with pytest.raises(Forbidden):
            _create("eve", store, by=by)
    assert _create("eve", store, role="admin", by=_as(admin)).role == "admin"


def test_everyone_sets_their_own_pin_and_managers_those_of_associates(app: OpenAPI) -> None:
    store = make_store()
    ania, bartek, mona = (
        make_staff("ania", store),
        make_staff("bartek", store),
        make_staff("mona", store, role="manager"),
    )
    with transaction():
        set_pin(ania, "141421", by=_as(ania))
    with transaction():
        set_pin(bartek, "173205", by=_as(mona))
    for target, by in ((bartek, ania), (mona, ania)):
        with pytest.raises(Forbidden), transaction():
            set_pin(target, "223606", by=_as(by))
        with pytest.raises(Forbidden), transaction():
            set_password(target, "another long password", by=_as(by))
    assert passwords.check_pin(bartek.pin_hash, "173205", person=bartek.public_id)


def test_a_new_secret_ends_the_sessions_of_the_old_one(app: OpenAPI) -> None:
    store = make_store()
    ania = make_staff("ania", store)
    device, _ = make_device(store)
    with transaction():
        _, desk = open_session(ania, kind="password", hours=8)
        _, tablet = open_session(ania, kind="pin", device=device, hours=8)
    with transaction():
        set_pin(ania, "141421", by=_as(ania))
    assert session_in_force(tablet, device=device) is None
    assert session_in_force(desk, device=None) is not None
    with transaction():
        set_password(ania, "another long password", by=_as(ania))
    assert session_in_force(desk, device=None) is None


def test_a_deactivated_person_is_out_everywhere_at_once(app: OpenAPI) -> None:
    store = make_store()
    ania = make_staff("ania", store)
    with transaction():
        _, token = open_session(ania, kind="password", hours=8)
    with transaction():
        deactivate_staff(ania, by=SYSTEM)
        deactivate_staff(ania, by=SYSTEM)
    assert session_in_force(token, device=None) is None
    assert staff_by_login("ania") is None
    assert staff_of_store(store) == staff_with_pin(store) == []
    assert db.session.query(Event).where(Event.type == "staff.deactivated").count() == 1


def test_the_last_admin_stays(app: OpenAPI) -> None:
    store = make_store()
    root = make_staff("root", store, role="admin")
    with pytest.raises(Conflict), transaction():
        deactivate_staff(root, by=SYSTEM)
    with pytest.raises(Conflict), transaction():
        change_role(root, "manager", by=SYSTEM)
    make_staff("second", store, role="admin")
    with transaction():
        change_role(root, "manager", by=SYSTEM)
    assert root.role == "manager"


def test_managers_promote_nobody_and_touch_no_other_managers(app: OpenAPI) -> None:
    own, other = make_store(), make_store("STO-01")
    mona, max_, ania = (
        make_staff("mona", own, role="manager"),
        make_staff("max", own, role="manager"),
        make_staff("ania", own),
    )
    far = make_staff("far", other)
    for target, role in ((ania, "manager"), (mona, "admin"), (max_, "associate"), (far, "associate")):
        with pytest.raises(Forbidden), transaction():
            change_role(target, role, by=_as(mona))
    for target in (max_, far):
        with pytest.raises(Forbidden), transaction():
            deactivate_staff(target, by=_as(mona))
    with pytest.raises(Forbidden), transaction():
        change_role(ania, "associate", stores=[own, other], by=_as(mona))


def test_other_stores_replace_the_old_ones(app: OpenAPI) -> None:
    first, second = make_store(), make_store("STO-01")
    ania = make_staff("ania", first)
    with transaction():
        change_role(ania, "associate", stores=[second], by=SYSTEM)
    assert person_of_store(first, ania.public_id) is None
    assert person_of_store(second, ania.public_id) is not None
    event = db.session.execute(db.select(Event).where(Event.type == "staff.role_changed")).scalar_one()
    assert (event.data["before"]["stores"], event.data["stores"]) == (["WAW-01"], ["STO-01"])


def test_events_about_people_hold_no_names_and_no_secrets(app: OpenAPI) -> None:
    make_staff("ania.nowak", make_store(), name="Ania Nowak")
    data = str(db.session.execute(db.select(Event.data)).scalars().all())
    assert "stf_" in data
    for private in ("ania", "Nowak", PIN, PASSWORD, "argon2"):
        assert private not in data
