"""Memory of `omni web` at its start, after many orders, and after large questions about availability.

    .venv/bin/python -m benchmarks.memory [--seconds 5]

One web process on SQLite with its usual threads. `Rss` counts everything that the process maps, `Pss` only its part of
what it shares with its master and others. The aim is 150 MiB.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks.http_loads import Template, run
from benchmarks.intake import web_servers
from benchmarks.processes import Memory, memory_of
from benchmarks.shops import availability_template, new_chain, spread_baskets, templates_of

AIM = 150
CLIENTS = 8


def shown(what: str, memory: Memory) -> str:
    return f"| {what} | {memory.rss:.0f} | {memory.pss:.0f} | {memory.private:.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures the memory of a web process.")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each load")
    given = parser.parse_args()
    print("| after | Rss MiB | Pss MiB | private MiB |\n|---|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as folder:
        chain = new_chain(Path(folder) / "chain", None)
        loads: list[tuple[str, list[Template]]] = [
            ("orders", templates_of(spread_baskets(), chain.key)),
            ("availability of 100 items at 100 stores", [availability_template(chain.key)]),
        ]
        with web_servers(chain, 1) as (web,):
            time.sleep(2)
            print(shown("the start", memory_of(web.process)), flush=True)
            for what, templates in loads:
                run([web.site.port], templates, clients=CLIENTS, seconds=given.seconds)
                print(shown(what, memory_of(web.process)), flush=True)
            last = memory_of(web.process)
    for name, mib in (("Rss", last.rss), ("Pss", last.pss)):
        print(f"{name}: the aim of {AIM} MiB is {'met' if mib <= AIM else 'missed'}.")


if __name__ == "__main__":
    main()
