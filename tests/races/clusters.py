"""Several `omni web` and `omni worker` on one PostgreSQL database, and tablets that talk to them."""

from __future__ import annotations

import http.client
import itertools
import json
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask_openapi3 import OpenAPI

from omni_pickup import configure_process, create_app
from omni_pickup.config import load_settings
from omni_pickup.models import db
from tests.people import PIN
from tests.servers import HttpClient, Reply, Site, free_port


class Cluster(Site):
    """Every new connection goes to the next web server."""

    def __init__(self, folder: Path, address: str, *, webs: int) -> None:
        super().__init__(folder, database_url=address)
        self.ports = [free_port() for _ in range(webs)]
        self._turns = itertools.cycle(self.ports)

    def client(self, key: str = "", *, timeout: float = 30.0) -> HttpClient:
        return HttpClient(next(self._turns), key or self.key, timeout=timeout)

    @contextmanager
    def inside(self) -> Iterator[OpenAPI]:
        """An app of this process on the same database and with the same secrets."""
        settings = load_settings(self.environment)
        configure_process(settings)
        app = create_app(settings)
        with app.app_context():
            yield app
            db.session.remove()
            db.engine.dispose()


@contextmanager
def running_cluster(folder: Path, address: str, *, webs: int = 2, workers: int = 1) -> Iterator[Cluster]:
    """The schema is brought up to date by the command, as an operator does it."""
    cluster = Cluster(folder, address, webs=webs)
    try:
        upgraded = cluster.command("db", "upgrade")
        assert upgraded.returncode == 0, upgraded.stderr
        for port in cluster.ports:
            cluster.start("web", "--port", str(port))
        for _ in range(workers):
            cluster.start("worker")
        for _ in cluster.ports:
            cluster.wait_for()
        cluster.make_key()
        yield cluster
    finally:
        cluster.close()


class Tablet:
    """An enrolled tablet on which somebody has typed a PIN; one connection, which each thread has of its own."""

    def __init__(self, port: int, cookies: dict[str, str]) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._cookies = dict(cookies)
        self._token = ""

    def unlock(self, person: str) -> None:
        """Raises AssertionError when the PIN is not taken."""
        self._look()
        form = urlencode({"csrf_token": self._token, "person": person, "pin": PIN})
        reply = self._send("POST", "/board/lock", form, "application/x-www-form-urlencoded")
        assert reply.status == 303, reply.body
        self._look()

    def twin(self, port: int) -> Tablet:
        """Another connection, perhaps to another server, of the same tablet."""
        other = Tablet(port, self._cookies)
        other._token = self._token
        return other

    def act(self, kind: str, **payload: Any) -> Reply:
        """A command under a new `action_id`."""
        command = json.dumps({"action_id": secrets.token_hex(8), "kind": kind, **payload})
        return self._send("POST", "/board/actions", command, "application/json")

    def listen(self) -> http.client.HTTPResponse:
        """The stream of the board."""
        self._connection.request("GET", "/board/live", headers=self._headers())
        return self._connection.getresponse()

    def _look(self) -> None:
        page = self._send("GET", "/login", None, "").body.decode()
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found is not None, page[:500]
        self._token = found[1]

    def _headers(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        return {"Cookie": cookies, "Accept": "application/json", "X-CSRFToken": self._token}

    def _send(self, method: str, path: str, body: str | None, content_type: str) -> Reply:
        headers = self._headers() | ({"Content-Type": content_type} if content_type else {})
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                self._cookies |= {key: morsel.value for key, morsel in SimpleCookie(value).items()}
        return Reply(answer.status, dict(answer.getheaders()), answer.read())
