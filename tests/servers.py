"""Real servers for tests: `omni` in processes of its own, on a free port and in a folder of its own."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from omni_pickup.config import ROOT

OMNI = (sys.executable, "-m", "omni_pickup.cli")
SCOPES = tuple(
    f"{name}:{access}"
    for name in ("orders", "returns", "stock", "catalog", "stores", "events")
    for access in ("read", "write")
)
#: A machine that runs other tests beside these may be slow to start anything.
START_SECONDS = 90.0
Result = TypeVar("Result")


def free_port() -> int:
    """A port on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def outcome(self) -> str:
        """The status, and the code of a refusal: `409 insufficient_stock`."""
        return str(self.status) if self.status < 400 else f"{self.status} {self.json.get('code')}"


class HttpClient:
    """One keep-alive connection of one API client; each thread has an own one."""

    def __init__(self, port: int, key: str, *, timeout: float = 30.0) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        self._key = key

    def send(self, method: str, path: str, body: Any = None, *, idempotency_key: str | None = None) -> Reply:
        """One request. Raises OSError or HTTPException when no whole answer came; the connection is then new."""
        headers = {"Authorization": f"Bearer {self._key}"}
        if method == "POST":
            headers["Idempotency-Key"] = idempotency_key or secrets.token_hex(16)
        data = None if body is None else json.dumps(body)
        if data is not None:
            headers["Content-Type"] = "application/json"
        try:
            self._connection.request(method, path, data, headers)
            answer = self._connection.getresponse()
            return Reply(answer.status, dict(answer.getheaders()), answer.read())
        except BaseException:
            self._connection.close()
            raise

    def must(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """The answer's JSON; fails the test unless it is 2xx."""
        reply = self.send(method, path, body, **options)
        assert 200 <= reply.status < 300, f"{method} {path}: {reply.status} {reply.body[:500]!r}"
        return reply.json if reply.body else None

    def close(self) -> None:
        self._connection.close()


class Site:
    """An instance folder and the processes that run on it."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.key = ""
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("OMNI_")},
            "OMNI_INSTANCE_DIR": str(folder),
            "OMNI_SECRET_KEY": "s" * 20 + "0123456789abcdef",
            "OMNI_PIN_PEPPER": "p" * 20 + "0123456789abcdef",
            "OMNI_LOG_LEVEL": "WARNING",
            "OMNI_API_LIMIT": "1000000 per second",
            **{f"OMNI_{name.upper()}": value for name, value in settings.items()},
        }
        self._log = (folder / "log").open("ab")
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def database(self) -> Path:
        return self.folder / "omni.sqlite"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def start(self, *arguments: str, program: Sequence[str] = OMNI, crash_at: str = "") -> subprocess.Popen[bytes]:
        """Start an `omni` process that goes on running."""
        process = subprocess.Popen(
            [*program, *arguments],
            env=self.environment | ({"OMNI_CRASH_AT": crash_at} if crash_at else {}),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        self._processes.append(process)
        return process

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run an `omni` command to its end."""
        return subprocess.run(
            [*OMNI, *arguments],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )

    def make_key(self, name: str = "shop") -> str:
        """A key of client `name` with every scope; the first one is the site's own."""
        made = self.command("key", "create", name, *(part for scope in SCOPES for part in ("--scope", scope)))
        assert made.returncode == 0, made.stderr
        self.key = self.key or made.stdout.strip()
        return made.stdout.strip()

    def client(self, key: str = "", *, timeout: float = 30.0) -> HttpClient:
        """A new connection."""
        return HttpClient(self.port, key or self.key, timeout=timeout)

    def wait_for(self, path: str = "/readyz", *, seconds: float = START_SECONDS) -> None:
        """Wait until `path` answers 200."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if self.client(timeout=5).send("GET", path).status == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass  # It does not listen yet; the deadline decides.
            time.sleep(0.1)
        raise AssertionError(f"{path} did not answer 200 within {seconds} s:\n{self.log[-3000:]}")

    def wait_until_listening(self, *, seconds: float = START_SECONDS) -> None:
        """Wait until something listens on the port."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise AssertionError(f"nobody listens within {seconds} s:\n{self.log[-3000:]}")

    def verify(self) -> subprocess.CompletedProcess[str]:
        """`omni stock verify`."""
        return self.command("stock", "verify")

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """kill -9 for a process and all that it started."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def close(self) -> None:
        """End everything that was started, and whatever that started."""
        for process in self._processes:
            if process.poll() is None:
                process.terminate()
        for process in self._processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self._log.close()


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Site]:
    """A site on which `omni serve` runs, with a key."""
    folder.mkdir(parents=True, exist_ok=True)
    site = Site(folder, **settings)
    try:
        site.start("serve", "--no-demo", "--port", str(site.port))
        site.wait_for()
        site.make_key()
        yield site
    finally:
        site.close()


def stock_up(client: HttpClient, store: str, pieces: Mapping[str, int]) -> None:
    """A store that is always open, with these items and pieces on hand."""
    days = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    client.must(
        "PUT",
        f"/api/v1/stores/{store}",
        {"name": store, "timezone": "Europe/Warsaw", "hours": days, "pickup": {"in_store": True, "prep_minutes": 30}},
    )
    items = [{"sku": sku, "name": f"Item {sku}"} for sku in pieces]
    client.must("POST", "/api/v1/items", {"items": items})
    levels = [{"sku": sku, "on_hand": on_hand} for sku, on_hand in pieces.items()]
    client.must("POST", f"/api/v1/stores/{store}/stock", {"levels": levels})


def order_body(store: str, lines: Sequence[tuple[str, int]], external_id: str = "") -> dict[str, Any]:
    """An order for pieces by SKU, of a customer who gets mails."""
    return {
        "external_id": external_id or secrets.token_hex(8),
        "store": store,
        "customer": {"name": "Ada Nowak", "email": "ada@example.com", "language": "pl"},
        "lines": [
            {"line_id": str(number), "sku": sku, "quantity": quantity}
            for number, (sku, quantity) in enumerate(lines, 1)
        ],
    }


def at_once(count: int, act: Callable[[int], Result]) -> list[Result]:
    """What `act(0)` ... `act(count - 1)` return, run by threads that begin at the same moment."""
    barrier, results, errors = threading.Barrier(count), [None] * count, []

    def run(number: int) -> None:
        try:
            barrier.wait(30)
            results[number] = act(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results
