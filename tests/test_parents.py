"""A process ends with the one that started it."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from omni_pickup.config import ROOT
from omni_pickup.parents import die_with
from tests.serving import is_running


def test_who_comes_too_late_leaves_at_once() -> None:
    with pytest.raises(SystemExit):
        die_with(os.getppid() + 1)


def _grandchild(code: str) -> tuple[subprocess.Popen[str], int]:
    """A process that starts another one; answers both, once the inner one says that it is set up."""
    inner = f"import os, time; {code}; print(os.getpid(), flush=True); time.sleep(30)"
    outer = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {inner!r}]).wait()"
    process = subprocess.Popen([sys.executable, "-c", outer], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def test_the_kernel_tells_who_asked_and_nobody_else() -> None:
    asked, child = _grandchild("from omni_pickup.parents import die_with; die_with(os.getppid())")
    silent, orphan = _grandchild("pass")
    for process in (asked, silent):
        process.kill()
        process.wait()
        # The inner process holds the other end, so reading to its end would wait until that one is gone.
        assert process.stdout is not None
        process.stdout.close()
    try:
        deadline = time.monotonic() + 10
        while is_running(child):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert is_running(orphan)
    finally:
        os.kill(orphan, 9)
