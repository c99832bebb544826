"""Races against a running `omni serve`, whose worker and command lines write beside it (R1, R2)."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from tests.races.contests import (
    RACERS,
    level,
    outcomes,
    race_for_pieces,
    race_with_one_external_id,
    race_with_one_key,
)
from tests.servers import Site, at_once, order_body, stock_up

ROUNDS = 5
PIECES = 10
HOT = [f"HOT-{number}" for number in range(6)]


def verify(site: Site) -> None:
    proof = site.verify()
    assert proof.returncode == 0, proof.stdout + proof.stderr


@pytest.mark.parametrize("rounds", [ROUNDS, pytest.param(50, marks=pytest.mark.long)])
def test_of_32_racers_for_10_pieces_exactly_10_win_and_the_rest_get_a_clean_refusal(site: Site, rounds: int) -> None:
    client = site.client()
    for number in range(rounds):
        sku = f"LAST-{rounds}-{number}"
        stock_up(client, "WAW-01", {sku: PIECES})
        replies = race_for_pieces(site, "WAW-01", sku)
        assert outcomes(replies) == {"201": PIECES, "409 insufficient_stock": RACERS - PIECES}
        assert all(reply.json["lines"][0]["available"] == 0 for reply in replies if reply.status == 409)
        after = level(client, "WAW-01", sku)
        assert (after["on_hand"], after["reserved"], after["available"]) == (PIECES, PIECES, 0)
    verify(site)


class Importer:
    """`omni import stock` again and again while the block runs."""

    def __init__(self, site: Site, file: Path) -> None:
        self._site, self._file = site, file
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.ended: list[int] = []

    def __enter__(self) -> Importer:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._done.is_set() or not self.ended:
            self.ended.append(self._site.command("import", "stock", str(self._file)).returncode)


def shop_hot(site: Site, seed: int) -> Counter[str]:
    """Orders with the hot items in any order of lines, some of them cancelled again."""
    luck, client, seen = Random(seed), site.client(), Counter[str]()
    for _ in range(8):
        basket = luck.sample(HOT, 4)
        reply = client.send("POST", "/api/v1/orders", order_body("WAW-02", [(sku, 1) for sku in basket]))
        seen[reply.outcome] += 1
        if reply.status == 201 and luck.random() < 0.3:
            cancel = client.send("POST", f"/api/v1/orders/{reply.json['id']}/cancel", {"reason": "changed"})
            seen[f"cancel {cancel.outcome}"] += 1
    client.close()
    return seen


def test_hot_baskets_in_any_line_order_beside_command_line_writers_never_fail(site: Site, tmp_path: Path) -> None:
    stock_up(site.client(), "WAW-02", dict.fromkeys(HOT, 60))
    file = tmp_path / "stock.csv"
    file.write_text("store,sku,on_hand\n" + "".join(f"WAW-02,{sku},60\n" for sku in HOT))
    with Importer(site, file) as importer:
        seen = sum(at_once(RACERS, lambda n: shop_hot(site, n)), Counter[str]())
    assert set(importer.ended) == {0}
    assert set(seen) <= {"201", "409 insufficient_stock", "cancel 200"}
    assert seen["201"] > 0
    assert seen["409 insufficient_stock"] > 0
    verify(site)


def test_one_external_id_sent_32_times_at_once_is_one_order(site: Site) -> None:
    client = site.client()
    stock_up(client, "WAW-03", {"ONE": 100})
    replies = race_with_one_external_id(site, "WAW-03", "ONE")
    assert outcomes(replies) == {"201": 1, "200": RACERS - 1}
    assert len({reply.json["id"] for reply in replies}) == 1
    assert level(client, "WAW-03", "ONE")["reserved"] == 1


def test_one_idempotency_key_sent_16_times_at_once_runs_once(site: Site) -> None:
    stock_up(site.client(), "WAW-03", {"TWO": 100})
    replies, cancelled = race_with_one_key(site, "WAW-03", "TWO")
    assert cancelled == 1
    assert outcomes(replies) == {"200": 16}
    assert len({reply.body for reply in replies}) == 1
    assert Counter(reply.headers.get("Idempotent-Replayed") for reply in replies) == {None: 1, "true": 15}


def test_no_request_of_the_races_ended_in_a_server_error(site: Site) -> None:
    errors = [line for line in site.log.splitlines() if '"level": "ERROR"' in line or "Traceback" in line]
    assert errors == []
