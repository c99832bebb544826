"""What a server holds in memory from its start; a process that never needs a library never loads it."""

from __future__ import annotations

import subprocess
import sys

#: Each takes 10 MiB or more: migrations, documents, and the holidays of every country.
HEAVY = {"alembic", "weasyprint", "holidays"}


def test_a_server_loads_no_library_that_only_others_need() -> None:
    code = "import sys, omni_pickup.cli, omni_pickup.web_servers; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()  # noqa: S603
    assert "omni_pickup.board" in loaded
    assert HEAVY.isdisjoint(loaded)
