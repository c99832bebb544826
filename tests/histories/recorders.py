"""Clients that use a real shop all at once and write down what they asked, when, and what they were told."""

from __future__ import annotations

import http.client
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.histories.records import NEVER, End, History, Operation, Outcome
from tests.servers import HttpClient, Reply, Site, order_body

STORE = "WAW-01"
#: Few enough to run out, so that some orders are refused.
SKUS, ON_HAND = ("A", "B", "C"), 40
#: What a refusal is called that changed nothing and may not come otherwise.
REFUSALS = {"insufficient_stock", "wrong_state"}
#: The contract's limit for a key that a killed process left behind.
STUCK_SECONDS = 60.0


@dataclass
class Log:
    """What all clients share: their operations, the orders they know, and what should never have been answered."""

    operations: list[Operation] = field(default_factory=list)
    #: external_id -> id of every order that was taken.
    ids: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    slowest: float = 0.0
    guard: threading.Lock = field(default_factory=threading.Lock)


class Client(threading.Thread):
    """Orders, gives up, sells and looks until told to stop; mostly it insists, sometimes it gives up."""

    def __init__(self, sites: Sequence[Site], key: str, seed: int, done: threading.Event, log: Log) -> None:
        super().__init__(daemon=True)
        self._luck, self._done, self._log = Random(seed), done, log
        self._connections = [HttpClient(site.port, key, timeout=10) for site in sites]
        #: Orders that this client, and nobody else, may cancel as a whole; nothing of them is ever left unknown.
        self._own: list[str] = []

    def run(self) -> None:
        acts = (self._order, self._order, self._cancel, self._cancel_line, self._cancel_line, self._sell, self._look)
        while not self._done.is_set():
            self._luck.choice(acts)()

    def _send(
        self, kind: str, given: dict[str, Any], path: str, body: Any, *, insist: bool
    ) -> tuple[Outcome, dict[str, Any]]:
        """Send until it is answered, or once; sometimes again when it was. Notes the operation."""
        key, began = secrets.token_hex(12), time.monotonic()
        reply = self._until_answered(path, body, key, insist=insist)
        ended = time.monotonic()
        outcome: Outcome = "unknown" if reply is None else "ok" if reply.status < 300 else "refused"
        answers = () if reply is None or outcome != "ok" else (reply.body,)
        if answers and self._luck.random() < 0.2:
            again = self._once(path, body, key)
            answers += (again.body,) if again is not None and again.status < 300 else ()
        with self._log.guard:
            if reply is not None and outcome == "refused" and reply.json.get("code") not in REFUSALS:
                self._log.wrong.append(f"{path}: {reply.outcome} {reply.body[:200]!r}")
            self._log.slowest = max(self._log.slowest, ended - began)
            self._log.operations.append(
                Operation(kind, began, NEVER if reply is None else ended, outcome, given, {}, answers)
            )
        return outcome, reply.json if answers and reply is not None else {}

    def _until_answered(self, path: str, body: Any, key: str, *, insist: bool) -> Reply | None:
        deadline = time.monotonic() + STUCK_SECONDS
        while True:
            reply = self._once(path, body, key)
            if reply is not None or not insist:
                return reply
            assert time.monotonic() < deadline, f"{path} stays without an answer"
            time.sleep(0.02)

    def _once(self, path: str, body: Any, key: str) -> Reply | None:
        """A final answer, or None: no whole answer came, or one that says to ask again."""
        try:
            reply = self._luck.choice(self._connections).send("POST", path, body, idempotency_key=key)
        except (OSError, http.client.HTTPException):
            return None
        return None if reply.status >= 500 or "Retry-After" in reply.headers else reply

    def _order(self) -> None:
        name = secrets.token_hex(6)
        wanted = [(sku, self._luck.randint(1, 3)) for sku in self._luck.sample(SKUS, self._luck.randint(1, 2))]
        lines = {str(place): one for place, one in enumerate(wanted, 1)}
        body = order_body(STORE, wanted, name)
        insist = self._luck.random() < 0.8
        outcome, order = self._send("order", {"order": name, "lines": lines}, "/api/v1/orders", body, insist=insist)
        if outcome == "ok":
            with self._log.guard:
                self._log.ids[name] = order["id"]
            if self._luck.random() < 0.6:
                self._own.append(name)

    def _cancel(self) -> None:
        if len(self._own) > 2:
            name = self._own.pop(0)
            path = f"/api/v1/orders/{self._log.ids[name]}/cancel"
            self._send("cancel", {"order": name}, path, {"reason": "changed"}, insist=True)

    def _cancel_line(self) -> None:
        """A piece of the second line of anybody's order; the first line stays, so that the order does."""
        name = self._any_order()
        if name is not None:
            path = f"/api/v1/orders/{self._log.ids[name]}/lines/2/cancel"
            given = {"order": name, "line": "2", "pieces": 1}
            self._send("cancel_line", given, path, {"quantity": 1, "reason": "less"}, insist=True)

    def _sell(self) -> None:
        if self._luck.random() < 0.15:
            sku = self._luck.choice(SKUS)
            row = {"sku": sku, "delta": -1, "reason": "sale", "reference": secrets.token_hex(6), "order": None}
            path = f"/api/v1/stores/{STORE}/stock/adjustments"
            self._send("sell", {"sku": sku, "pieces": 1}, path, {"adjustments": [row]}, insist=True)

    def _look(self) -> None:
        name, sku = self._any_order(), self._luck.choice(SKUS)
        if name is not None and self._luck.random() < 0.5:
            self._read("read_order", {"order": name}, f"/api/v1/orders/{self._log.ids[name]}")
        else:
            self._read("read_level", {"sku": sku}, f"/api/v1/stores/{STORE}/stock?sku={sku}")

    def _read(self, kind: str, given: dict[str, Any], path: str) -> None:
        began = time.monotonic()
        try:
            reply = self._luck.choice(self._connections).send("GET", path)
        except (OSError, http.client.HTTPException):
            return
        if reply.status == 200:
            seen = {"lines": lines_of(reply.json)} if kind == "read_order" else reply.json["levels"][0]
            with self._log.guard:
                self._log.operations.append(Operation(kind, began, time.monotonic(), "ok", given, seen))
        elif reply.status != 503:
            with self._log.guard:
                self._log.wrong.append(f"{path}: {reply.outcome}")

    def _any_order(self) -> str | None:
        """A recent order, with two lines if it is to be given up piece by piece."""
        with self._log.guard:
            names = list(self._log.ids)[-12:]
        two = {
            one.given["order"] for one in self._log.operations if one.kind == "order" and len(one.given["lines"]) > 1
        }
        names = [name for name in names if name in two]
        return self._luck.choice(names) if names else None


