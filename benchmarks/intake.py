"""Order intake over HTTP, against what its two halves cost alone on the same machine in the same minutes.

    .venv/bin/python -m benchmarks.intake [--seconds 3] [--rounds 3] [--only sqlite|postgresql]

An order has three lines; orders are spread over 20 stores. `http` is a bare Flask JSON answer of the same size on the
same server with as many processes; `sql` is the SQL of the same orders through the bare driver, with as many
connections as serve it best. Nothing in Python that does both can be faster than `1 / (1/http + 1/sql)`; the ratio is
our share of that. The three are measured in turn, so that a busy machine slows all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from benchmarks.http_loads import Load, Template, run, together
from benchmarks.processes import answering_process, memory_of
from benchmarks.raw_sql import Pair, per_second, recording
from benchmarks.shops import (
    LINES,
    Basket,
    Chain,
    availability_template,
    copied,
    hot_baskets,
    new_chain,
    place,
    spread_baskets,
    templates_of,
)
from omni_pickup import clock
from omni_pickup.models import db
from tests.postgresql import Server, running_server
from tests.servers import Site

CLIENTS = (1, 8, 32)
AIM = 0.30
WEB_PROCESSES = {"sqlite": 1, "postgresql": 2}
#: Connections with which the bare driver is tried; the best of them is the floor.
CONNECTIONS = {"sqlite": (1,), "postgresql": (2, 4)}
MOST_RECORDINGS = 20
#: A server that keeps what it was given, unlike those of the tests.
DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "autovacuum": "on"}


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


@dataclass(frozen=True, slots=True)
class Result:
    """Everything that was measured on one database."""

    dialect: str
    statements: int
    rows: list[Row]
    hot: Load
    availability: Load
    mib: list[float]


def recorded(chain: Chain, baskets: Sequence[Basket]) -> list[Pair]:
    """Two orders of each basket, whose new ids can be told apart."""
    pairs = []
    with chain.app_client() as client:
        for basket in baskets:
            # The first order of a store finds no queue, which is a statement less.
            place(client, chain.key, basket)
            heard = []
            while len(heard) < 2 or not heard[-2].are_distinct:
                if len(heard) == MOST_RECORDINGS:
                    raise SystemExit("no two orders were recorded whose ids can be told apart")
                with recording(db.engine) as one:
                    place(client, chain.key, basket)
                heard.append(one)
            pairs.append(Pair(heard[-2], heard[-1]))
    return pairs


@dataclass(frozen=True, slots=True)
class Web:
    """A web server on a port of its own: gunicorn's master and its one child, which answers."""

    site: Site
    master: subprocess.Popen[bytes]

    @property
    def process(self) -> int:
        """The child that answers."""
        return answering_process(self.master)


@contextmanager
def web_servers(chain: Chain, count: int, *program: str) -> Iterator[list[Web]]:
    """So many `omni web`, or so many of another `program`."""
    webs: list[Web] = []
    try:
        for _ in range(count):
            site = Site(chain.site.folder)
            site.environment = {**chain.site.environment}
            if program:
                master = site.start(str(site.port), *program[1:], program=(sys.executable, "-m", program[0]))
            else:
                master = site.start("web", "--port", str(site.port))
            webs.append(Web(site, master))
        for web in webs:
            web.site.wait_until_listening()
        yield webs
    finally:
        for web in webs:
            web.site.close()


def loaded(webs: Sequence[Web], templates: Sequence[Template], *, clients: int, seconds: float) -> Load:
    """A load on all of the servers. Exits when an answer is not as it should be."""
    load = run([web.site.port for web in webs], templates, clients=clients, seconds=seconds)
    if not set(load.statuses) <= {"200", "201"}:
        raise SystemExit(f"not every answer was 2xx: {load.statuses}")
    return load


