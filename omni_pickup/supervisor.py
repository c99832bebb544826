"""`omni serve`: keeps one web server and one worker alive, and ends them together.

A child that dies is started again, later each time it dies young. SIGTERM and SIGINT go to both children, who get
eight seconds; when the supervisor itself is killed, the kernel tells them (see `parents`).
"""

from __future__ import annotations

import http.client
import signal
import ssl
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from omni_pickup import clock
from omni_pickup.addresses import Address
from omni_pickup.config import ConfigError

STOP_SECONDS = 8.0
START_SECONDS = 60.0
#: A child that lived this long counts as healthy again.
STEADY_SECONDS = 60.0
#: One that gives up by itself this soon after its first start will do so every time.
HOPELESS_SECONDS = 15.0
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
_TICK_SECONDS = 0.1
Say = Callable[[str], None]


@dataclass(slots=True)
class Child:
    """One process, its command line, and when it may be started again."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    starts: int = 0
    pause: float = FIRST_PAUSE
    due_at: float = field(default=0.0)

    def start(self, environment: Mapping[str, str]) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches it only through us."""
        self.started_at = clock.monotonic()
        self.starts += 1
        self.process = subprocess.Popen(  # noqa: S603 - the command line is ours, word by word.
            self.command, env=dict(environment), stdin=subprocess.DEVNULL, start_new_session=True
        )

    def died(self) -> int | None:
        """The exit code of a process that ended by itself, once; the next start then waits for `due_at`.

        Raises ConfigError for one that could not even start: its own words stand above.
        """
        if self.process is None or (code := self.process.poll()) is None:
            return None
        self.process = None
        now = clock.monotonic()
        lived = now - self.started_at
        if self.starts == 1 and code > 0 and lived < HOPELESS_SECONDS:
            raise ConfigError(f"The {self.name} process did not start; the lines above say why.")
        self.pause = FIRST_PAUSE if lived > STEADY_SECONDS else min(self.pause * 2, LONGEST_PAUSE)
        self.due_at = now + self.pause
        return code


class Supervisor:
    """Runs `children` until a signal asks for the end."""

    def __init__(self, children: Sequence[Child], environment: Mapping[str, str], say: Say) -> None:
        self._children = children
        self._environment = environment
        self._say = say
        self._stopping = False

    def run(self, address: Address, ready: Callable[[], None]) -> int:
        """Start everything, call `ready` when the web server answers, and answer the exit code at the end."""
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(name, self._stop)
        try:
            for child in self._children:
                child.start(self._environment)
            self._wait_until_alive(address)
            if not self._stopping:
                ready()
            while not self._stopping:
                self._restart_the_dead()
                clock.sleep(_TICK_SECONDS)
        finally:
            self._end_children()
        return 0

    def _stop(self, number: int, frame: object) -> None:
        del number, frame
        self._stopping = True

    def _wait_until_alive(self, address: Address) -> None:
        deadline = clock.monotonic() + START_SECONDS
        while not self._stopping and not is_alive(address):
            self._restart_the_dead()
            if clock.monotonic() > deadline:
                raise ConfigError(f"The web server did not answer at {address.url} within {START_SECONDS:.0f} s.")
            clock.sleep(_TICK_SECONDS)

    def _restart_the_dead(self) -> None:
        for child in self._children:
            code = child.died()
            if code is not None:
                self._say(f"The {child.name} process ended ({_reason(code)}); starting it again in {child.pause:g} s.")
            elif child.process is None and clock.monotonic() >= child.due_at and not self._stopping:
                child.start(self._environment)

    def _end_children(self) -> None:
        """Ask all, then wait for all, then stop asking."""
        alive = [child.process for child in self._children if child.process is not None]
        for process in alive:
            process.terminate()
        deadline = clock.monotonic() + STOP_SECONDS
        for process in alive:
            try:
                process.wait(max(deadline - clock.monotonic(), 0))
            except subprocess.TimeoutExpired:
                self._say(f"Process {process.pid} did not end within {STOP_SECONDS:.0f} s and was killed.")
                process.kill()
                process.wait()


def _reason(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def omni_command(*arguments: str) -> list[str]:
    """The command line of another `omni` process of the same Python."""
    return [sys.executable, "-m", "omni_pickup.cli", *arguments]


def is_alive(address: Address) -> bool:
    """Whether /healthz answers there. The certificate is not checked, because its name is not the address."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address.host, address.host)  # noqa: S104 - only compared.
    connection: http.client.HTTPConnection
    if address.secure:
        context = ssl._create_unverified_context()  # noqa: S323, SLF001 - see above.
        connection = http.client.HTTPSConnection(host, address.port, timeout=2, context=context)
    else:
        connection = http.client.HTTPConnection(host, address.port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
