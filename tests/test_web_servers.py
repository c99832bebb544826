"""What a web server does besides answering."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest
from flask_openapi3 import OpenAPI

from omni_pickup import web_servers
from omni_pickup.addresses import Address
from omni_pickup.config import Settings


@pytest.fixture
def warmed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How many looks at the readiness there were at each warming; the fourth finds it ready."""
    looks, warmed = [], []
    done = threading.Event()

    def checks() -> dict[str, bool]:
        looks.append(1)
        return {"worker": len(looks) > 3}

    def warm() -> None:
        warmed.append(len(looks))
        done.set()

    monkeypatch.setattr(web_servers, "readiness_checks", checks)
    monkeypatch.setattr(web_servers, "warm_renderer", warm)
    monkeypatch.setattr(web_servers, "_PAUSE", 0.01)
    yield warmed
    assert done.wait(5)


def begin(app: OpenAPI) -> threading.Thread:
    thread = threading.Thread(target=web_servers._warm_when_ready, args=(app,), daemon=True)
    thread.start()
    thread.join(0.3)
    return thread


def test_labels_are_made_ready_only_when_people_are_served(app: OpenAPI, warmed: list[int]) -> None:
    begin(app)
    assert warmed == [4]


def test_the_thread_that_warms_lives_on_because_the_renderer_would_end_with_it(app: OpenAPI, warmed: list[int]) -> None:
    assert begin(app).is_alive()
    assert warmed == [4]


def test_a_quiet_tablet_keeps_its_connection_until_it_asks_again(settings: Settings) -> None:
    given = web_servers.options(settings, Address("127.0.0.1", 8000, None, None), workers=1)
    # Every tablet asks once a minute, whatever happens (static/js/live.js).
    assert given["keepalive"] > 60


def test_what_the_app_is_made_of_is_never_looked_through_for_garbage(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_servers, "_warm_when_ready", lambda app: None)
    monkeypatch.setattr(web_servers, "_end_streams_with_the_process", lambda app: None)
    gc.unfreeze()
    try:
        app = web_servers.WebServer(settings, Address("127.0.0.1", 0), workers=1).load()
        assert gc.get_freeze_count() > 100_000
        assert not any(found is app for found in gc.get_objects())
    finally:
        gc.unfreeze()
