"""A real `omni serve` on the sample data, seen from both sides: tablets in a browser, and the books behind them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask_openapi3 import OpenAPI
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import select

from omni_pickup import create_app, instance_files
from omni_pickup.config import load_settings
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.staff import Staff
from omni_pickup.models.stores import Store
from omni_pickup.queries.stock.books import list_differences
from omni_pickup.security_headers import cookie_name
from omni_pickup.services.staff.devices import create_enrolment, enrol_device
from omni_pickup.services.staff.staff_sessions import open_session
from tests.serving import serving

LANDSCAPE, PORTRAIT = (1280, 800), (800, 1280)


@dataclass
class Shop:
    """The running server, its database from within, and tablets for its people."""

    base: str
    app: OpenAPI
    browser: Browser
    people: dict[str, dict[str, str]]
    _open: list[BrowserContext] = field(default_factory=list)

    def tablet(
        self, login: str = "ania", *, size: tuple[int, int] = LANDSCAPE, path: str = "/board/", **options: Any
    ) -> Page:
        """An enrolled tablet of the person's store, unlocked by that person, with the shift begun."""
        width, height = size
        context = self.browser.new_context(viewport={"width": width, "height": height}, **options)
        self._open.append(context)
        context.add_cookies([{"name": name, "value": value, "url": self.base} for name, value in self.cookies(login)])
        context.add_init_script("sessionStorage.setItem('shift', '1')")
        page = context.new_page()
        page.goto(self.base + path)
        return page

    def stranger(self, *, size: tuple[int, int] = LANDSCAPE) -> Page:
        """A browser that is no tablet, with nobody signed in."""
        context = self.browser.new_context(viewport={"width": size[0], "height": size[1]})
        self._open.append(context)
        return context.new_page()

    def enrolled_tablet(self, login: str, *, size: tuple[int, int] = LANDSCAPE, **options: Any) -> Page:
        """A tablet of the person's store as the one-time link makes it; it shows who may unlock it."""
        with self.app.app_context(), transaction():
            staff = db.session.scalars(select(Staff).where(Staff.login == login)).one()
            token = create_enrolment(staff.stores[0], name=f"Tablet for {login}", by=SYSTEM)
        width, height = size
        context = self.browser.new_context(viewport={"width": width, "height": height}, **options)
        self._open.append(context)
        page = context.new_page()
        page.goto(f"{self.base}/board/enrol?token={token}")
        page.get_by_role("button", name="Enrol this tablet").click()
        return page

    def close_tablets(self) -> None:
        for context in self._open:
            context.close()
        self._open.clear()

    def cookies(self, login: str) -> list[tuple[str, str]]:
        """Those of a new tablet of the person's store that this person has unlocked."""
        with self.app.app_context(), transaction():
            staff = db.session.scalars(select(Staff).where(Staff.login == login)).one()
            store = staff.stores[0] if staff.stores else db.session.scalars(select(Store).order_by(Store.id)).first()
            assert store is not None
            device, secret = enrol_device(create_enrolment(store, name=f"Tablet of {login}", by=SYSTEM))
            session = open_session(staff, kind="pin", device=device, hours=12)[1]
        settings = self.app.config["SETTINGS"]
        return [(cookie_name("device", settings), secret), (cookie_name("staff", settings), session)]

    def differences(self) -> list[str]:
        """Where the books do not add up; empty is right."""
        with self.app.app_context():
            return [str(difference) for difference in list_differences()]


@contextmanager
def open_shop(folder: Path, browser: Browser) -> Iterator[Shop]:
    """Sample data in a folder of its own, served until the block ends."""
    with serving(folder) as served:
        base = f"http://127.0.0.1:{served.port}"
        yield attach(folder, base, browser)


def attach(folder: Path, base: str, browser: Browser) -> Shop:
    """The shop behind a server that runs already in `folder`."""
    given = load_settings({}, instance_dir=folder, base_url=base)
    settings = instance_files.with_secrets(instance_files.as_served(given), make=False)
    logins = json.loads((folder / "demo-logins.json").read_text())["people"]
    return Shop(base, create_app(settings), browser, {one["login"]: one for one in logins})


def scan(page: Page, code: str, *, gap: float = 8) -> None:
    """A keyboard wedge types `code` and Enter, one key every `gap` milliseconds.

    Every key carries its own moment, because a busy machine would stretch the gaps between them.
    """
    keys = [*code, "Enter"]
    page.wait_for_timeout(gap * len(keys))
    began = time.time() - gap * len(keys) / 1000
    session = page.context.new_cdp_session(page)
    for number, key in enumerate(keys):
        press = {"key": key, "timestamp": began + number * gap / 1000}
        session.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": "\r" if key == "Enter" else key, **press})
        session.send("Input.dispatchKeyEvent", {"type": "keyUp", **press})
    session.detach()
