"""HTML to PDF in warm processes of their own.

WeasyPrint needs a second to load, can be driven into a corner by its input, and must not be forked from a server
with threads. So each renderer is a pool of one spawned process: when it dies, only the document it was drawing is
lost, and the next caller gets a new one.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import queue
import signal
import threading
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress
from typing import TypeVar

from omni_pickup import crash_points
from omni_pickup.models.base import is_writing
from omni_pickup.printing import render_processes
from omni_pickup.printing.failures import PartMissing, PrintingBusy, PrintingFailed
from omni_pickup.printing.render_processes import Bounds

#: A process is replaced after this many documents: fonts and caches only ever grow.
DOCUMENTS = 500
RENDERERS = 2
HOUSE_BOUNDS = Bounds()
START_SECONDS = 60.0
WAIT_SECONDS = 15.0
#: The process's own alarm comes first; this much later we stop believing in it.
GRACE_SECONDS = 5.0
#: Parsed while a process starts; every document names the base and one or more of the others.
STYLESHEETS = ("print", "print-pick-list", "print-order", "print-label")
INSTALL_PANGO = (
    "Pango is not installed, which draws the letters. On Debian and Ubuntu: "
    "sudo apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
)


_T = TypeVar("_T")


class Renderer:
    """One rendering process, started when first used and replaced after `documents` or a failure."""

    def __init__(self, *, documents: int = DOCUMENTS, bounds: Bounds = HOUSE_BOUNDS) -> None:
        self._documents = documents
        self._bounds = bounds
        self._drawn = 0
        self._pool: ProcessPoolExecutor | None = None
        self.pid: int | None = None

    def start(self) -> None:
        """Have a process that is loaded and waits. Raises PrintingFailed."""
        if self._pool is not None and self._drawn < self._documents:
            return
        self.stop()
        self._pool = ProcessPoolExecutor(
            max_workers=1,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=render_processes.prepare,
            initargs=(os.getpid(), STYLESHEETS, self._bounds),
        )
        self.pid = self._result(self._pool.submit(render_processes.whoami), START_SECONDS)

    def render(self, html: str, stylesheets: tuple[str, ...]) -> bytes:
        """One PDF. Raises PrintingFailed and PartMissing; after the first the next call starts anew."""
        self.start()
        assert self._pool is not None
        self._drawn += 1
        drawing = self._pool.submit(render_processes.draw, html, stylesheets, self._bounds)
        crash_points.reach("print.drawing")
        return self._result(drawing, self._bounds.seconds + GRACE_SECONDS)

    def _result(self, future: Future[_T], seconds: float) -> _T:
        """What the process answers within `seconds`; whatever went wrong inside it becomes one of our errors."""
        try:
            return future.result(timeout=seconds)
        except render_processes.Unprintable as problem:
            raise PartMissing(f"The document cannot be printed: {problem}.", part=str(problem)) from problem
        except render_processes.NoPango as problem:
            self.stop()
            raise PrintingFailed(INSTALL_PANGO) from problem
        except (BrokenExecutor, FutureTimeout, MemoryError) as problem:
            self.stop()
            raise PrintingFailed(
                "The document could not be drawn: it took too long, needed too much memory, or its process ended."
            ) from problem
        except Exception as problem:
            self.stop()
            raise PrintingFailed(f"The document could not be drawn ({type(problem).__name__}).") from problem

    def stop(self) -> None:
        """End the process, also one that does not listen any more."""
        pool, pid = self._pool, self.pid
        self._pool, self.pid, self._drawn = None, None, 0
        if pool is None:
            return
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        pool.shutdown(wait=True, cancel_futures=True)


class Renderers:
    """As many renderers as may work at once; the one that worked last goes first, the others need not exist."""

    def __init__(self, count: int = RENDERERS) -> None:
        self._idle: queue.LifoQueue[Renderer] = queue.LifoQueue()
        self._all = [Renderer() for _ in range(count)]
        for renderer in reversed(self._all):
            self._idle.put(renderer)

    def render(self, html: str, stylesheets: tuple[str, ...]) -> bytes:
        """One PDF by whichever is free. Raises PrintingBusy, PrintingFailed, PartMissing."""
        try:
            renderer = self._idle.get(timeout=WAIT_SECONDS)
        except queue.Empty as nobody:
            raise PrintingBusy from nobody
        try:
            return renderer.render(html, stylesheets)
        finally:
            self._idle.put(renderer)

    def warm(self) -> None:
        """Have the process that is asked first loaded before somebody waits for it. Raises PrintingFailed."""
        try:
            renderer = self._idle.get_nowait()
        except queue.Empty:
            return
        try:
            renderer.start()
        finally:
            self._idle.put(renderer)

    def stop(self) -> None:
        """End every process; the next document starts a new one."""
        for renderer in self._all:
            renderer.stop()


_renderers: Renderers | None = None
_lock = threading.Lock()


def _ours() -> Renderers:
    global _renderers  # noqa: PLW0603 - one set of renderers for a process, made when the first document comes.
    with _lock:
        if _renderers is None:
            _renderers = Renderers()
            atexit.register(_renderers.stop)
        return _renderers


def warm_renderer() -> None:
    """Load a rendering process now, so that the first label of the day is drawn as fast as the others.

    It lives as long as the thread that calls this (the kernel's promise in `parents` is about that thread), which
    must therefore not end. A machine that cannot print says so by its first document.
    """
    with suppress(PrintingFailed):
        _ours().warm()


def stop_renderers() -> None:
    """End every rendering process of ours; the next document starts a new one."""
    _ours().stop()


def _forget() -> None:
    """A forked child has copies of pipes whose processes are not its own."""
    global _renderers, _lock  # noqa: PLW0603 - the child's own start, before it has threads.
    _renderers, _lock = None, threading.Lock()


os.register_at_fork(after_in_child=_forget)


def render_pdf(html: str, *, stylesheet: str) -> bytes:
    """The PDF of a page in the fonts of `print.css` and the measures of `static/css/<stylesheet>.css`.

    Bounded to 10 s and 512 MB. Pictures are named `bundled:...`; nothing else is fetched. Raises PartMissing for
    a part that cannot be shown, PrintingBusy and PrintingFailed when no renderer could do it.
    """
    if is_writing():
        raise RuntimeError("nobody waits for a printer inside a transaction")
    return _ours().render(html, ("print", stylesheet))
