"""A shop's client: a key and the calls that a channel makes with it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from flask import has_app_context
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from werkzeug.test import TestResponse

from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.clients import SCOPES
from omni_pickup.models.stores import Store
from omni_pickup.services.stores.clients import create_key

_keys = itertools.count(1)


class Shop:
    """Talks to the API as curl would: bytes out, bytes in."""

    def __init__(self, client: FlaskClient, key: str | None) -> None:
        self._client = client
        self.key = key

    def call(
        self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, **headers: str | None
    ) -> TestResponse:
        """Send `body` as JSON, or `raw` as it is. A POST gets a fresh Idempotency-Key unless one is given."""
        data = raw if raw is not None else (None if body is None else json.dumps(body).encode())
        sent: dict[str, str | None] = {
            "Authorization": f"Bearer {self.key}" if self.key else None,
            "Content-Type": "application/json" if data is not None else None,
            "Idempotency-Key": f"test-{next(_keys)}" if method == "POST" else None,
        }
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        if has_app_context():
            # The test's own app context outlives the request, and with it a read snapshot that no server would keep.
            db.session.rollback()
        given = {name: value for name, value in sent.items() if value is not None}
        return self._client.open("/api/v1" + path, method=method, data=data, headers=given)

    def get(self, path: str, **headers: str | None) -> TestResponse:
        return self.call("GET", path, **headers)

    def put(self, path: str, body: Any, **headers: str | None) -> TestResponse:
        return self.call("PUT", path, body, **headers)

    def post(self, path: str, body: Any = None, **headers: str | None) -> TestResponse:
        return self.call("POST", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: str | None) -> TestResponse:
        return self.call("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str | None) -> TestResponse:
        return self.call("DELETE", path, **headers)


MakeShop = Callable[..., Shop]


@pytest.fixture
def client(app: OpenAPI) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def make_shop(client: FlaskClient) -> MakeShop:
    """Make a key for a client; all scopes and all stores unless told."""

    def make(name: str = "shop", scopes: Iterable[str] = SCOPES, stores: Iterable[Store] = ()) -> Shop:
        with transaction():
            _, plain = create_key(name, scopes=scopes, stores=stores, by=SYSTEM)
        return Shop(client, plain)

    return make


@pytest.fixture
def shop(make_shop: MakeShop) -> Shop:
    return make_shop()


@pytest.fixture
def nobody(client: FlaskClient) -> Shop:
    return Shop(client, None)
