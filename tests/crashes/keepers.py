"""Starts `omni web` and `omni worker` again whenever they die, and kills them on demand."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from random import Random

from tests.crashes.crashing import done_mark
from tests.servers import OMNI, Site


class Keeper:
    """Keeps both processes alive while the block runs. The worker dies at one of `worker_points` after the other."""

    def __init__(self, site: Site, *, web_points: Iterable[str] = (), worker_points: Iterable[str] = ()) -> None:
        self._site = site
        self._points_file = site.folder / "points"
        self._points_file.write_text("\n".join(web_points))
        self._worker_points = deque(worker_points)
        self._worker_kills = len(self._worker_points)
        self.worker_deaths = 0
        self._program = (sys.executable, "-m", "tests.crashes.crashing", str(self._points_file))
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._done = threading.Event()
        self._guard = threading.Lock()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Keeper:
        self._start("web")
        self._start("worker")
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._thread.join()
        for process in self._processes.values():
            if process.poll() is None:
                process.terminate()

    @property
    def all_died(self) -> bool:
        """Whether a process has died by SIGKILL at every point, of the web server's and of the worker's."""
        return done_mark(self._points_file).exists() and self.worker_deaths >= self._worker_kills

    def kill_one(self, luck: Random) -> str:
        """kill -9 for the process that serves, for gunicorn with it, or for the worker."""
        victim = luck.choice(("serving", "serving", "web", "worker"))
        with self._guard:
            process = self._processes["worker" if victim == "worker" else "web"]
            if victim == "serving":
                for child in children(process.pid):
                    with suppress(ProcessLookupError):
                        os.kill(child, signal.SIGKILL)
            elif process.poll() is None:
                self._site.kill(process)
        return victim

    def _watch(self) -> None:
        while not self._done.is_set():
            with self._guard:
                for name, process in list(self._processes.items()):
                    if process.poll() is not None:
                        self.worker_deaths += name == "worker" and process.returncode == -signal.SIGKILL
                        self._start(name)
            time.sleep(0.1)

    def _start(self, name: str) -> None:
        if name == "web":
            arguments, program, point = ("web", "--port", str(self._site.port)), self._program, ""
        else:
            point = self._worker_points.popleft() if self._worker_points else ""
            arguments, program = ("worker",), OMNI
        self._processes[name] = self._site.start(*arguments, program=program, crash_at=point)


def children(pid: int) -> list[int]:
    """The processes that `pid` started."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []
