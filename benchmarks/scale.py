"""A chain of 2,000 stores with a million orders on PostgreSQL: filled by COPY, its plans judged, its answers timed.

    nice -n 15 .venv/bin/python -m benchmarks.scale
    .venv/bin/python -m benchmarks.scale --stores 40 --items 400 --assortment 60 --past 4000 --open 200 --rounds 20

At full size it takes about 30 GB of disk under the temporary folder (TMPDIR) while it runs, and nothing afterwards.
The section about scale of docs/benchmarks.md is written by it.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from flask_openapi3 import OpenAPI
from sqlalchemy import text

from benchmarks.intake import machine
from benchmarks.scale_databases import fill
from benchmarks.scale_measurements import Comparison, compare, percentile
from benchmarks.scale_plans import Plan, explained
from benchmarks.scale_rows import Sizes
from benchmarks.scale_walks import make_walker, steps
from omni_pickup import clock, create_app, schemas
from omni_pickup.config import ROOT, load_settings
from omni_pickup.models import db, transaction
from omni_pickup.models.stores import Store
from omni_pickup.queries.stock.books import list_differences
from tests.postgresql import running_server

HEADING = "## Scale"
AIM = 1.2
#: Rows of a growing table that one statement of a request may read; the event feed reads 500.
MOST_ROWS = 3000
#: What is asked about a hundred stores, or looks over all that is ready in the chain every five minutes, reads more.
WIDE = {
    "availability 100 x 100": 200_000,
    "worker: remind_orders": 20_000,
    "worker: measure_paces": 20_000,
    "worker: keep_history": 20_000,
}
#: What a server with a few gigabytes of memory is given; loading wants room for its log.
SERVER = {
    "shared_buffers": "2GB",
    "effective_cache_size": "8GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "random_page_cost": "1.1",
    "work_mem": "16MB",
    "autovacuum": "off",
}


def app_on(url: str, folder: Path) -> OpenAPI:
    """The app on an empty database, which gets its tables by the migrations."""
    settings = load_settings(
        {},
        instance_dir=folder,
        database_url=url,
        secret_key="k" * 40,
        pin_pepper="p" * 40,
        log_level="WARNING",
        base_url="https://pickup.example",
    )
    app = create_app(settings)
    with app.app_context(), transaction("schema"):
        schemas.run(db.session.connection(), lambda _: None)
    return app


def say(words: str) -> None:
    print(f"{clock.now():%H:%M:%S} {words}", flush=True)


@contextmanager
def filled(url: str, sizes: Sizes, folder: Path) -> Iterator[OpenAPI]:
    """The app on a database of that size; its books are proved at 20 stores."""
    app = app_on(url, folder)
    began = time.perf_counter()
    counts = fill(url, sizes, clock.now(), say)
    say(f"{sum(counts.values()):,} rows in {time.perf_counter() - began:.0f} s: {counts}")
    with app.app_context():
        found = [
            difference
            for store in db.session.scalars(db.select(Store).order_by(Store.id).limit(20)).all()
            for difference in list_differences(store)
        ]
        db.session.remove()
    if found:
        raise SystemExit(f"The books differ in {len(found)} places, first {found[0]}")
    yield app
    with app.app_context():
        db.engine.dispose()


def database_size(app: OpenAPI) -> dict[str, str]:
    """The biggest tables with their indexes, and the whole, in words."""
    with app.app_context():
        rows = db.session.execute(
            text(
                "SELECT relname, pg_size_pretty(pg_table_size(oid)), pg_size_pretty(pg_indexes_size(oid)) FROM pg_class"
                " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
                " ORDER BY pg_total_relation_size(oid) DESC LIMIT 8"
            )
        ).all()
        whole = db.session.scalar(text("SELECT pg_size_pretty(pg_database_size(current_database()))"))
        db.session.remove()
    return {"whole": str(whole)} | {name: f"{heap} + {indexes} of indexes" for name, heap, indexes in rows}


def judged(app: OpenAPI) -> tuple[list[Plan], list[Plan]]:
    """All plans of a walk through the busiest store, and those that are wrong."""
    step = [""]
    walker = make_walker(app, 1)
    with app.app_context():
        engine = db.engine
    with explained(engine, step) as plans:
        for name, run in steps(walker):
            step[0] = name
            run()
            step[0] = ""
    plans = [plan for plan in plans if plan.step]
    return plans, [plan for plan in plans if plan.sequential or plan.most_rows > WIDE.get(plan.step, MOST_ROWS)]


def section(sizes: Sizes, small: Sizes, found: list[Comparison], lines: list[str], size: str, rounds: int) -> str:
    """The part of docs/benchmarks.md."""
    cells = [
        f"| {one.name} | {percentile(one.small.whole, 0.5):.1f} | {percentile(one.large.whole, 0.5):.1f}"
        f" | {percentile(one.small.whole, 0.95):.1f} | {percentile(one.large.whole, 0.95):.1f} | {one.ratio:.2f}"
        f" | {one.database_ratio:.2f} |"
        for one in found
    ]
    table = "\n".join(cells)
    facts = "\n".join(f"* {line}" for line in lines)
    return f"""{HEADING}

