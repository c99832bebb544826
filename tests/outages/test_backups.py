"""A backup that is taken while everybody works is one moment of the shop, and a restore of it is a whole shop (R16)."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.histories.checks import anomalies
from tests.histories.conftest import open_store
from tests.histories.recorders import Log, read_end, record
from tests.histories.records import NEVER, SOMETIME, End, History, Operation
from tests.servers import Site

BACKUPS = 3
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
    operations = [as_the_backup_knows(one, end, began) for one in history.operations if one.began < ended]
    assert anomalies(History(history.on_hand, [one for one in operations if one is not None], end)) == []


def as_the_backup_knows(one: Operation, end: End, began: float) -> Operation | None:
    """Answered behind the backup's begin, it may be in it or not; of a cancel the end says which."""
    if one.ended <= began or one.outcome == "refused":
        return one
    if one.kind.startswith("read_"):
        return None
    if one.kind == "cancel":
        there = end.orders.get(one.given["order"], [{"state": "lost"}])[0]["state"] == "cancelled"
        return replace(one, ended=SOMETIME) if there else None
    return replace(one, outcome="unknown", ended=NEVER)
