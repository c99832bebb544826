"""`omni` with one guard against outages taken out, so that a proof proves something: it must fail here.

python -m tests.outages.unguarded GUARD web --port ...
"""

from __future__ import annotations

import shutil
import sys

from omni_pickup import cli, error_pages, web_servers
from omni_pickup.delivery import archives


def refusal() -> None:
    """A database that cannot be used is a fault like any other, and nobody is told to come back."""
    error_pages._database_error = error_pages._unexpected
    error_pages._system_error = error_pages._unexpected


def farewell() -> None:
    """Streams are not told that the process ends, and hold it until it is out of patience."""
    web_servers._end_streams_with_the_process = lambda app: None


def snapshot() -> None:
    """A backup copies the file as it lies there, and what stands in the log beside it is not in it."""
    archives.copy_sqlite = shutil.copy  # type: ignore[assignment, attr-defined]


GUARDS = {guard.__name__: guard for guard in (refusal, farewell, snapshot)}

if __name__ == "__main__":
    GUARDS[sys.argv[1]]()
    sys.exit(cli.run(sys.argv[2:]))
