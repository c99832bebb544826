"""Stores, people and tablets that many tests start from."""

from __future__ import annotations

from omni_pickup import clock
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.staff import Device, Staff
from omni_pickup.models.stores import Store
from omni_pickup.services.staff.devices import create_enrolment, enrol_device
from omni_pickup.services.staff.staff import create_staff

PASSWORD = "correct horse battery"
PIN = "271828"


def make_store(code: str = "WAW-01", *, name: str = "Warszawa Centrum") -> Store:
    """A store that is open every day, so that no test depends on the weekday."""
    hours = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    now = clock.now()
    with transaction():
        store = Store(code=code, name=name, timezone="Europe/Warsaw", hours=hours, created_at=now, updated_at=now)
        db.session.add(store)
    return store


def make_staff(
    login: str,
    *stores: Store,
    role: str = "associate",
    name: str = "",
    pin: str | None = PIN,
    language: str | None = "en",
) -> Staff:
    """A person with the usual password and PIN."""
    name = name or login.title()
    with transaction():
        return create_staff(
            login, name=name, role=role, stores=stores, password=PASSWORD, pin=pin, language=language, by=SYSTEM
        )


def make_device(store: Store, *, name: str = "Counter 1") -> tuple[Device, str]:
    """An enrolled tablet and its cookie's secret."""
    with transaction():
        token = create_enrolment(store, name=name, by=SYSTEM)
    with transaction():
        return enrol_device(token)
