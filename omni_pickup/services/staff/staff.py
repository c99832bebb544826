"""People who work in the stores: who they are, what they may do, and their secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from omni_pickup import clock, keys
from omni_pickup.errors import Conflict, Forbidden, Invalid
from omni_pickup.languages import LANGUAGES
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.staff import ROLES, Staff
from omni_pickup.models.stores import Store
from omni_pickup.rules.sentences import sentence
from omni_pickup.services import events
from omni_pickup.services.staff.passwords import hash_password, hash_pin
from omni_pickup.services.staff.staff_sessions import end_sessions_of

LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,99}")
MAX_NAME = 200


def create_staff(
    login: str,
    *,
    name: str,
    role: str,
    stores: Iterable[Store],
    password: str | None = None,
    pin: str | None = None,
    language: str | None = None,
    by: Actor,
) -> Staff:
    """A new person. Logins are lower case and unique; without a `language` their store's is spoken to them.

    Raises Invalid, Conflict, Forbidden.
    """
    login = login.strip().lower()
    stores = list(stores)
    _check_shape(login, name=name, role=role, stores=stores)
    _check_rank(by, roles=(role,), stores=stores)
    _check_language(language)
    _check_login_free(login)
    person = keys.new_id("stf")
    staff = Staff(
        public_id=person,
        login=login,
        name=name.strip(),
        role=role,
        language=language,
        stores=stores,
        password_hash=hash_password(password, login=login) if password is not None else None,
        pin_hash=hash_pin(pin, person=person) if pin is not None else None,
        created_at=clock.now(),
    )
    db.session.add(staff)
    db.session.flush()
    events.record("staff.created", by=by, data=_shape(staff))
    return staff


def set_password(staff: Staff, password: str, *, by: Actor) -> None:
    """A new password; every session that began with the old one ends. Raises Invalid, Forbidden."""
    _check_may_change(by, staff)
    staff.password_hash = hash_password(password, login=staff.login)
    end_sessions_of(staff, kind="password")
    events.record("staff.password_set", by=by, data=_shape(staff))


def set_pin(staff: Staff, pin: str, *, by: Actor) -> None:
    """A new PIN; every session that began with the old one ends. Raises Invalid, Forbidden."""
    _check_may_change(by, staff)
    staff.pin_hash = hash_pin(pin, person=staff.public_id)
    end_sessions_of(staff, kind="pin")
    events.record("staff.pin_set", by=by, data=_shape(staff))


def set_language(staff: Staff, language: str | None, *, by: Actor) -> None:
    """What screens speak to this person; None is the store's own. Raises Invalid, Forbidden."""
    _check_may_change(by, staff)
    _check_language(language)
    if staff.language == language:
        return
    staff.language = language
    events.record("staff.language_set", by=by, data={**_shape(staff), "language": language})


def change_role(staff: Staff, role: str, *, stores: Iterable[Store] | None = None, by: Actor) -> None:
    """Another role, and other stores when given; applies to the very next request. Raises Invalid, Conflict."""
    wanted = list(staff.stores if stores is None else stores)
    _check_shape(staff.login, name=staff.name, role=role, stores=wanted)
    _check_rank(by, roles=(staff.role, role), stores=[*staff.stores, *wanted])
    if role != "admin":
        _check_not_last_admin(staff)
    before = _shape(staff)
    staff.role = role
    staff.stores = wanted
    events.record("staff.role_changed", by=by, data={**_shape(staff), "before": before})


def deactivate_staff(staff: Staff, *, by: Actor) -> None:
    """This person may not work here any more: all sessions end at once. Raises Conflict for the last admin."""
    _check_rank(by, roles=(staff.role,), stores=staff.stores)
    if not staff.active:
        return
    _check_not_last_admin(staff)
    staff.active = False
    staff.deactivated_at = clock.now()
    end_sessions_of(staff)
    events.record("staff.deactivated", by=by, data=_shape(staff))


def _check_shape(login: str, *, name: str, role: str, stores: list[Store]) -> None:
    if not LOGIN.fullmatch(login):
        raise Invalid.at("/login", "A login has 2 to 100 letters a-z, digits and . _ @ + -")
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise Invalid.at("/name", sentence("A name has at most %(most)s printable characters.", most=MAX_NAME))
    if role not in ROLES:
        raise Invalid.at("/role", f"A role is one of {', '.join(ROLES)}.")
    if role != "admin" and not stores:
        raise Invalid.at("/stores", "Someone who is not an admin needs a store to work in.")


def _check_language(language: str | None) -> None:
    if language is not None and language not in LANGUAGES:
        raise Invalid.at("/language", "Choose one of the languages.")


def _check_login_free(login: str) -> None:
    if db.session.execute(db.select(Staff.id).where(Staff.login == login)).first():
        raise Conflict(sentence("The login %(login)s is taken.", login=login))


def _check_may_change(by: Actor, staff: Staff) -> None:
    """Everyone may set their own secrets; other people's need a higher rank."""
    if by.kind == "staff" and by.staff_id == staff.id:
        return
    _check_rank(by, roles=(staff.role,), stores=staff.stores)


def _check_rank(by: Actor, *, roles: Iterable[str], stores: Iterable[Store]) -> None:
    """Managers decide about associates of their own stores, admins about everyone. Raises Forbidden."""
    if by.kind == "system":
        return
    boss = db.session.get(Staff, by.staff_id) if by.staff_id is not None else None
    if boss is None or not boss.active or not boss.has_role("manager"):
        raise Forbidden("A manager decides about this.")
    if boss.role == "admin":
        return
    own = {store.id for store in boss.stores}
    if any(role != "associate" for role in roles) or any(store.id not in own for store in stores):
        raise Forbidden("An admin decides about this.")


def _check_not_last_admin(staff: Staff) -> None:
    if staff.role != "admin" or not staff.active:
        return
    others = db.select(Staff.id).where(Staff.role == "admin", Staff.active.is_(True), Staff.id != staff.id)
    if db.session.execute(others.limit(1)).first() is None:
        raise Conflict("This is the last admin. Make another one first.")


def _shape(staff: Staff) -> dict[str, Any]:
    """Who and what, without the name and the login."""
    return {
        "id": staff.public_id,
        "role": staff.role,
        "stores": [store.code for store in staff.stores],
        "active": staff.active,
    }
