"""The event stream of a tablet: only ever "changed"; what changed is asked for by the screen itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from flask import Blueprint, Flask, Response, current_app, request

from omni_pickup import clock
from omni_pickup.board.guards import current_store
from omni_pickup.live import Hub
from omni_pickup.models.base import db
from omni_pickup.visitors import background, settings

#: Seconds after which a stream ends and the browser asks for a new one: that is when its person is checked again.
LIFE = 120.0
#: Seconds between two signs of life, below the 30 s after which proxies give up.
BEAT = 15.0
#: Threads that never wait for news, so that requests are always answered.
_FREE_THREADS = 16
_HUB = "omni_live"


def add_routes(blueprint: Blueprint) -> None:
    """Put the stream on the board."""
    blueprint.get("/live")(stream)


@background
def stream() -> Response:
    """`changed` whenever something happened in this store, `beat` when nothing did. Raises TooManyStreams."""
    heard = None if request.method == "HEAD" else Stream(hub_of(current_app), current_store().id)
    response = Response(heard, content_type="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def hub_of(app: Flask) -> Hub:
    """The hub of this process; made with the first stream, because a fork would lose its thread."""
    if _HUB not in app.extensions:
        threads = settings().web_threads
        app.extensions[_HUB] = Hub(db.engine, most=max(1, threads - min(_FREE_THREADS, threads // 2)))
    return cast(Hub, app.extensions[_HUB])


def end_streams(app: Flask) -> None:
    """The process is about to end; browsers come back to the next one."""
    if _HUB in app.extensions:
        cast(Hub, app.extensions[_HUB]).end()


class Stream(Iterator[str]):
    """What one browser hears, until it leaves, its time is over or the process ends."""

    def __init__(self, hub: Hub, store_id: int) -> None:
        """Raises TooManyStreams before the first word, so that the answer is a plain 503."""
        hub.join()
        self._hub, self._store_id = hub, store_id
        self._version = hub.version(store_id)
        self._ends_at = clock.monotonic() + LIFE
        self._greeted = self._left = False

    def __next__(self) -> str:
        if self._hub.ended or clock.monotonic() >= self._ends_at:
            raise StopIteration
        if not self._greeted:
            self._greeted = True
            return "retry: 1000\nevent: beat\ndata: \n\n"
        before = self._version
        self._version = self._hub.wait(self._store_id, before, BEAT)
        return f"event: {'beat' if self._version == before else 'changed'}\ndata: \n\n"

    def close(self) -> None:
        """The browser left; called by the server whatever happened."""
        if not self._left:
            self._left = True
            self._hub.leave()
