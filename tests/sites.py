"""A whole app with one store, its people and a tablet, and browsers that walk through it.

Browsers run outside of any app context, as real ones do: what one request remembers, the next one must not see.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from werkzeug.test import TestResponse

from omni_pickup.config import Settings
from omni_pickup.models import db, transaction
from tests.people import PASSWORD, PIN, make_device, make_staff, make_store

ORIGIN = "https://pickup.example"
SESSION_COOKIE, DEVICE_COOKIE = "__Host-staff", "__Host-device"


@dataclass
class Browser:
    """A browser with cookies that fills in forms as a person does: CSRF token and all."""

    client: FlaskClient

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, base_url=ORIGIN, headers=headers)

    def csrf(self) -> str:
        page = self.get("/login").get_data(as_text=True)
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found is not None
        return found[1]

    def post(self, path: str, form: dict[str, str] | None = None, **headers: str) -> TestResponse:
        return self.client.post(
            path, data={"csrf_token": self.csrf(), **(form or {})}, base_url=ORIGIN, headers=headers
        )

    def cookie(self, name: str) -> str | None:
        found = self.client.get_cookie(name, "pickup.example")
        return found.value if found else None

    def set_cookie(self, name: str, value: str) -> None:
        self.client.set_cookie(name, value, domain="pickup.example", secure=True)

    def sign_in(self, login: str, password: str = PASSWORD) -> TestResponse:
        return self.post("/login", {"login": login, "password": password})

    def unlock(self, person: str, pin: str = PIN, **more: str) -> TestResponse:
        return self.post("/board/lock", {"person": person, "pin": pin, **more})


@dataclass
class Site:
    """The app, what stands in it, and a supply of browsers."""

    app: OpenAPI
    ids: SimpleNamespace

    def browser(self) -> Browser:
        return Browser(self.app.test_client())

    def tablet(self) -> Browser:
        browser = self.browser()
        browser.set_cookie(DEVICE_COOKIE, self.ids.device_secret)
        return browser

    def count(self, model: type[db.Model], *conditions: object) -> int:  # type: ignore[name-defined]
        with self.app.app_context():
            return db.session.query(model).filter(*conditions).count()


#: The filled database, made once, because making it for each test would take most of its time.
_made: dict[str, tuple[bytes, SimpleNamespace]] = {}


def make_site(app: OpenAPI) -> Site:
    """Two stores; in the first Ania and Bartek, Mona the manager, Root the admin and one tablet; in the other Far."""
    settings: Settings = app.config["SETTINGS"]
    if not settings.database.startswith("sqlite:"):
        return Site(app, _fill(app))
    file = Path(settings.database.removeprefix("sqlite:///"))
    if settings.pin_pepper in _made:
        file.write_bytes(_made[settings.pin_pepper][0])
        return Site(app, _made[settings.pin_pepper][1])
    ids = _fill(app)
    _made[settings.pin_pepper] = (file.read_bytes(), ids)
    return Site(app, ids)


def _fill(app: OpenAPI) -> SimpleNamespace:
    """Everybody and everything, written to the file in full: the last connection to close empties the WAL."""
    with app.app_context():
        with transaction():
            db.metadata.create_all(db.session.connection())
        here, there = make_store(), make_store("STO-01", name="Stockholm")
        ids = SimpleNamespace(store=here.id, other_store=there.id)
        for login, stores, role in (
            ("ania", [here], "associate"),
            ("bartek", [here], "associate"),
            ("mona", [here], "manager"),
            ("root", [here], "admin"),
            ("far", [there], "associate"),
            ("boss", [there], "manager"),
        ):
            setattr(ids, login, make_staff(login, *stores, role=role).public_id)
        device, ids.device_secret = make_device(here)
        other, ids.other_secret = make_device(there, name="Far counter")
        ids.device, ids.other_device = device.public_id, other.public_id
        db.session.remove()
        db.engine.dispose()
    return ids
