"""`omni` whose web processes die at one named point after the other.

    python -m tests.crashes.crashing FILE web --port ...

FILE lists points such as `create_order:before_commit@3`, one a line. Each web process that gunicorn starts takes the
first line out and arms it. The one that finds the file empty arms nothing and makes FILE.done: all others have died.
"""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path

from omni_pickup import cli, crash_points

_master = os.getpid()


def take_point(file: Path) -> str | None:
    """The first line, taken out; None when there is none left."""
    with file.open("r+") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        lines = handle.read().splitlines()
        handle.seek(0)
        handle.truncate()
        handle.write("\n".join(lines[1:]))
    if not lines:
        done_mark(file).touch()
    return lines[0] if lines else None


def done_mark(file: Path) -> Path:
    """The file that says that every point was taken, and whoever took it has died."""
    return file.with_name(file.name + ".done")


def arm_the_next_point(file: Path) -> None:
    """Let every process but the master, which serves nobody, arm a point of its own."""
    arm = crash_points.arm
    crash_points.arm = lambda spec: arm(take_point(file) if os.getpid() != _master else spec)


if __name__ == "__main__":
    arm_the_next_point(Path(sys.argv[1]))
    sys.exit(cli.run(sys.argv[2:]))
