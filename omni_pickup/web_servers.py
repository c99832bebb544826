"""gunicorn with threads: what `omni web` runs, and what `omni serve` starts."""

from __future__ import annotations

import ctypes
import gc
import signal
import threading
from types import FrameType
from typing import Any

from flask_openapi3 import OpenAPI
from gunicorn.app.base import BaseApplication

from omni_pickup import create_app
from omni_pickup.addresses import Address
from omni_pickup.board.streams import end_streams
from omni_pickup.config import Settings
from omni_pickup.health import readiness_checks
from omni_pickup.printing.renderers import warm_renderer

#: Seconds that requests in flight get at the end; the whole stop has to fit into ten.
GRACE_SECONDS = 5
#: Looks, and seconds between them, until labels are made ready all the same.
_READY_TRIES, _PAUSE = 60, 1.0
#: Seconds that a quiet connection is kept. It costs no thread, while a new one holds one until its first words come,
#: and behind https a handshake; tablets ask again within a minute.
KEEP_SECONDS = 75
#: glibc's number for "how many arenas at most" (its malloc.h), and how many are enough.
_M_ARENA_MAX, _ARENAS = -8, 2


class WebServer(BaseApplication):  # type: ignore[misc] # gunicorn brings no types.
    """One gunicorn master; the app is made in each worker, after the fork."""

    def __init__(self, settings: Settings, address: Address, *, workers: int) -> None:
        self._settings = settings
        self._options = options(settings, address, workers=workers)
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> OpenAPI:
        _share_memory()
        app = create_app(self._settings)
        _keep_for_good()
        _end_streams_with_the_process(app)
        if self._settings.warm_printing:
            threading.Thread(target=_warm_when_ready, args=(app,), name="warm printing", daemon=True).start()
        return app


def _share_memory() -> None:
    """Let the threads share few arenas: each would keep its own, and a process under load 40 MiB more (measured)."""
    libc = ctypes.CDLL(None)
    # Other C libraries than glibc have no such choice and need none.
    if hasattr(libc, "mallopt"):
        libc.mallopt(_M_ARENA_MAX, _ARENAS)


def _keep_for_good() -> None:
    """Take what the app is made of away from the garbage collector: it lives as long as the process.

    Looking through it held up one answer of ten by 100 ms (`benchmarks.intake`, availability).
    """
    gc.collect()
    gc.freeze()


def _warm_when_ready(app: OpenAPI) -> None:
    """Load what draws labels once people are served, because loading it takes a processor for seconds."""
    ever = threading.Event()
    for _ in range(_READY_TRIES):
        with app.app_context():
            if all(readiness_checks().values()):
                break
        ever.wait(_PAUSE)
    warm_renderer()
    ever.wait()


def _end_streams_with_the_process(app: OpenAPI) -> None:
    """Event streams would hold a worker until its grace is over, so they end before its own handler begins to wait."""
    for number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGINT):
        before = signal.getsignal(number)

        def end(signum: int, frame: FrameType | None, before: Any = before) -> None:
            end_streams(app)
            if callable(before):
                before(signum, frame)

        signal.signal(number, end)


def options(settings: Settings, address: Address, *, workers: int) -> dict[str, Any]:
    """gunicorn's settings.

    Its access log is off, because it prints `/p/<token>`; no address is trusted to name the scheme, because
    `OMNI_TRUSTED_PROXIES` alone decides that; the control socket would be a second door.
    """
    given: dict[str, Any] = {
        "bind": address.bind,
        "worker_class": "gthread",
        "workers": workers,
        "threads": settings.web_threads,
        "graceful_timeout": GRACE_SECONDS,
        "timeout": 60,
        "keepalive": KEEP_SECONDS,
        "loglevel": "warning",
        "forwarded_allow_ips": "",
        "control_socket_disable": True,
        "proc_name": "omni web",
    }
    if address.secure:
        given |= {"certfile": str(address.cert), "keyfile": str(address.key)}
    return given
