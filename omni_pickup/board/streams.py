"""The event stream of a tablet: "changed", and the tag of the alarm; what changed is asked for by the screen itself.

No names are told here, because a stream outlives the lock of its tablet by up to `LIFE`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import cast

from flask import Blueprint, Flask, Response, current_app, request

from omni_pickup import clock
from omni_pickup.board.alarms import alarm_of
from omni_pickup.board.guards import current_tablet
from omni_pickup.board.shared_views import shared_view
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
    store_id, app = current_tablet().store_id, current_app._get_current_object()  # type: ignore[attr-defined]
    heard = Stream(hub_of(app), store_id, partial(_alarm_tag, app, store_id)) if request.method == "GET" else None
    response = Response(heard, content_type="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _alarm_tag(app: Flask, store_id: int, version: int) -> str:
    """Read once for all streams of the store; a tablet whose alarm has this tag need not ask for it."""
    with app.app_context():
        return shared_view("news", (store_id, version), lambda: alarm_of(store_id).tag)


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

    def __init__(self, hub: Hub, store_id: int, news: Callable[[int], str]) -> None:
        """Raises TooManyStreams before the first word, so that the answer is a plain 503.

        `news` is what to tell about a version of the store, in one line.
        """
        hub.join()
        self._hub, self._store_id, self._news = hub, store_id, news
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
        if self._version == before:
            return "event: beat\ndata: \n\n"
        return f"event: changed\ndata: {self._news(self._version)}\n\n"

    def close(self) -> None:
        """The browser left; called by the server whatever happened."""
        if not self._left:
            self._left = True
            self._hub.leave()
