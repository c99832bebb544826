"""The board with 10,000 orders in the database, against a bare Flask page of 50 rows on the same server.

    .venv/bin/python -m benchmarks.board [--seconds 6] [--tablets 50]

Also how long it takes from the commit of a change until every tablet of the store has its new board.
"""

from __future__ import annotations

import argparse
import http.client
import multiprocessing
import os
import re
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask_openapi3 import OpenAPI
from sqlalchemy import select

from benchmarks.http_loads import Load, Template, run
from benchmarks.intake import machine
from benchmarks.processes import answering_process, processor_seconds
from benchmarks.scale_databases import fill
from benchmarks.scale_rows import Sizes
from benchmarks.screens import watch
from omni_pickup import clock, create_app
from omni_pickup.config import ROOT, load_settings
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.staff import Staff
from omni_pickup.models.stores import Store
from omni_pickup.services import events
from omni_pickup.services.staff.devices import create_enrolment, enrol_device
from omni_pickup.services.staff.staff_sessions import open_session
from tests.servers import Site

SIZES = Sizes(stores=1, items=400, assortment=300, past=9_880, open=120, days=60)
CLIENTS = (1, 8)
PAGE = ROOT / "docs" / "benchmarks.md"
HEADING = "## The board"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    clients: int
    load: Load
    bare: Load

    def cells(self) -> str:
        load, p50, p95 = self.load, self.load.percentile(0.5), self.load.percentile(0.95)
        ratio = p50 / self.bare.percentile(0.5)
        return f"| {self.what} | {self.clients} | {load.per_second:.0f} | {p50:.1f} | {p95:.1f} | {ratio:.1f} |"


@contextmanager
def prepared(folder: Path) -> Iterator[tuple[Site, OpenAPI, int]]:
    """A site full of orders on which `omni web` runs, the app to change it from within, the process that answers."""
    site = Site(folder)
    try:
        made = site.command("db", "upgrade")
        if made.returncode:
            raise SystemExit(made.stderr)
        fill(f"sqlite:///{site.database}", SIZES, clock.now(), print)
        app = create_app(load_settings(site.environment, instance_dir=folder))
        master = site.start("web", "--port", str(site.port))
        site.wait_for("/healthz")
        yield site, app, answering_process(master)
    finally:
        site.close()


def sign_in(app: OpenAPI, tablets: int) -> list[str]:
    """Cookies of so many tablets of the store, each with one of its people."""
    cookies = []
    with app.app_context():
        for number in range(tablets):
            with transaction():
                store = db.session.scalars(select(Store).order_by(Store.id)).first()
                person = db.session.scalars(select(Staff).order_by(Staff.id)).first()
                assert store is not None
                assert person is not None
                device, secret = enrol_device(create_enrolment(store, name=f"Tablet {number}", by=SYSTEM))
                session = open_session(person, kind="pin", device=device, hours=12)[1]
            cookies.append(f"device={secret}; staff={session}")
    return cookies


def opened(port: int, cookie: str) -> str:
    """The cookie of a tablet that has opened its board, as it has when it asks for changes."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/board/", headers={"Cookie": cookie})
    answer = connection.getresponse()
    answer.read()
    return "; ".join((cookie, *(value.partition(";")[0] for value in answer.headers.get_all("Set-Cookie", []))))


def change(app: OpenAPI) -> float:
    """Something happens in the store; the moment of its commit."""
    with app.app_context():
        with transaction():
            store_id = db.session.scalars(select(Store.id).order_by(Store.id)).first()
            events.record("benchmark.changed", by=SYSTEM, data={}, store_id=store_id)
        return time.monotonic()


def get(cookie: str, more: str = "") -> Template:
    return Template(f"GET /board/ HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n{more}\r\n".encode(), b"")


def measured(port: int, template: Template, *, clients: int, seconds: float, status: str = "200") -> Load:
    """A load within one minute of the clock, because with the minute every board changes."""
    run([port], [template], clients=clients, seconds=1.0)
    left = 60 - time.time() % 60
    if left < seconds + 1:
        time.sleep(left + 0.5)
        run([port], [template], clients=clients, seconds=0.5)
    load = run([port], [template], clients=clients, seconds=seconds)
    if set(load.statuses) != {status}:
        raise SystemExit(f"not every answer was {status}: {load.statuses}")
    return load


def tag_of(port: int, cookie: str) -> str:
    """The board's ETag right now."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/board/", headers={"Cookie": cookie, "HX-Request": "true"})
    answer = connection.getresponse()
    rows = answer.read().count(b"data-row=")
    if answer.status != 200 or rows < 40:
        raise SystemExit(f"this is no full board: {answer.status}, {rows} rows")
    return str(answer.headers["ETag"])


@contextmanager
def changing(app: OpenAPI, per_second: float) -> Iterator[None]:
    """Something happens in the store so often while the block runs."""
    over = threading.Event()

    def go_on() -> None:
        while not over.wait(1 / per_second):
            change(app)

    worker = threading.Thread(target=go_on)
    worker.start()
    try:
        yield
    finally:
        over.set()
        worker.join()


