"""What must be true after any number of crashes, read from the database, the API and the mails."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from contextlib import closing
from typing import Any

from tests.crashes.loads import ON_HAND, SKUS, STORE, STUCK_SECONDS, Acknowledged
from tests.servers import Site


def rows(site: Site, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(site.database, timeout=10)) as connection:
        return connection.execute(statement).fetchall()


def end_leases(site: Site) -> None:
    """As if the leases that killed workers left behind had ended."""
    with closing(sqlite3.connect(site.database, timeout=10)) as connection, connection:
        connection.execute("UPDATE outbox SET lease_until = '2000-01-01 00:00:00.000000' WHERE lease_until IS NOT NULL")


def check_requests(log: Acknowledged) -> None:
    assert log.wrong == []
    assert max(log.delays, default=0) < STUCK_SECONDS


def check_orders(site: Site, log: Acknowledged) -> None:
    """Every acknowledged order is there as acknowledged, and no other order is."""
    assert rows(site, "SELECT count(*) FROM orders") == [(len(log.orders),)]
    counters: dict[str, dict[str, tuple[int, int, int]]] = {}
    statement = (
        'SELECT orders.public_id, line_id, ordered, "open", cancelled FROM order_lines'
        " JOIN orders ON orders.id = order_id"
    )
    for public_id, line_id, ordered, open_, cancelled in rows(site, statement):
        counters.setdefault(public_id, {})[line_id] = (ordered, open_, cancelled)
    for public_id, lines in log.orders.items():
        for line_id, ordered in lines.items():
            cancelled = ordered if public_id in log.cancelled_orders else log.cancelled_pieces[public_id, line_id]
            assert counters[public_id][line_id] == (ordered, ordered - cancelled, cancelled)


def check_stock(site: Site, log: Acknowledged) -> None:
    """On hand is what there was minus what was sold; reserved is what is open and held."""
    reserved = Counter(log.held)
    statement = 'SELECT sku, sum("open") FROM order_lines JOIN items ON items.id = item_id GROUP BY sku'
    reserved.update(dict(rows(site, statement)))
    client = site.client()
    for sku in SKUS:
        level = client.must("GET", f"/api/v1/stores/{STORE}/stock?sku={sku}")["levels"][0]
        assert (level["on_hand"], level["reserved"]) == (ON_HAND - log.sold[sku], reserved[sku])


def check_mails(site: Site, log: Acknowledged, *, seconds: float) -> None:
    """Each change of an order is told; every message that was sent is a file, and no file is of anything else."""
    deadline = time.monotonic() + seconds
    while rows(site, "SELECT 1 FROM outbox WHERE state = 'pending' LIMIT 1") and time.monotonic() < deadline:
        time.sleep(0.2)
    states = Counter({(kind, state): count for kind, state, count in rows(site, _KINDS)})
    assert states == {
        ("message.received", "sent"): len(log.orders),
        ("message.cancelled", "sent"): len(log.cancelled_orders),
        ("message.line_cancelled", "sent"): log.line_cancels,
    }
    sent = {public_id for (public_id,) in rows(site, "SELECT public_id FROM outbox")}
    assert {file.stem for file in (site.folder / "outbox").glob("*.eml")} == sent


_KINDS = "SELECT kind, state, count(*) FROM outbox GROUP BY kind, state"


def check_database(site: Site) -> None:
    assert rows(site, "PRAGMA integrity_check") == [("ok",)]
    assert rows(site, "PRAGMA foreign_key_check") == []
    proof = site.verify()
    assert proof.returncode == 0, proof.stdout + proof.stderr
