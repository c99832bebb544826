"""What all tablets of a store see alike: read and drawn once after each change, not once for every tablet.

Fifty tablets ask at the same moment, because the same event woke them. The first one reads; the others wait for it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

from flask import current_app
from flask.sansio.app import App

_NAME = "omni_shared_views"
#: What is kept: boards in a few languages of a few stores, of now and of a moment ago; the rows of all of them; what is
#: each reader's own; the alarms of stores, and what their streams told last.
MOST = {"board": 32, "row": 4000, "own": 1000, "alarm": 200, "news": 200}

View = TypeVar("View")


class SharedViews:
    """The `most` newest views of one process, by a key that names everything they depend on."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._making: dict[Hashable, threading.Lock] = {}
        self._made: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], View]) -> View:
        """The view under that key; made by the first who asks. What `make` raises is raised, and nothing is kept."""
        with self._lock:
            if key in self._made:
                return cast(View, self._made[key])
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if key in self._made:
                    return cast(View, self._made[key])
            try:
                view = make()
            finally:
                with self._lock:
                    self._making.pop(key, None)
            self._keep(key, view)
            return view

    def _keep(self, key: Hashable, view: object) -> None:
        with self._lock:
            self._made[key] = view
            while len(self._made) > self._most:
                self._made.popitem(last=False)


def init_app(app: App) -> None:
    """Views belong to an app, because an app belongs to a database."""
    app.extensions[_NAME] = {kind: SharedViews(most) for kind, most in MOST.items()}


def shared_view(kind: str, key: Hashable, make: Callable[[], View]) -> View:
    """The current app's view of that kind, one of MOST."""
    return cast(SharedViews, current_app.extensions[_NAME][kind]).get(key, make)
