"""A backup that is taken while everybody works is one moment of the shop, and a restore of it is a whole shop (R16)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.histories.checks import anomalies
from tests.histories.conftest import open_store
from tests.histories.recorders import Log, read_end, record
from tests.histories.records import NEVER, SOMETIME, End, History, Operation
from tests.servers import Site

BACKUPS = 2
pytestmark = pytest.mark.long


def restored(file: Path, folder: Path) -> Site:
    """The archive on another machine, with the secrets that are in it."""
    folder.mkdir()
    elsewhere = Site(folder)
    for name in ("OMNI_SECRET_KEY", "OMNI_PIN_PEPPER"):
        del elsewhere.environment[name]
    done = elsewhere.command("restore", str(file))
    assert done.returncode == 0, done.stderr
    proof = elsewhere.verify()
    assert proof.returncode == 0, proof.stdout + proof.stderr
    return elsewhere


def test_a_backup_under_load_is_one_moment_of_the_shop(site: Site, tmp_path: Path) -> None:
    site.start("serve", "--no-demo", "--port", str(site.port))
    open_store(site)
    log, taken = Log(), []

    def back_up() -> None:
        for number in range(BACKUPS):
            time.sleep(1)
            file, began = tmp_path / f"{number}.tar.gz", time.monotonic()
            done = site.command("backup", str(file))
            assert done.returncode == 0, done.stderr
            taken.append((file, began, time.monotonic()))

    history = record([site], site.key, log, back_up, clients=4)
    assert (log.wrong, anomalies(history)) == ([], [])
    for number, (file, began, ended) in enumerate(taken):
        elsewhere = restored(file, tmp_path / f"restored-{number}")
        try:
            elsewhere.start("serve", "--no-demo", "--port", str(elsewhere.port))
            elsewhere.wait_for("/healthz")
            elsewhere.key = site.key
            check_moment(history, elsewhere, began, ended)
        finally:
            elsewhere.close()


def check_moment(history: History, elsewhere: Site, began: float, ended: float) -> None:
    """Everything that was answered before the backup is in it, nothing that was asked for behind it is, and what was
    under way in between is there as a whole or not at all.
    """
    end = read_end(elsewhere.client())
    before = {one.given["order"] for one in history.of("order") if one.ended < began and one.outcome == "ok"}
    assert before <= set(end.orders)
    assert anomalies(History(history.on_hand, list(as_the_backup_knows(history, end, began, ended)), end)) == []


def as_the_backup_knows(history: History, end: End, began: float, ended: float) -> Iterator[Operation]:
    """What was answered behind the backup's begin may be in it or not; the end says of nearly all of it which."""
    asked = [one for one in history.operations if one.began < ended]
    sure = [one for one in asked if one.ended <= began]
    yield from sure
    left = _pieces_left(history, sure, end)
    for one in asked:
        if one in sure or one.outcome == "refused" or one.kind.startswith("read_"):
            # What was seen or refused behind the copied moment may rest on what came behind it, too.
            continue
        order = end.orders.get(one.given.get("order", ""), [{"state": "lost"}])[0]
        if one.kind == "order" or (one.kind == "cancel_line" and order["state"] == "cancelled"):
            yield replace(one, outcome="unknown", ended=NEVER)
        elif one.kind == "cancel":
            if order["state"] == "cancelled":
                yield replace(one, ended=SOMETIME)
        elif left[_what(one)] > 0:
            left[_what(one)] -= 1
            yield replace(one, ended=SOMETIME)


def _what(one: Operation) -> tuple[str, ...]:
    """What a sale or a cancel of one piece takes a piece of."""
    return (one.given["sku"],) if one.kind == "sell" else (one.given["order"], one.given["line"])


def _pieces_left(history: History, sure: list[Operation], end: End) -> Counter[tuple[str, ...]]:
    """Pieces that the end shows as sold or given up, and that nothing sure explains."""
    left = Counter({(sku,): pieces - end.levels[sku][0] for sku, pieces in history.on_hand.items()})
    for name, (order,) in end.orders.items():
        left.update({(name, line): one["cancelled"] for line, one in order["lines"].items()})
    for one in sure:
        if one.kind in ("sell", "cancel_line") and one.outcome == "ok":
            left[_what(one)] -= 1
    return left
