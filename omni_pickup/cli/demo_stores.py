"""The sample stores with real hours and zones, the people who work there, and what lies on their shelves."""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from omni_pickup import clock
from omni_pickup.cli.demo_catalog import sample_items
from omni_pickup.models.actors import Actor
from omni_pickup.models.staff import Staff
from omni_pickup.models.stores import Store
from omni_pickup.queries.promises.opening_hours import hours_of
from omni_pickup.rules.pins import pin_weakness
from omni_pickup.services.staff.staff import create_staff
from omni_pickup.services.stock.stock_levels import set_levels
from omni_pickup.services.stores.stores import put_staging_location, put_store

_SHOP_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat")


def _week(opens: str, closes: str, sunday: list[list[str]]) -> dict[str, Any]:
    return {day: [[opens, closes]] for day in _SHOP_DAYS} | {"sun": sunday}


STORES: dict[str, dict[str, Any]] = {
    "WAW-01": {
        "name": "Warszawa Centrum",
        "timezone": "Europe/Warsaw",
        "latitude": 52.2297,
        "longitude": 21.0122,
        "phone": "+48225551234",
        "address": {"street": "Marszałkowska 104", "city": "Warszawa", "postal_code": "00-017", "country": "PL"},
        "hours": _week("09:00", "21:00", [["10:00", "20:00"]]),
        "exceptions": [{"date": "2026-12-24", "hours": [["09:00", "14:00"]]}],
        "holidays": {"country": "PL", "subdivision": None},
        "pickup": {
            "in_store": True,
            "curbside": True,
            "prep_minutes": 60,
            "hold_days": 3,
            "pickers": 3,
            "bays": ["B1", "B2", "B3", "B4", "B5"],
        },
    },
    "STO-01": {
        "name": "Stockholm Södermalm",
        "timezone": "Europe/Stockholm",
        "latitude": 59.3150,
        "longitude": 18.0710,
        "phone": "+4685551234",
        "address": {"street": "Götgatan 31", "city": "Stockholm", "postal_code": "116 21", "country": "SE"},
        "hours": _week("10:00", "20:00", [["11:00", "18:00"]]),
        "exceptions": [{"date": "2026-12-24", "hours": [["10:00", "14:00"]]}],
        "pickup": {
            "in_store": True,
            "curbside": True,
            "prep_minutes": 90,
            "hold_days": 4,
            "pickers": 2,
            "bays": ["1", "2"],
        },
    },
    "BER-01": {
        "name": "Berlin Mitte",
        "timezone": "Europe/Berlin",
        "latitude": 52.5219,
        "longitude": 13.4132,
        "phone": "+493055512340",
        "address": {"street": "Alexanderplatz 9", "city": "Berlin", "postal_code": "10178", "country": "DE"},
        "hours": _week("10:00", "20:00", []),
        "exceptions": [{"date": "2026-12-24", "hours": [["10:00", "14:00"]]}],
        "holidays": {"country": "DE", "subdivision": "BE"},
        "pickup": {"in_store": True, "curbside": False, "prep_minutes": 120, "hold_days": 3, "pickers": 1, "bays": []},
    },
}

#: How far the sample day reaches back and ahead: its oldest step of today, and its latest promise.
_BEFORE, _AFTER = timedelta(hours=6), timedelta(hours=3)

PLACES = (
    *((f"S-{number:02}", "ambient", "shelf") for number in range(1, 13)),
    ("R-11", "ambient", "rail"),
    ("R-12", "ambient", "rail"),
    ("C-1", "ambient", "cage"),
    ("C-2", "ambient", "cage"),
    ("F-1", "chilled", "fridge"),
    ("F-2", "chilled", "fridge"),
    ("Z-1", "frozen", "freezer"),
)


@dataclass(frozen=True, slots=True)
class Person:
    """A sample login; passwords and PINs are made anew on every machine."""

    login: str
    name: str
    role: str
    stores: tuple[str, ...]


PEOPLE = (
    Person("admin", "Maja Zielińska", "admin", ()),
    Person("ewa", "Ewa Krawczyk", "manager", ("WAW-01",)),
    Person("ania", "Ania Wrona", "associate", ("WAW-01",)),
    Person("bartek", "Bartek Sowa", "associate", ("WAW-01",)),
    Person("astrid", "Astrid Lund", "manager", ("STO-01",)),
    Person("nils", "Nils Berg", "associate", ("STO-01",)),
    Person("jonas", "Jonas Vogel", "manager", ("BER-01",)),
    Person("lena", "Lena Brandt", "associate", ("BER-01",)),
)


def make_stores(by: Actor) -> dict[str, Store]:
    """The three stores and the places where their bags wait, by code."""
    stores = {code: put_store(code, values, by=by)[0] for code, values in STORES.items()}
    for code, store in stores.items():
        _open_doors(store, STORES[code], by)
    for store in stores.values():
        for code, zone, kind in PLACES:
            put_staging_location(store, code, zone=zone, kind=kind, by=by)
    return stores


def _open_doors(store: Store, values: dict[str, Any], by: Actor) -> None:
    """Open day and night around now where the sample day would reach into a closed time.

    Whoever looks at night would otherwise see a shop whose orders are all late or due tomorrow.
    """
    hours, now = hours_of(store), clock.now()
    if all(hours.is_open(at) for at in (now - _BEFORE, now, now + _AFTER)):
        return
    days = [(hours.local_day(now) + timedelta(days=number)).isoformat() for number in (-1, 0, 1)]
    kept = [one for one in values["exceptions"] if one["date"] not in days]
    long = [{"date": day, "hours": [["00:00", "24:00"]]} for day in days]
    put_store(store.code, {**values, "exceptions": kept + long}, by=by)


def make_people(stores: dict[str, Store], by: Actor) -> tuple[dict[str, Staff], list[dict[str, str]]]:
    """Sample staff by login, and their generated logins for the file that only this machine's owner reads."""
    people, logins = {}, []
    for person in PEOPLE:
        password, pin = secrets.token_urlsafe(9), _new_pin()
        people[person.login] = create_staff(
            person.login,
            name=person.name,
            role=person.role,
            stores=[stores[code] for code in person.stores],
            password=password,
            pin=pin,
            # The sample's scenes are told in English; the stores' own languages are one tap away.
            language="en",
            by=by,
        )
        logins.append({"login": person.login, "role": person.role, "password": password, "pin": pin})
    return people, logins


def _new_pin() -> str:
    while True:
        pin = f"{secrets.randbelow(1_000_000):06}"
        if pin_weakness(pin) is None:
            return pin


def fill_shelves(stores: dict[str, Store], by: Actor, chance: random.Random) -> Iterator[str]:
    """Give every store its own share of the assortment; yields each code when its shelves are full."""
    for code, store in stores.items():
        levels = []
        for item in sample_items():
            if code != "WAW-01" and chance.random() < 0.15:
                continue
            level = {
                "sku": item["sku"],
                "on_hand": chance.choice((3, 6, 8, 12, 18, 25)),
                "location": item["_location"],
                "safety_stock": chance.choice((0, 0, 0, 1)),
            }
            if chance.random() < 0.2:
                level["locations"] = [f"Backroom {chance.choice('AB')}{chance.randint(1, 6)}"]
            levels.append(level)
        set_levels(store, levels, by=by)
        yield code