{clock.now():%Y-%m-%d}; {size}; {rounds} answers for each figure.
Made by `.venv/bin/python -m benchmarks.scale`.

{sizes.stores:,} stores, {sizes.items:,} items, {sizes.levels:,} levels ({sizes.density:.1%} of all pairs),
{sizes.open:,} open orders, and {small.past:,} or {sizes.past:,} past ones, on PostgreSQL. The busiest store is asked,
in one process without HTTP, the two databases in turn. Times in milliseconds; the aim for the ratio of p95 is {AIM},
for availability 60 ms. The last column is the ratio of what the database alone took.

| request | p50 small | p50 large | p95 small | p95 large | ratio | in the database |
|---|--:|--:|--:|--:|--:|--:|
{table}

{facts}
"""


def write_section(words: str) -> None:
    """Put it into docs/benchmarks.md in place of the one before, or at the end."""
    file = ROOT / "docs" / "benchmarks.md"
    page = file.read_text()
    kept = re.sub(rf"\n*^{HEADING}$.*?(?=^## |\Z)", "\n\n", page, flags=re.DOTALL | re.MULTILINE)
    file.write_text(f"{kept.rstrip()}\n\n{words}")


def read_sizes() -> tuple[Sizes, int]:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description="Measures a big chain.")
    for name, value in (("stores", 2000), ("items", 20_000), ("assortment", 1500), ("past", 1_000_000)):
        parser.add_argument(f"--{name}", type=int, default=value)
    for name, value in (("open", 10_000), ("days", 365), ("seed", 1), ("rounds", 200)):
        parser.add_argument(f"--{name}", type=int, default=value)
    asked = vars(parser.parse_args())
    rounds = asked.pop("rounds")
    return Sizes(**asked), rounds


def main() -> None:
    sizes, rounds = read_sizes()
    small_sizes, size = replace(sizes, past=0), machine()
    with running_server(**SERVER) as server, tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        with filled(server.new_database(), sizes, Path(folder)) as large:
            lines = [f"filled in {(time.perf_counter() - began) / 60:.0f} minutes, books of 20 stores proved"]
            lines += [f"size of {name}: {words}" for name, words in database_size(large).items()]
            with filled(server.new_database(), small_sizes, Path(folder)) as small:
                found = []
                for one in compare(make_walker(small, 1), make_walker(large, 1), rounds=rounds):
                    say(f"{one.name}: {one.ratio:.2f}, in the database {one.database_ratio:.2f}")
                    found.append(one)
            # Last, because the walk leaves orders and walks behind that the small database would not have.
            plans, wrong = judged(large)
            for plan in wrong:
                say(f"WRONG {plan.step}: {plan.sequential} {plan.most_rows} rows: {plan.statement}")
            lines.append(f"{len(plans)} different statements explained, {len(wrong)} of them wrong")
    words = section(sizes, small_sizes, found, lines, size, rounds)
    print(words)
    write_section(words)


if __name__ == "__main__":
    main()