def sql_floor(url: str, pairs: Sequence[Pair], *, clients: int, seconds: float) -> float:
    """Orders in a second through the bare driver, with the number of connections that is best."""
    dialect = "sqlite" if url.startswith("sqlite") else "postgresql"
    tried = (1,) if clients == 1 else CONNECTIONS[dialect]
    return max(per_second(url, pairs, processes=n, seconds=seconds / len(tried), pieces=LINES) for n in tried)


def measure(folder: Path, server: Server | None, *, seconds: float, rounds: int) -> Result:
    """The product and its floors on one database."""
    chain = new_chain(folder / "chain", server)
    copy = copied(chain, folder / "copy", server)
    pairs = recorded(copy, spread_baskets())
    answer = folder / "answer.json"
    with copy.app_client() as client:
        answer.write_text(json.dumps(place(client, chain.key, spread_baskets()[0])))
    processes = WEB_PROCESSES[chain.dialect]
    templates = templates_of(spread_baskets(), chain.key)
    with ExitStack() as stack:
        ours = stack.enter_context(web_servers(chain, processes))
        bare = stack.enter_context(web_servers(chain, processes, "benchmarks.bare", str(answer)))
        for webs in (ours, bare):
            loaded(webs, templates, clients=8, seconds=min(2.0, seconds))
        rows = []
        for clients in CLIENTS:
            loads: list[tuple[Load, Load, float]] = []
            for _ in range(rounds):
                one = loaded(ours, templates, clients=clients, seconds=seconds)
                other = loaded(bare, templates, clients=clients, seconds=seconds)
                loads.append((one, other, sql_floor(copy.url, pairs, clients=clients, seconds=seconds)))
            sql = statistics.mean(floor for _, _, floor in loads)
            rows.append(Row(clients, together([one for one, _, _ in loads]), together([b for _, b, _ in loads]), sql))
        hot = loaded(ours, templates_of(hot_baskets(), chain.key), clients=32, seconds=seconds)
        asked = loaded(ours, [availability_template(chain.key)], clients=1, seconds=seconds)
        mib = [memory_of(web.process).rss for web in ours]
    return Result(chain.dialect, len(pairs[0].first.steps), rows, hot, asked, mib)


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


def page(result: Result) -> str:
    """One section of docs/benchmarks.md."""
    hot, asked = result.hot, result.availability
    memory = " and ".join(f"{mib:.0f}" for mib in result.mib)
    return f"""### {result.dialect}

{len(result.mib)} web process(es); {result.statements} statements an order.

{table(result.rows)}

Hot baskets (32 clients, each 3 of the same 6 items at one store, in opposite orders): {hot.per_second:.0f} orders/s,
p50 {hot.percentile(0.5):.0f} ms, p99 {hot.percentile(0.99):.0f} ms, answers {hot.statuses}.
Availability of 100 items at 100 stores: p50 {asked.percentile(0.5):.0f} ms, p95 {asked.percentile(0.95):.0f} ms.
Memory of a web process after all this: {memory} MiB.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures order intake.")
    parser.add_argument("--seconds", type=float, default=3.0, help="for each figure of a round")
    parser.add_argument("--rounds", type=int, default=3, help="in which each figure is measured")
    parser.add_argument("--only", choices=tuple(WEB_PROCESSES), help="one database")
    given = parser.parse_args()
    size = machine()
    print(f"{clock.now():%Y-%m-%d}; {size}; {given.rounds} rounds of {given.seconds:g} s for each figure.\n")
    for dialect in WEB_PROCESSES if given.only is None else (given.only,):
        with (
            tempfile.TemporaryDirectory() as folder,
            nullcontext() if dialect == "sqlite" else running_server(**DURABLE) as server,
        ):
            result = measure(Path(folder), server, seconds=given.seconds, rounds=given.rounds)
        print(page(result), flush=True)
        print(f"Least ratio {min(row.ratio for row in result.rows):.2f}, aim {AIM}.\n", flush=True)


if __name__ == "__main__":
    main()
