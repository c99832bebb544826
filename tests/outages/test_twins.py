"""The same outages without one guard: each proof must fail, or it would prove nothing (R15, R16, R17)."""

from __future__ import annotations

import http.client
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.histories.conftest import open_store
from tests.outages.test_backups import restored
from tests.outages.test_outages import UNLIMITED, check_refused, limit_files, order, running
from tests.outages.test_stops import STOP_SECONDS, cookies, listen
from tests.servers import OMNI, Site

pytestmark = pytest.mark.long


def without(guard: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "tests.outages.unguarded", guard)


def test_without_a_farewell_a_stop_breaks_the_streams(site: Site) -> None:
    web = site.start("web", "--port", str(site.port), program=without("farewell"))
    site.wait_for("/healthz")
    open_store(site)
    stream = listen(site, cookies(site))
    web.send_signal(signal.SIGTERM)
    web.wait(STOP_SECONDS * 2)
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        stream.read()


def test_without_a_word_for_it_a_full_disk_looks_like_a_fault_of_ours(site: Site) -> None:
    web = site.start("web", "--port", str(site.port), program=without("refusal"))
    site.wait_for("/healthz")
    open_store(site)
    assert order(site, "before").status == 201
    limit_files(site, web, 1024)
    reply = order(site, "refused")
    limit_files(site, web, UNLIMITED[0])
    assert reply.status == 500
    with pytest.raises(AssertionError):
        check_refused(reply)


def test_a_copied_file_lacks_what_was_acknowledged_a_moment_ago(site: Site, tmp_path: Path) -> None:
    with running(site):
        assert order(site, "acknowledged").status == 201
        for name, program in (("whole", OMNI), ("copied", without("snapshot"))):
            made = site.start("backup", str(tmp_path / f"{name}.tar.gz"), program=program)
            assert made.wait(60) == 0, site.log
        assert orders_of(tmp_path / "whole.tar.gz", tmp_path / "elsewhere") == 1
        assert orders_of(tmp_path / "copied.tar.gz", tmp_path / "far") == 0


def orders_of(archive: Path, folder: Path) -> int:
    elsewhere = restored(archive, folder)
    elsewhere.close()
    with closing(sqlite3.connect(elsewhere.database)) as connection:
        found: int = connection.execute("SELECT count(*) FROM orders").fetchone()[0]
    return found
