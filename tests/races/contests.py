"""The races themselves, run against the real server and against its twins without a guard."""

from __future__ import annotations

import secrets
from collections import Counter

from tests.servers import HttpClient, Reply, Site, at_once, order_body

RACERS = 32


def race_for_pieces(site: Site, store: str, sku: str, *, racers: int = RACERS) -> list[Reply]:
    """Every racer orders one piece at the same moment."""
    clients = [site.client() for _ in range(racers)]
    replies = at_once(racers, lambda n: clients[n].send("POST", "/api/v1/orders", order_body(store, [(sku, 1)])))
    for client in clients:
        client.close()
    return replies


def outcomes(replies: list[Reply]) -> Counter[str]:
    return Counter(reply.outcome for reply in replies)


def level(client: HttpClient, store: str, sku: str) -> dict[str, int]:
    found: dict[str, int] = client.must("GET", f"/api/v1/stores/{store}/stock?sku={sku}")["levels"][0]
    return found


def race_with_one_external_id(site: Site, store: str, sku: str, *, racers: int = RACERS) -> list[Reply]:
    """Every racer sends the same order under an Idempotency-Key of its own."""
    body = order_body(store, [(sku, 1)])
    clients = [site.client() for _ in range(racers)]
    return at_once(racers, lambda n: clients[n].send("POST", "/api/v1/orders", body))


def race_with_one_key(site: Site, store: str, sku: str, *, racers: int = 16) -> tuple[list[Reply], int]:
    """Every racer cancels one piece under the same Idempotency-Key; also how many pieces were cancelled."""
    client = site.client()
    order = client.must("POST", "/api/v1/orders", order_body(store, [(sku, racers * 2)]))
    path, key = f"/api/v1/orders/{order['id']}/lines/1/cancel", secrets.token_hex(16)
    clients = [site.client() for _ in range(racers)]
    replies = at_once(
        racers,
        lambda n: clients[n].send("POST", path, {"quantity": 1, "reason": "less"}, idempotency_key=key),
    )
    after = client.must("GET", f"/api/v1/orders/{order['id']}")
    cancelled: int = after["lines"][0]["cancelled"]
    return replies, cancelled
