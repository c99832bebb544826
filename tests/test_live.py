"""The wake-up of open screens."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
from flask import current_app
from flask_openapi3 import OpenAPI

from omni_pickup import clock
from omni_pickup.board import streams
from omni_pickup.live import Hub, TooManyStreams
from omni_pickup.models import db, news, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.stores import Store
from omni_pickup.services import events
from tests.people import make_store
from tests.postgresql import Server


@pytest.fixture
def store(app: OpenAPI) -> Store:
    return make_store()


@pytest.fixture
def hub(store: Store) -> Iterator[Hub]:
    """A hub with one listener, that has had its first look."""
    hub = Hub(db.engine, most=3)
    hub.join()
    hub.wait(store.id, hub.version(store.id), 0.5)
    yield hub
    hub.leave()
    hub.end()


def happen(store_id: int | None) -> None:
    with transaction():
        events.record("test.happened", by=SYSTEM, data={}, store_id=store_id)


def later(store_id: int | None) -> threading.Timer:
    """Something happens a moment after the caller began to wait."""
    app = current_app._get_current_object()

    def act() -> None:
        with app.app_context():
            happen(store_id)

    timer = threading.Timer(0.1, act)
    timer.start()
    return timer


def test_a_change_wakes_who_waits_within_half_a_second(hub: Hub, store: Store) -> None:
    before = hub.version(store.id)
    timer = later(store.id)
    began = clock.monotonic()
    assert hub.wait(store.id, before, 5) != before
    assert clock.monotonic() - began < 1.0
    timer.join()


def test_another_stores_change_wakes_nobody_here(hub: Hub, store: Store) -> None:
    other = make_store("STO-01")
    hub.wait(store.id, hub.version(store.id), 0.5)
    before = hub.version(store.id)
    happen(other.id)
    assert hub.wait(store.id, before, 0.5) == before


def test_what_belongs_to_no_store_wakes_everybody(hub: Hub, store: Store) -> None:
    before = hub.version(store.id)
    timer = later(None)
    assert hub.wait(store.id, before, 5) != before
    timer.join()


def test_what_happened_before_somebody_listened_is_no_news(store: Store) -> None:
    happen(store.id)
    clock.sleep(10 * news.GATHER)
    hub = Hub(db.engine, most=1)
    hub.join()
    assert hub.wait(store.id, hub.version(store.id), 0.4) == 0
    hub.leave()


def test_too_many_listeners_are_refused_and_a_place_becomes_free_again(hub: Hub) -> None:
    hub.join()
    hub.join()
    with pytest.raises(TooManyStreams) as refused:
        hub.join()
    assert refused.value.status == 503
    assert refused.value.retry_after
    hub.leave()
    hub.join()
    hub.leave()
    hub.leave()


def test_the_end_of_the_process_ends_every_wait_at_once(hub: Hub, store: Store) -> None:
    timer = threading.Timer(0.1, hub.end)
    began = clock.monotonic()
    timer.start()
    hub.wait(store.id, hub.version(store.id), 10)
    assert clock.monotonic() - began < 2
    with pytest.raises(TooManyStreams):
        hub.join()


def test_the_thread_ends_with_its_last_listener_and_begins_again(store: Store) -> None:
    hub = Hub(db.engine, most=2)
    for _ in range(2):
        hub.join()
        assert [thread.name for thread in threading.enumerate()].count("live") >= 1
        hub.leave()
        deadline = clock.monotonic() + 3
        while hub.is_looking and clock.monotonic() < deadline:
            clock.sleep(0.02)
        assert not hub.is_looking


def test_a_stream_greets_tells_changes_and_counts_itself_out_once(hub: Hub, store: Store) -> None:
    stream = streams.Stream(hub, store.id, str)
    assert next(stream).startswith("retry: ")
    timer = later(store.id)
    assert next(stream) == f"event: changed\ndata: {hub.version(store.id)}\n\n"
    timer.join()
    stream.close()
    stream.close()
    hub.join()
    hub.join()
    hub.leave()
    hub.leave()


def test_a_stream_beats_when_nothing_happens(hub: Hub, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "BEAT", 0.1)
    stream = streams.Stream(hub, store.id, str)
    next(stream)
    assert next(stream).startswith("event: beat")
    stream.close()


def test_a_stream_ends_after_its_time_so_that_its_person_is_checked_again(
    hub: Hub, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "LIFE", 0.0)
    stream = streams.Stream(hub, store.id, str)
    assert list(stream) == []
    stream.close()


@pytest.mark.one_database
class TestOnPostgresql:
    """Told by NOTIFY, of which only a lost one is found by looking."""

    @pytest.fixture
    def database_kind(self) -> str:
        return "postgresql"

    def test_what_was_rolled_back_is_never_told(self, hub: Hub, store: Store) -> None:
        before = hub.version(store.id)
        with suppress(ZeroDivisionError), transaction():
            events.record("test.happened", by=SYSTEM, data={}, store_id=store.id)
            _ = 1 // 0
        with transaction():
            db.session.execute(db.text("SELECT 1"))
        assert hub.wait(store.id, before, 0.3) == before

    def test_nothing_is_told_before_the_commit(self, hub: Hub, store: Store) -> None:
        before = hub.version(store.id)
        with transaction():
            events.record("test.happened", by=SYSTEM, data={}, store_id=store.id)
            assert hub.wait(store.id, before, 0.3) == before
        assert hub.wait(store.id, before, 2) != before

    def test_many_changes_at_once_are_told_together(self, hub: Hub, store: Store) -> None:
        before = hub.version(store.id)
        for _ in range(20):
            happen(store.id)
        hub.wait(store.id, before, 2)
        clock.sleep(0.2)
        assert 1 <= hub.version(store.id) - before <= 20

    def test_a_lost_connection_is_made_anew_and_what_was_missed_is_found(
        self, hub: Hub, store: Store, postgresql_server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(news, "spread", lambda session, engine: None)
        before = hub.version(store.id)
        with postgresql_server.connect_to(str(db.engine.url)) as connection:
            ears = "WHERE query LIKE 'LISTEN%' AND pid <> pg_backend_pid()"
            ended = connection.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity {ears}").fetchall()
        assert ended == [(True,)]
        happen(store.id)
        monkeypatch.undo()
        heard = hub.wait(store.id, before, 5)
        assert heard != before
        timer = later(store.id)
        assert hub.wait(store.id, heard, 5) != heard
        timer.join()

    def test_news_that_could_not_be_told_are_told_when_the_database_is_back(
        self, hub: Hub, store: Store, postgresql_server: Server
    ) -> None:
        happen(store.id)
        clock.sleep(0.2)
        before = hub.version(store.id)
        with postgresql_server.connect_to(str(db.engine.url)) as connection:
            mouths = "WHERE query LIKE '%pg_notify(%' AND pid <> pg_backend_pid()"
            connection.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity {mouths}")
        happen(store.id)
        assert hub.wait(store.id, before, 5) != before

    def test_without_telling_a_change_waits_for_the_next_look(
        self, hub: Hub, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(news, "spread", lambda session, engine: None)
        before = hub.version(store.id)
        happen(store.id)
        assert hub.wait(store.id, before, 1) == before
