"""A shop whose every change is made three times: by one who dies in it, by one who dies behind it, and again."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from flask_openapi3 import OpenAPI
from sqlalchemy import select

from omni_pickup.config import Settings
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM, Actor
from omni_pickup.models.clients import SCOPES
from omni_pickup.models.stores import Store
from omni_pickup.services.floor.floor_actions import perform_action
from omni_pickup.services.stores.clients import create_key
from tests.api.conftest import Shop
from tests.crashes.dying import Prover
from tests.people import make_device, make_staff

HERE, THERE = "WAW-01", "WAW-02"


class Floor:
    """Two stores, their people, a channel, and the prover through which everything is done."""

    def __init__(self, app: OpenAPI, prover: Prover) -> None:
        with transaction():
            _, key = create_key("crashes", scopes=SCOPES, by=SYSTEM)
        self._app, self._key, self.prover = app, key, prover
        self._ids = itertools.count(1)
        self._people: dict[str, Actor] = {}

    def hire(self) -> None:
        """Ania and Bartek with tablets of their own and Mona the manager, in both stores."""
        here, there = self.store(HERE), self.store(THERE)
        for login, role in (("ania", "associate"), ("bartek", "associate"), ("mona", "manager")):
            device, _ = make_device(here, name=login)
            person = make_staff(login, here, there, role=role)
            self._people[login] = Actor("staff", staff_id=person.id, device_id=device.id)

    @property
    def settings(self) -> Settings:
        found: Settings = self._app.config["SETTINGS"]
        return found

    def person(self, login: str) -> Actor:
        """Who acts."""
        return self._people[login]

    def store(self, code: str = HERE) -> Store:
        return db.session.scalars(select(Store).where(Store.code == code)).one()

    def act(
        self, name: str, /, *, who: str = "ania", where: str = HERE, tells: bool = True, **payload: Any
    ) -> dict[str, Any]:
        """A tablet's command, sent again under its `action_id`."""
        action_id, by = f"act-{next(self._ids)}", self.person(who)

        def once() -> dict[str, Any]:
            with transaction("floor_action"):
                return perform_action(
                    action_id,
                    store=self.store(where),
                    device_id=by.device_id,
                    kind=name,
                    payload=payload,
                    by=by,
                )

        return self.prover.prove(name, "floor_action", once, replays=True, tells=tells)

    def call(
        self, name: str, method: str, path: str, body: Any = None, *, tells: bool = True, replays: bool | None = None
    ) -> Any:
        """A channel's request, sent again under its Idempotency-Key if it is a POST."""
        shop = Shop(self._app.test_client(), self._key)
        key = f"key-{next(self._ids)}"

        def once() -> Any:
            answer = shop.call(method, path, body, Idempotency_Key=key if method == "POST" else None)
            assert 200 <= answer.status_code < 300, f"{method} {path}: {answer.text}"
            return answer.get_json(silent=True)

        again = method == "POST" if replays is None else replays
        return self.prover.prove(name, name, once, replays=again, tells=tells)

    def run(self, name: str, change: Callable[[], object], *, tells: bool = True) -> None:
        """Any other change, in a transaction of that name."""

        def once() -> None:
            with transaction(name):
                change()

        self.prover.prove(name, name, once, replays=False, tells=tells)

    def get(self, path: str) -> Any:
        """What the API shows now."""
        return Shop(self._app.test_client(), self._key).get(path).json
