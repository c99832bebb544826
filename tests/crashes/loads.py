"""Shoppers who insist: each repeats a request under its key until it is answered, and writes down what was promised."""

from __future__ import annotations

import http.client
import secrets
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.servers import Reply, Site, order_body

STORE = "WAW-01"
SKUS = tuple(f"SKU-{number}" for number in range(8))
ON_HAND = 100_000
#: The contract's limit for a key that a killed process left behind.
STUCK_SECONDS = 60.0


@dataclass
class Acknowledged:
    """What the server said it did."""

    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    cancelled_orders: set[str] = field(default_factory=set)
    cancelled_pieces: Counter[tuple[str, str]] = field(default_factory=Counter)
    sold: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    line_cancels: int = 0
    #: How long each request was repeated that did not get its answer at the first try.
    delays: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    guard: threading.Lock = field(default_factory=threading.Lock)


class Shopper(threading.Thread):
    """Orders, cancels, holds and sells at the till until told to stop."""

    def __init__(self, site: Site, seed: int, done: threading.Event, log: Acknowledged) -> None:
        super().__init__(daemon=True)
        self._site, self._luck, self._done, self._log = site, Random(seed), done, log
        self._client = site.client(timeout=15)
        self._mine: list[str] = []

    def run(self) -> None:
        acts = (self._order, self._order, self._cancel, self._cancel_piece, self._sell, self._hold)
        while not self._done.is_set():
            self._luck.choice(acts)()

    def _insist(self, path: str, body: Any) -> Reply:
        """Send until a final answer comes; the same key each time."""
        key, began = secrets.token_hex(16), time.monotonic()
        tries = 0
        while True:
            tries += 1
            try:
                reply = self._client.send("POST", path, body, idempotency_key=key)
            except (OSError, http.client.HTTPException):
                reply = None
            if reply is not None and reply.status < 500 and reply.headers.get("Retry-After") is None:
                break
            waited = time.monotonic() - began
            if waited > STUCK_SECONDS * 2:
                raise AssertionError(f"{path} got no answer in {waited:.0f} s: {reply}")
            time.sleep(0.05)
        with self._log.guard:
            if tries > 1:
                self._log.delays.append(time.monotonic() - began)
            if reply.status not in (200, 201):
                self._log.wrong.append(f"{path}: {reply.outcome} {reply.body[:300]!r}")
        return reply

    def _order(self) -> None:
        lines = [(sku, self._luck.randint(2, 4)) for sku in self._luck.sample(SKUS, 3)]
        reply = self._insist("/api/v1/orders", order_body(STORE, lines))
        order = reply.json
        with self._log.guard:
            self._log.orders[order["id"]] = {line["line_id"]: line["ordered"] for line in order["lines"]}
        self._mine.append(order["id"])

    def _cancel(self) -> None:
        if len(self._mine) > 3:
            order_id = self._mine.pop(self._luck.randrange(len(self._mine)))
            if self._insist(f"/api/v1/orders/{order_id}/cancel", {"reason": "changed"}).status == 200:
                with self._log.guard:
                    self._log.cancelled_orders.add(order_id)

    def _cancel_piece(self) -> None:
        if self._mine:
            order_id, line = self._luck.choice(self._mine), str(self._luck.randint(1, 3))
            with self._log.guard:
                left = self._log.orders[order_id][line] - self._log.cancelled_pieces[order_id, line]
            if left < 2:
                return
            path = f"/api/v1/orders/{order_id}/lines/{line}/cancel"
            if self._insist(path, {"quantity": 1, "reason": "less"}).status == 200:
                with self._log.guard:
                    self._log.cancelled_pieces[order_id, line] += 1
                    self._log.line_cancels += 1

    def _sell(self) -> None:
        sku, pieces = self._luck.choice(SKUS), self._luck.randint(1, 3)
        row = {"sku": sku, "delta": -pieces, "reason": "sale", "reference": secrets.token_hex(8), "order": None}
        self._insist(f"/api/v1/stores/{STORE}/stock/adjustments", {"adjustments": [row]})
        with self._log.guard:
            self._log.sold[sku] += pieces

    def _hold(self) -> None:
        sku = self._luck.choice(SKUS)
        body = {"store": STORE, "lines": [{"sku": sku, "quantity": 1}], "ttl_seconds": 3600}
        self._insist("/api/v1/holds", body)
        with self._log.guard:
            self._log.held[sku] += 1
