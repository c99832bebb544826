"""The feed and remembered answers where many writers commit out of order: on PostgreSQL."""

from __future__ import annotations

import random
import threading
from typing import Any

import pytest
from flask_openapi3 import OpenAPI

from omni_pickup import clock
from omni_pickup.errors import Busy, IdempotencyKeyReused
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.clients import Client
from omni_pickup.queries.orders import event_feeds
from omni_pickup.queries.orders.event_feeds import Place, Reader, feed_page
from omni_pickup.services.events import record
from omni_pickup.services.idempotency import RequestRunning, StoredAnswer, claim_key, remember_answer

pytestmark = pytest.mark.one_database


@pytest.fixture
def database_kind() -> str:
    return "postgresql"


@pytest.fixture
def app(app: OpenAPI) -> OpenAPI:
    """With a client that reads the feed."""
    with app.app_context(), transaction():
        db.session.add(Client(name="shop", created_at=clock.now()))
    return app


def client_id() -> int:
    found = db.session.scalars(db.select(Client.id)).one()
    db.session.rollback()
    return found


def read(app: OpenAPI, place: Place, limit: int = 50) -> tuple[list[str], Place]:
    """One request's page: numbers of the events, and the place behind them."""
    with app.app_context():
        found, behind = feed_page(Reader(client_id(), None), place, limit=limit)
        return [event["data"]["number"] for event in found], behind


def write(app: OpenAPI, number: str) -> None:
    with app.app_context(), transaction():
        record("stock.changed", by=SYSTEM, data={"number": number})


class Straggler:
    """A writer that takes its event's number and commits or gives up when told to."""

    def __init__(self, app: OpenAPI, number: str) -> None:
        self._wrote, self._go = threading.Event(), threading.Event()
        self._commits = True
        self._thread = threading.Thread(target=self._run, args=(app, number))
        self._thread.start()
        assert self._wrote.wait(10)

    def _run(self, app: OpenAPI, number: str) -> None:
        try:
            with app.app_context(), transaction():
                record("stock.changed", by=SYSTEM, data={"number": number})
                self._wrote.set()
                self._go.wait(20)
                self._give_up()
        except Busy:
            return

    def _give_up(self) -> None:
        if not self._commits:
            raise Busy

    def end(self, *, commits: bool) -> None:
        self._commits = commits
        self._go.set()
        self._thread.join(10)


def test_a_number_that_commits_late_is_waited_for_and_then_read_in_its_place(app: OpenAPI) -> None:
    write(app, "1")
    late = Straggler(app, "2")
    write(app, "3")
    seen, place = read(app, Place())
    assert seen == ["1"]
    assert read(app, place)[0] == []
    late.end(commits=True)
    assert read(app, place)[0] == ["2", "3"]


def test_without_the_guard_the_late_number_is_lost(app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_feeds, "_ids_commit_in_order", lambda: True)
    write(app, "1")
    late = Straggler(app, "2")
    write(app, "3")
    seen, place = read(app, Place())
    late.end(commits=True)
    assert seen + read(app, place)[0] == ["1", "3"]


def test_a_number_that_was_rolled_back_is_passed(app: OpenAPI) -> None:
    write(app, "1")
    lost = Straggler(app, "2")
    write(app, "3")
    place = read(app, Place())[1]
    lost.end(commits=False)
    seen, place = read(app, place)
    assert seen == ["3"]
    write(app, "4")
    assert read(app, place)[0] == ["4"]


def test_one_page_passes_a_gap_that_nobody_writes_any_more(app: OpenAPI) -> None:
    Straggler(app, "1").end(commits=False)
    write(app, "2")
    assert read(app, Place())[0] == ["2"]


def test_a_second_straggler_is_not_mistaken_for_the_first(app: OpenAPI) -> None:
    first = Straggler(app, "1")
    write(app, "2")
    place = read(app, Place())[1]
    second = Straggler(app, "3")
    write(app, "4")
    first.end(commits=True)
    seen, place = read(app, place)
    assert seen == ["1", "2"]
    second.end(commits=True)
    assert read(app, place)[0] == ["3", "4"]


def test_every_event_is_read_exactly_once_beside_many_writers(app: OpenAPI) -> None:
    def work(own: int) -> None:
        chance = random.Random(own)
        for number in range(20):
            with app.app_context():
                try:
                    with transaction():
                        record("stock.changed", by=SYSTEM, data={"number": f"{own}-{number}"})
                        clock.sleep(chance.random() / 100)
                        if chance.random() < 0.2:
                            raise Busy
                except Busy:
                    continue
                committed.append(f"{own}-{number}")

    committed: list[str] = []
    writers = [threading.Thread(target=work, args=(own,)) for own in range(8)]
    for writer in writers:
        writer.start()
    seen: list[str] = []
    place = Place()
    while any(writer.is_alive() for writer in writers):
        found, place = read(app, place, limit=5)
        seen += found
    while (page := read(app, place))[0]:
        seen, place = seen + page[0], page[1]
    assert sorted(seen) == sorted(committed)
    for own in range(8):
        mine = [int(one.split("-")[1]) for one in seen if one.startswith(f"{own}-")]
        assert mine == sorted(mine)


def claim(app: OpenAPI, results: list[Any], fingerprint: str = "f") -> None:
    with app.app_context():
        client = client_id()
        try:
            with transaction():
                db.session.execute(db.text("SET LOCAL lock_timeout = '1s'"))
                results.append(claim_key(client, "k", fingerprint=fingerprint))
        except (RequestRunning, IdempotencyKeyReused) as error:
            results.append(error)


def test_a_second_request_waits_for_the_first_and_gets_its_answer(app: OpenAPI) -> None:
    results: list[Any] = []
    answer = StoredAnswer(201, {}, b"{}")
    waiting = threading.Thread(target=claim, args=(app, results))
    with app.app_context():
        client = client_id()
        with transaction():
            assert claim_key(client, "k", fingerprint="f") is None
            waiting.start()
            clock.sleep(0.5)
            assert results == []
            remember_answer(client, "k", answer)
    waiting.join(10)
    assert results == [answer]


def test_a_second_request_that_waits_too_long_is_told_that_the_first_runs(app: OpenAPI) -> None:
    results: list[Any] = []
    waiting = threading.Thread(target=claim, args=(app, results))
    with app.app_context():
        client = client_id()
        with transaction():
            assert claim_key(client, "k", fingerprint="f") is None
            waiting.start()
            waiting.join(15)
    assert isinstance(results[0], RequestRunning)
    assert results[0].retry_after == 1
