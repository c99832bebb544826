"""The proofs whose processes are forks, each file in a process of its own.

SQLite and others hold locks that a fork copies as they stand: a thread that another test left behind and that is just
opening a connection would make the copy wait for ever. A fresh process has no such threads.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROOFS = ("transitions", "outbox_deaths", "paper_deaths")


def run(proofs: str, *, marked: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-m", marked, f"tests/crashes/{proofs}.py"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1800, check=False)


@pytest.mark.parametrize("proofs", PROOFS)
def test_what_dies_in_the_middle_is_whole_and_can_be_done_again(proofs: str) -> None:
    done = run(proofs, marked="not long")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout


@pytest.mark.long
@pytest.mark.parametrize("proofs", ["transitions", "paper_deaths"])
def test_so_it_is_at_every_time_and_point(proofs: str) -> None:
    done = run(proofs, marked="long")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout
