"""Order intake over HTTP, against what its two halves cost alone on the same machine in the same minutes.

    .venv/bin/python -m benchmarks.intake [--seconds 8]

An order has three lines. `http` is a bare Flask JSON answer of the same size on the same server; `sql` is the SQL of
one order through sqlite3 in one process (WAL, synchronous=FULL). Nothing in Python that does both can be faster than
`1 / (1/http + 1/sql)`; the ratio is our share of that.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.http_loads import Load, Template, post, run
from benchmarks.raw_sql import Replay, recording
from omni_pickup import clock, create_app
from omni_pickup.config import ROOT, load_settings
from omni_pickup.models import db
from tests.servers import Site, order_body, stock_up

CLIENTS = (1, 8, 32)
STORE = "WAW-01"
SKUS = ("SHIRT", "MUG", "LAMP")
AIM = 0.15
MOST_RECORDINGS = 20


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; rates are orders (or answers) in a second."""

    clients: int
    ours: Load
    bare: Load
    sql: float

    @property
    def bound(self) -> float:
        return 1 / (1 / self.bare.per_second + 1 / self.sql)

    @property
    def ratio(self) -> float:
        return self.ours.per_second / self.bound

    def cells(self) -> tuple[str, ...]:
        return (
            str(self.clients),
            f"{self.ours.per_second:.0f}",
            f"{self.ours.percentile(0.5):.1f}",
            f"{self.ours.percentile(0.99):.1f}",
            f"{self.bare.per_second:.0f}",
            f"{self.sql:.0f}",
            f"{self.bound:.0f}",
            f"{self.ratio:.2f}",
        )


HEADINGS = ("clients", "orders/s", "p50 ms", "p99 ms", "http/s", "sql/s", "bound/s", "ratio")


@contextmanager
def prepared(folder: Path) -> Iterator[Site]:
    """A site with a shop and plenty of stock, served by `omni web`."""
    site = Site(folder)
    try:
        made = site.command("db", "upgrade")
        if made.returncode:
            raise SystemExit(made.stderr)
        site.make_key()
        site.start("web", "--port", str(site.port))
        site.wait_for("/healthz")
        stock_up(site.client(), STORE, dict.fromkeys(SKUS, 1_000_000))
        yield site
    finally:
        site.close()


def order_template(site: Site) -> Template:
    body = order_body(STORE, [(sku, 1) for sku in SKUS], "UNIQUEUNIQUE")
    return post("/api/v1/orders", json.dumps(body), key=site.key)


def measured(port: int, template: Template, *, clients: int, seconds: float) -> Load:
    """A load after a short one that warms the server up. Exits when an answer is not 201."""
    run(port, template, clients=clients, seconds=min(1.0, seconds))
    load = run(port, template, clients=clients, seconds=seconds)
    if set(load.statuses) != {"201"}:
        raise SystemExit(f"not every answer was 201: {load.statuses}")
    return load


def sql_rate(site: Site, *, seconds: float) -> tuple[float, int]:
    """Orders in a second through sqlite3 on a copy of the database, and the statements of one order."""
    folder = site.folder / "copy"
    folder.mkdir()
    database = folder / "omni.sqlite"
    shutil.copy(site.database, database)
    app = create_app(load_settings(site.environment, instance_dir=folder))
    client = app.test_client()
    recorded = []
    with app.app_context():
        while len(recorded) < 2 or not recorded[-2].are_distinct:
            if len(recorded) == MOST_RECORDINGS:
                raise SystemExit("no two orders were recorded whose ids can be told apart")
            headers = {"Authorization": f"Bearer {site.key}", "Idempotency-Key": os.urandom(8).hex()}
            with recording(db.engine, database) as heard:
                answer = client.post(
                    "/api/v1/orders", json=order_body(STORE, [(sku, 1) for sku in SKUS]), headers=headers
                )
            if answer.status_code != 201:
                raise SystemExit(answer.text)
            recorded.append(heard)
        db.session.remove()
        db.engine.dispose()
    replay = Replay(database, recorded[-2], recorded[-1], pieces=len(SKUS))
    return replay.per_second(seconds=seconds), len(replay)


def bare_loads(site: Site, *, seconds: float) -> dict[int, Load]:
    answer = site.client().must("POST", "/api/v1/orders", order_body(STORE, [(sku, 1) for sku in SKUS]))
    file = site.folder / "answer.json"
    file.write_text(json.dumps(answer))
    bare = Site(site.folder)
    try:
        bare.start(str(bare.port), str(file), program=(sys.executable, "-m", "benchmarks.bare"))
        bare.wait_until_listening()
        return {n: measured(bare.port, order_template(site), clients=n, seconds=seconds) for n in CLIENTS}
    finally:
        bare.close()


def measure(folder: Path, *, seconds: float) -> tuple[list[Row], Row, int]:
    """The rows of the web server alone, the row of 8 clients with the worker sending mails, and the statements."""
    with prepared(folder) as site:
        template = order_template(site)
        ours = {n: measured(site.port, template, clients=n, seconds=seconds) for n in CLIENTS}
        bare = bare_loads(site, seconds=seconds)
        sql, statements = sql_rate(site, seconds=seconds)
        site.start("worker")
        site.wait_for("/readyz")
        worked = measured(site.port, template, clients=8, seconds=seconds)
    return [Row(n, ours[n], bare[n], sql) for n in CLIENTS], Row(8, worked, bare[8], sql), statements


def table(rows: list[Row]) -> str:
    """A table in Markdown, aligned for a terminal."""
    lines = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    shown = [
        "| " + " | ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    ]
    shown.insert(1, "|" + "|".join("-" * (width + 1) + ":" for width in widths) + "|")
    return "\n".join(shown)


def machine() -> str:
    """Its size, and how busy others kept it: a load above the number of cores makes every figure smaller."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB of memory, Python {sys.version.split()[0]},"
        f" load average {load:.1f} at the start"
    )


def page(rows: list[Row], worked: Row, statements: int, seconds: float, size: str) -> str:
    """docs/benchmarks.md."""
    return f"""# Benchmarks

## Order intake

{clock.now():%Y-%m-%d}; {size}; {seconds:.0f} s for each figure.
Made by `.venv/bin/python -m benchmarks.intake`.

An order of three lines over HTTP on SQLite (WAL, synchronous=FULL), one web process, keep-alive clients that share
the machine. `http` is a bare Flask JSON answer of the same size on the same server, `sql` the {statements} statements
of one order through sqlite3 alone in one process, `bound` is `1 / (1/http + 1/sql)`, and the ratio our share of it.
The aim is {AIM}.

{table(rows)}

With the worker beside it, which sends each order's mail to a file:

{table([worked])}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures order intake.")
    parser.add_argument("--seconds", type=float, default=8.0, help="for each figure")
    seconds, size = parser.parse_args().seconds, machine()
    with tempfile.TemporaryDirectory(dir=ROOT / "instance" if (ROOT / "instance").exists() else None) as folder:
        rows, worked, statements = measure(Path(folder), seconds=seconds)
    text = page(rows, worked, statements, seconds, size)
    (ROOT / "docs" / "benchmarks.md").write_text(text)
    print(text)
    print(f"Mean ratio {statistics.mean(row.ratio for row in rows):.2f}, aim {AIM}.")


if __name__ == "__main__":
    main()
