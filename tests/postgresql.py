"""A PostgreSQL server for tests: the system's binaries, run by a user that is not root, gone afterwards."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from omni_pickup import clock

_databases = itertools.count(1)
_START_SECONDS = 20


class Server:
    """Listens on a socket in its own folder and nowhere else."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self._binaries = binaries
        self._folder = folder
        # PostgreSQL refuses to run as root; its own account, made by the package, may.
        self._as: dict[str, Any] = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}

    @property
    def data(self) -> Path:
        return self._folder / "data"

    def run(self, name: str, *arguments: str) -> None:
        subprocess.run(
            [self._binaries / name, *arguments],
            check=True,
            capture_output=True,
            cwd=self._folder,
            timeout=60,
            **self._as,
        )

    def start(self) -> subprocess.Popen[bytes]:
        self.run("initdb", "-D", str(self.data), "-U", "omni", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        options = ["-k", str(self._folder), "-c", "listen_addresses=", "-c", "fsync=off"]
        return subprocess.Popen(
            [self._binaries / "postgres", "-D", str(self.data), *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
            **self._as,
        )

    def wait(self) -> None:
        deadline = clock.monotonic() + _START_SECONDS
        while True:
            try:
                self.run("pg_isready", "-h", str(self._folder), "-U", "omni", "-d", "postgres")
            except subprocess.CalledProcessError:
                if clock.monotonic() > deadline:
                    raise
                clock.sleep(0.1)
            else:
                return

    def new_database(self) -> str:
        """The address of a fresh, empty database."""
        name = f"omni{next(_databases)}"
        self.run("createdb", "-h", str(self._folder), "-U", "omni", name)
        return f"postgresql+psycopg://omni@/{name}?host={self._folder}"


@contextmanager
def running_server() -> Iterator[Server]:
    """A server for the length of the block. Raises LookupError where PostgreSQL is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres")) or [Path(shutil.which("postgres") or "")]
    if not found[-1].is_file():
        raise LookupError("These proofs need PostgreSQL: apt-get install postgresql, or put `postgres` on the PATH.")
    folder = Path(tempfile.mkdtemp(prefix="omni-pg-"))
    server = Server(found[-1].parent, folder)
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        process = server.start()
        try:
            server.wait()
            yield server
        finally:
            process.terminate()
            process.wait(timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
