"""The database is gone, the disk is full, nothing may be written: 503 and not ready, and then it goes on (R15)."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from omni_pickup.config import ROOT
from tests.crashes.keepers import children
from tests.histories.checks import anomalies
from tests.histories.recorders import ON_HAND, SKUS, STORE, Log, record
from tests.outages.databases import Database
from tests.servers import OMNI, Reply, Site, order_body, stock_up

Body = dict[str, object]
UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


@contextmanager
def running(site: Site) -> Iterator[None]:
    """The shop with stock, served by a web server and a worker."""
    site.start("web", "--port", str(site.port))
    site.start("worker")
    site.wait_for()
    stock_up(site.client(), STORE, dict.fromkeys(SKUS, ON_HAND))
    yield


def ask(site: Site, method: str, path: str, body: object = None, key: str | None = None) -> Reply:
    """On a connection of its own, because one that rested was closed by the server meanwhile."""
    client = site.client()
    try:
        return client.send(method, path, body, idempotency_key=key)
    finally:
        client.close()


def order(site: Site, name: str) -> Reply:
    """One order, under its own name as its key, so that it may be sent again."""
    return ask(site, "POST", "/api/v1/orders", order_body(STORE, [("A", 1)], name), name)


def is_ready(site: Site) -> bool:
    return ask(site, "GET", "/readyz").status == 200


def until(look: Callable[[], bool], *, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def check_refused(reply: Reply) -> None:
    """Not now, and when to ask again."""
    assert reply.outcome in ("503 out_of_service", "503 busy"), reply.body
    assert int(reply.headers["Retry-After"]) > 0


def check_not_ready(site: Site) -> None:
    assert not is_ready(site)
    assert ask(site, "GET", "/healthz").status == 200


def check_back(site: Site, name: str) -> None:
    """The same process serves again, and the order that was refused goes through under its key."""
    until(lambda: is_ready(site))
    taken = order(site, name)
    assert taken.status == 201, taken.body
    assert order(site, name).headers["Idempotent-Replayed"] == "true"
    proof = site.verify()
    assert proof.returncode == 0, proof.stdout + proof.stderr


def limit_files(site: Site, web: subprocess.Popen[bytes], size: int) -> None:
    """No file of the serving processes may grow beyond `size` bytes: the kernel refuses the write as on a full disk."""
    for pid in children(web.pid):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, UNLIMITED[1]))


def test_a_full_disk_refuses_changes_and_serves_reads_until_there_is_room(site: Site) -> None:
    with running(site):
        web = site._processes[0]
        assert order(site, "before").status == 201
        limit_files(site, web, 1024)
        check_refused(order(site, "refused"))
        check_not_ready(site)
        assert ask(site, "GET", f"/api/v1/stores/{STORE}/stock").status == 200
        limit_files(site, web, UNLIMITED[0])
        check_back(site, "refused")
        assert ask(site, "GET", f"/api/v1/stores/{STORE}/stock?sku=A").json["levels"][0]["reserved"] == 2
    check_file(site)


def check_file(site: Site) -> None:
    with closing(sqlite3.connect(site.database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.long
def test_a_folder_that_is_gone_for_a_while_costs_nothing_but_time(tmp_path: Path) -> None:
    """Whoever holds the file open may go on; whoever has to open it is asked to wait."""
    folder, away = tmp_path / "data", tmp_path / "away"
    folder.mkdir()
    site = Site(tmp_path, database_url=f"sqlite:///{folder / 'omni.sqlite'}")
    try:
        assert site.command("db", "upgrade").returncode == 0
        site.make_key()
        with running(site):
            folder.rename(away)
            for number in range(10):
                reply = order(site, f"away-{number}")
                assert reply.status == 201 or reply.status == 503, reply.body
            away.rename(folder)
            check_back(site, "back")
    finally:
        site.close()


@pytest.mark.long
def test_a_log_that_nobody_takes_any_more_costs_no_answer(site: Site) -> None:
    environment = site.environment | {"OMNI_LOG_LEVEL": "INFO"}
    command = [*OMNI, "web", "--port", str(site.port)]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True, cwd=ROOT
    ) as process:
        try:
            site.wait_for("/healthz")
            assert process.stdout is not None
            process.stdout.close()
            stock_up(site.client(), STORE, {"A": 5})
            assert [order(site, str(number)).status for number in range(5)] == [201] * 5
            assert order(site, "too many").outcome == "409 insufficient_stock"
        finally:
            site.kill(process)


@pytest.mark.long
def test_a_server_that_stops_and_comes_back_under_load_loses_nothing(big_site: Site, database: Database) -> None:
    log = Log()
    with running(big_site):

        def stop_and_start() -> None:
            for number in range(3):
                time.sleep(2)
                database.stop()
                check_refused(order(big_site, f"refused-{number}"))
                check_not_ready(big_site)
                time.sleep(1)
                database.start()
                until(lambda: is_ready(big_site))
            time.sleep(2)

        history = record([big_site], big_site.key, log, stop_and_start, clients=6)
        assert len(history.operations) > 60
        assert (log.wrong, anomalies(history)) == ([], [])
        check_back(big_site, "back")


@pytest.mark.long
def test_a_database_that_takes_no_changes_for_a_while_is_not_ready(big_site: Site, database: Database) -> None:
    with running(big_site):
        database.become_replica()
        until(lambda: order(big_site, "refused").outcome == "503 out_of_service")
        check_refused(order(big_site, "refused"))
        check_not_ready(big_site)
        assert ask(big_site, "GET", f"/api/v1/stores/{STORE}/stock").status == 200
        database.become_primary()
        check_back(big_site, "refused")
