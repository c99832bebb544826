"""A PostgreSQL server that goes away and comes back as it would in life."""

from __future__ import annotations

import os
import signal
import subprocess

from tests.postgresql import Server

#: A commit that was acknowledged is on its way to the disk, whatever becomes of the server.
KEEPS = {"synchronous_commit": "on", "full_page_writes": "on"}


class Database:
    """One database on a server of the test's own, which was started with `KEEPS`."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._process: subprocess.Popen[bytes] | None = None
        self.address = server.new_database()

    def stop(self) -> None:
        """At once, without a farewell to anybody: what was committed must be found in its log."""
        self._server.run("pg_ctl", "stop", "-D", str(self._server.data), "-m", "immediate")

    def start(self) -> None:
        """Start it again; it recovers from its log."""
        self._process = self._server.start()
        self._server.wait()

    def become_replica(self) -> None:
        """It answers reads and refuses every change, as a replica that requests were led to too early."""
        self.stop()
        mark = self._server.data / "standby.signal"
        mark.touch()
        owner = self._server.data.stat()
        os.chown(mark, owner.st_uid, owner.st_gid)
        self.start()

    def become_primary(self) -> None:
        """The replica takes over."""
        self._server.run("pg_ctl", "promote", "-w", "-D", str(self._server.data))

    def end(self) -> None:
        """Whoever started it again ends it."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(timeout=30)
