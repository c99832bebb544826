"""The first store and the first admin, on an empty database, by a link that works once."""

from __future__ import annotations

from zoneinfo import available_timezones

from omni_pickup import clock
from omni_pickup.errors import Conflict, Invalid
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.base import db
from omni_pickup.models.staff import Staff
from omni_pickup.models.stores import Store
from omni_pickup.queries.stores.staff import nobody_yet
from omni_pickup.services import events
from omni_pickup.services.staff.one_time_tokens import issue_token, use_token
from omni_pickup.services.staff.staff import create_staff

#: What a new store begins with until its real hours are entered: closed on Sunday, nine to eight else.
FIRST_HOURS = {day: [["09:00", "20:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat")} | {"sun": []}


def create_setup_link() -> str:
    """A token for `/setup`, good for 15 minutes. Raises Conflict once there is staff."""
    _check_empty()
    return issue_token("setup", by=SYSTEM)


def set_up(
    token: str,
    *,
    store_code: str,
    store_name: str,
    timezone: str,
    login: str,
    name: str,
    password: str,
    pin: str | None = None,
    language: str | None = None,
) -> tuple[Store, Staff]:
    """Make the first store and its admin. Raises NotFound for a dead link, Conflict, Invalid."""
    _check_empty()
    use_token("setup", token)
    store = _first_store(store_code.strip(), name=store_name.strip(), timezone=timezone)
    staff = create_staff(
        login,
        name=name,
        role="admin",
        stores=[store],
        password=password,
        pin=pin or None,
        language=language,
        by=SYSTEM,
    )
    return store, staff


def _check_empty() -> None:
    if not nobody_yet():
        raise Conflict("This shop is set up already. Please sign in.")


def _first_store(code: str, *, name: str, timezone: str) -> Store:
    if not code or len(code) > 64 or not code.isprintable():
        raise Invalid.at("/store_code", "A store code has 1 to 64 printable characters, such as WAW-01.")
    if not name or len(name) > 200 or not name.isprintable():
        raise Invalid.at("/store_name", "A store name has 1 to 200 printable characters.")
    if timezone not in available_timezones():
        raise Invalid.at("/timezone", "Choose a time zone from the list, such as Europe/Warsaw.")
    found: Store | None = db.session.execute(db.select(Store).where(Store.code == code)).scalar_one_or_none()
    if found is not None:
        return found
    now = clock.now()
    store = Store(code=code, name=name, timezone=timezone, hours=FIRST_HOURS, created_at=now, updated_at=now)
    db.session.add(store)
    db.session.flush()
    events.record("store.created", by=SYSTEM, data={"store": code}, store_id=store.id)
    return store