def lines_of(order: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The part of an order's lines that the checks compare."""
    names = ("sku", "ordered", "open", "cancelled")
    return {line["line_id"]: {name: line[name] for name in names} for line in order["lines"]}


def record(
    sites: Sequence[Site],
    key: str,
    log: Log,
    meanwhile: Callable[[], object],
    *,
    clients: int,
    on_hand: int = ON_HAND,
) -> History:
    """Let clients at the sites while `meanwhile()` runs; then read the end through the first site."""
    done = threading.Event()
    threads = [Client(sites, key, seed, done, log) for seed in range(clients)]
    for thread in threads:
        thread.start()
    try:
        meanwhile()
    finally:
        done.set()
        for thread in threads:
            thread.join(STUCK_SECONDS + 20)
    assert not any(thread.is_alive() for thread in threads)
    return History(dict.fromkeys(SKUS, on_hand), log.operations, read_end(HttpClient(sites[0].port, key)))


def read_end(client: HttpClient) -> End:
    """Everything that the shop shows when nobody asks for more."""
    orders: dict[str, list[dict[str, Any]]] = {}
    for order in pages(client, f"/api/v1/orders?store={STORE}&limit=200", "orders", "cursor"):
        shown = {"id": order["id"], "state": order["state"], "lines": lines_of(order)}
        orders.setdefault(order["external_id"], []).append(shown)
    found = client.must("GET", f"/api/v1/stores/{STORE}/stock?limit=200")["levels"]
    levels = {level["sku"]: (level["on_hand"], level["reserved"]) for level in found}
    events = [
        (event["id"], event["type"], event["data"]["id"])
        for event in pages(client, "/api/v1/events?type=order.*&limit=200", "events", "after")
    ]
    return End(orders, levels, events)


def pages(client: HttpClient, path: str, name: str, parameter: str) -> list[dict[str, Any]]:
    """All rows of a list, page by page; `parameter` takes what `next` says."""
    rows: list[dict[str, Any]] = []
    behind = ""
    while True:
        page = client.must("GET", path + behind)
        rows += page[name]
        if not page[name] or page["next"] is None:
            return rows
        behind = f"&{parameter}={page['next']}"
