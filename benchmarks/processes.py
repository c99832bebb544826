"""What Linux tells about a process: its processor time and its memory, which other work cannot stretch."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Memory:
    """MiB of a process: `rss` with everything it shares, `pss` with its part of that, `private` without."""

    rss: float
    pss: float
    private: float


def answering_process(master: subprocess.Popen[bytes]) -> int:
    """The one child of gunicorn's master, which answers requests."""
    (child,) = Path(f"/proc/{master.pid}/task/{master.pid}/children").read_text().split()
    return int(child)


def processor_seconds(pid: int) -> float:
    """Seconds that the process has computed until now, in its own code and in the kernel (proc(5), `stat`)."""
    # The second field is a name that may hold anything, so counting begins behind it.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def memory_of(pid: int) -> Memory:
    """What the process holds now (proc(5), `smaps_rollup`)."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    sizes = {name: int(kb) / 1024 for name, kb in re.findall(r"^(\w+): +(\d+) kB", text, re.MULTILINE)}
    return Memory(sizes["Rss"], sizes["Pss"], sizes["Private_Clean"] + sizes["Private_Dirty"])