def rows_of(site: Site, app: OpenAPI, cookie: str, *, seconds: float) -> list[Row]:
    """The board's answers at each number of clients, and the bare page's."""
    bare_site = Site(site.folder)
    rows = []
    live = "HX-Request: true\r\nX-Background: 1\r\n"
    try:
        bare_site.start(str(bare_site.port), program=(sys.executable, "-m", "benchmarks.bare_board"))
        bare_site.wait_until_listening()
        for n in CLIENTS:
            bare = measured(bare_site.port, get(""), clients=n, seconds=seconds)
            board = measured(site.port, get(cookie, live), clients=n, seconds=seconds)
            with changing(app, 4):
                busy = measured(site.port, get(cookie, live), clients=n, seconds=seconds)
            page = measured(site.port, get(cookie), clients=n, seconds=seconds)
            tag = f"If-None-Match: {_fresh_tag(site.port, cookie, seconds)}\r\n"
            same = run([site.port], [get(cookie, live + tag)], clients=n, seconds=seconds)
            found = (("bare page of 50 rows", bare), ("304", same), ("board", board), ("board, 4 changes/s", busy))
            rows += [Row(what, n, load, bare) for what, load in (*found, ("whole page, nothing shared", page))]
    finally:
        bare_site.close()
    return rows


def _fresh_tag(port: int, cookie: str, seconds: float) -> str:
    """A tag that stays right for so long."""
    left = 60 - time.time() % 60
    if left < seconds + 1:
        time.sleep(left + 0.5)
    return tag_of(port, cookie)


def screens(
    site: Site, app: OpenAPI, process: int, cookies: Sequence[str], *, changes: int
) -> tuple[list[float], float]:
    """Milliseconds from each commit to each tablet's new board, sorted; and of the processor for each change."""
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.get_context("spawn").Process(target=watch, args=(site.port, cookies, theirs))
    child.start()
    ours.recv()
    time.sleep(1)
    commits, work = [], 0.0
    for _ in range(changes):
        if time.time() % 60 > 57:
            time.sleep(4)
        before = processor_seconds(process)
        commits.append(change(app))
        time.sleep(2)
        work += processor_seconds(process) - before
    ours.send("over")
    shown = ours.recv()
    child.join()
    waits = [min((at - commit for at in tablet if at > commit), default=9.0) for tablet in shown for commit in commits]
    return sorted(wait * 1000 for wait in waits), work / changes * 1000


def section(rows: Sequence[Row], waits: Sequence[float], work: float, tablets: int, seconds: float, size: str) -> str:
    """The board's part of docs/benchmarks.md."""
    table = "\n".join(row.cells() for row in rows)
    p95 = waits[int(len(waits) * 0.95)]
    return f"""{HEADING}

{clock.now():%Y-%m-%d}; {size}; {seconds:.0f} s for each figure. Made by `.venv/bin/python -m benchmarks.board`.

One store with {SIZES.past + SIZES.open:,} orders, {SIZES.open} of them open, on SQLite, one web process; keep-alive
clients share the machine. `bare` is a Flask page of 50 rows from memory on the same server; the ratio is against its
p50 at the same number of clients. The aim is a p95 under 15 ms. The board is read and drawn once after each change for
all tablets of the store; the whole page is always read and drawn anew.

| answer | clients | per second | p50 ms | p95 ms | ratio |
|---|--:|--:|--:|--:|--:|
{table}

From the commit of a change until {tablets} tablets of one store have their new board, each with an event stream:
median {statistics.median(waits):.0f} ms, p95 {p95:.0f} ms, last {waits[-1]:.0f} ms. The aim is 300 ms for 95 of 100.
All {tablets} boards of one change cost the server {work:.0f} ms of processor time, two seconds of waiting included.
"""


def write(text: str) -> None:
    """Put the section in the place of the last one; the others are other benchmarks' own."""
    page = PAGE.read_text(encoding="utf-8")
    others = re.sub(rf"{HEADING}\n.*?(?=^## |\Z)", "", page, flags=re.DOTALL | re.MULTILINE).rstrip("\n")
    PAGE.write_text(f"{others}\n\n{text}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures the board.")
    parser.add_argument("--seconds", type=float, default=6.0, help="for each figure")
    parser.add_argument("--tablets", type=int, default=50)
    given, size = parser.parse_args(), machine()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder, prepared(Path(folder)) as made:
        site, app, process = made
        cookies = [opened(site.port, cookie) for cookie in sign_in(app, given.tablets)]
        rows = rows_of(site, app, cookies[0], seconds=given.seconds)
        waits, work = screens(site, app, process, cookies, changes=15)
    text = section(rows, waits, work, given.tablets, given.seconds, size)
    write(text)
    print(text)


if __name__ == "__main__":
    main()
