"""A real `omni serve` in a process of its own, for the tests that need one."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from omni_pickup.config import ROOT

#: Labels are made ready when a test asks for one: most servers here never print, and two processors serve them all.
_ENVIRONMENT = {"PYTHONUNBUFFERED": "1", "OMNI_WARM_PRINTING": "false"}
LAST_LINE = "Ctrl-C ends it."


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Served:
    """The running process, what it said, and ways to ask it."""

    def __init__(self, instance: Path, port: int, *arguments: str, **environment: str) -> None:
        self.port = port
        kept = {name: value for name, value in os.environ.items() if not name.startswith("OMNI_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "omni_pickup.cli", "serve", "--port", str(port), *arguments],
            cwd=ROOT,
            env=kept | _ENVIRONMENT | {"OMNI_INSTANCE_DIR": str(instance)} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(iter(self.process.stdout.readline, ""))

    @property
    def said(self) -> str:
        """Everything up to now."""
        return "".join(self.lines)

    def wait_for(self, words: str, seconds: float = 120) -> None:
        """Until it said `words`, or died."""
        deadline = time.monotonic() + seconds
        while words not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.05)

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of a GET; status 0 while nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        except OSError:
            return 0, ""
        finally:
            connection.close()

    def wait_for_status(self, path: str, status: int, seconds: float = 60) -> None:
        """Until `path` answers with `status`."""
        deadline = time.monotonic() + seconds
        while self.get(path)[0] != status:
            assert time.monotonic() < deadline, self.said
            time.sleep(0.1)

    def children(self) -> dict[str, int]:
        """Process ids of web and worker."""
        found: dict[str, int] = {}
        for pid, parent, command in _processes():
            if parent == self.process.pid and "omni_pickup.cli" in command:
                found["web" if " web " in command else "worker"] = pid
        return found

    def stop(self, number: int = signal.SIGTERM) -> float:
        """Send the signal and answer the seconds until it ended."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(30)
        took = time.monotonic() - began
        self.wait_until_read()
        return took

    def wait_until_read(self) -> None:
        """Until everything is in `said` that an ended process wrote."""
        self._reader.join(10)


def _processes() -> Iterator[tuple[int, int, str]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                yield int(folder.name), parent, (folder / "cmdline").read_text().replace("\0", " ")
            except OSError:
                continue


def is_running(pid: int) -> bool:
    """Whether the process is there, and no zombie that only waits to be counted."""
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextmanager
def serving(instance: Path, *arguments: str, **environment: str) -> Iterator[Served]:
    """`omni serve` on a free port, ready for requests, and certainly gone afterwards."""
    served = Served(instance, free_port(), *arguments, **environment)
    try:
        served.wait_for(LAST_LINE)
        yield served
    finally:
        if served.process.poll() is None:
            served.stop()
        children = served.children()
        for pid in children.values():
            os.kill(pid, signal.SIGKILL)
