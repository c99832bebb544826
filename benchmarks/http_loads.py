"""Keep-alive clients in one process, light enough to leave the machine to the server that is measured.

Closed loop: each connection sends its next request when it has the whole answer to the last one.
"""

from __future__ import annotations

import itertools
import multiprocessing
import secrets
import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Template:
    """A request whose `MARK` is replaced by another text of the same length each time."""

    head: bytes
    body: bytes
    mark: bytes = b"UNIQUEUNIQUE"

    def requests(self) -> Iterator[bytes]:
        """Requests that never repeat, also not those of an earlier run."""
        run = secrets.token_hex(4).encode()
        for number in itertools.count():
            unique = run + b"%04x" % (number % 65536)
            yield self.head.replace(self.mark, unique) + self.body.replace(self.mark, unique)


def post(path: str, body: str, *, key: str) -> Template:
    """A POST with a new Idempotency-Key each time."""
    lines = (
        f"POST {path} HTTP/1.1",
        "Host: localhost",
        f"Authorization: Bearer {key}",
        "Idempotency-Key: UNIQUEUNIQUE",
        "Content-Type: application/json",
        f"Content-Length: {len(body.encode())}",
    )
    return Template("\r\n".join((*lines, "", "")).encode(), body.encode())


@dataclass(frozen=True, slots=True)
class Load:
    """What came of a load: answers by status, wall seconds, and each answer's time in seconds, sorted."""

    statuses: dict[str, int]
    seconds: float
    times: list[float]

    @property
    def per_second(self) -> float:
        return len(self.times) / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds within which that share of the answers came."""
        return self.times[min(len(self.times) - 1, int(len(self.times) * share))] * 1000


def together(loads: Sequence[Load]) -> Load:
    """Several loads as one."""
    statuses: Counter[str] = Counter()
    for load in loads:
        statuses.update(load.statuses)
    times = sorted(time_ for load in loads for time_ in load.times)
    return Load(dict(statuses), sum(load.seconds for load in loads), times)


def run(ports: Sequence[int], templates: Sequence[Template], *, clients: int, seconds: float) -> Load:
    """Put the load on from a process of its own, so that it shares no interpreter with anything measured.

    The clients share the ports out among themselves; the templates are asked for in turn.
    """
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_load, (ports, templates, clients, seconds))


def _load(ports: Sequence[int], templates: Sequence[Template], clients: int, seconds: float) -> Load:
    selector = selectors.DefaultSelector()
    statuses: Counter[str] = Counter()
    times: list[float] = []
    streams = itertools.cycle([template.requests() for template in templates])
    requests = (next(stream) for stream in streams)
    for number in range(clients):
        connection = socket.create_connection(("127.0.0.1", ports[number % len(ports)]))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        exchange = _Exchange(connection, requests)
        selector.register(connection, selectors.EVENT_READ, exchange)
    began = time.perf_counter()
    for slot in list(selector.get_map().values()):
        slot.data.send()
    open_ = clients
    while open_:
        for slot, _ in selector.select(30):
            exchange: _Exchange = slot.data
            if not exchange.receive():
                continue
            times.append(time.perf_counter() - exchange.sent_at)
            statuses[exchange.status] += 1
            if time.perf_counter() - began < seconds:
                exchange.send()
            else:
                selector.unregister(slot.fileobj)
                open_ -= 1
    return Load(dict(statuses), time.perf_counter() - began, sorted(times))


class _Exchange:
    """One connection and the answer that is coming in on it."""

    def __init__(self, connection: socket.socket, requests: Iterator[bytes]) -> None:
        self._connection = connection
        self._requests = requests
        self._received = b""
        self.sent_at = 0.0
        self.status = ""

    def send(self) -> None:
        request = next(self._requests)
        self._received = b""
        self.sent_at = time.perf_counter()
        self._connection.sendall(request)

    def receive(self) -> bool:
        """Whether the answer is whole now. Raises ConnectionError when the server hangs up."""
        part = self._connection.recv(65536)
        if not part:
            raise ConnectionError("the server closed a connection")
        self._received += part
        head, _, body = self._received.partition(b"\r\n\r\n")
        self.status = head[9:12].decode()
        if self.status in ("204", "304"):
            return b"\r\n\r\n" in self._received
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        return bool(length) and len(body) >= int(length)
