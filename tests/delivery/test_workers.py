from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from omni_pickup import clock
from omni_pickup.config import Settings
from omni_pickup.delivery import ticks as ticks_module
from omni_pickup.delivery import workers
from omni_pickup.delivery.database_times import database_now
from omni_pickup.delivery.heartbeats import beat
from omni_pickup.delivery.ticks import Nightly, Tick, ticks
from omni_pickup.delivery.workers import Worker, run_worker
from omni_pickup.models import db, transaction
from omni_pickup.models.base import is_writing
from omni_pickup.models.events import Event, OutboxMessage
from omni_pickup.models.orders import Order
from omni_pickup.models.stores import Heartbeat
from omni_pickup.queries.stores.readiness import worker_is_alive
from omni_pickup.services import events, idempotency
from tests.builders import make_client, make_item, make_order, make_stock
from tests.people import make_store


def run_until(worker: Worker, done: Callable[[], bool], seconds: float = 10.0) -> None:
    """Let the worker work in a thread until `done`, then stop it."""
    thread = threading.Thread(target=worker.run)
    thread.start()
    deadline = clock.monotonic() + seconds
    while not done() and clock.monotonic() < deadline:
        clock.sleep(0.05)
    worker.stop()
    thread.join(5)
    assert not thread.is_alive()
    db.session.rollback()


def ready_order(email: str | None = "ada@example.com") -> Order:
    store, item = make_store(), make_item()
    make_stock(store, item, 5)
    order = make_order(store, make_client(), [(item, 1)], contact={"email": email}, state="ready")
    with transaction():
        events.enqueue("message.ready", subject=f"order:{order.id}", order_id=order.id, due_at=clock.now())
    return order


def fresh(order: Order) -> Order:
    db.session.rollback()
    return db.session.get_one(Order, order.id, populate_existing=True)


def message_state() -> str:
    db.session.rollback()
    return db.session.scalars(select(OutboxMessage.state)).one()


def is_alive() -> bool:
    db.session.rollback()
    return worker_is_alive()


def test_a_ready_message_becomes_a_file_and_the_order_knows_it(app: Flask, settings: Settings) -> None:
    order = ready_order()
    run_until(Worker(app), lambda: fresh(order).notified_at is not None)
    message = db.session.scalars(select(OutboxMessage)).one()
    assert message.state == "sent"
    file = settings.instance_dir / "outbox" / f"{message.public_id}.eml"
    mail = message_from_bytes(file.read_bytes(), policy=default)
    assert mail["Message-ID"] == f"<{message.public_id}@localhost>"
    assert mail["To"].addresses[0].addr_spec == "ada@example.com"
    event = db.session.scalars(select(Event).where(Event.type == "order.notified")).one()
    assert event.data["message"] == message.public_id
    assert event.data["timestamps"]["notified"] is not None
    assert "ada@example.com" not in json.dumps(event.data)


def test_an_order_whose_customer_has_no_address_is_not_notified(app: Flask) -> None:
    order = ready_order(email=None)
    run_until(Worker(app), lambda: message_state() == "dropped")
    assert db.session.scalars(select(OutboxMessage.state)).one() == "dropped"
    assert fresh(order).notified_at is None


def test_an_error_in_one_tick_is_logged_and_does_not_stop_the_others(
    app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[str] = []

    def fail() -> bool:
        with transaction():
            raise ZeroDivisionError("ada@example.com")

    def work() -> bool:
        ran.append("work")
        return False

    run_until(Worker(app, [Tick("broken", 60, fail), Tick("sound", 0.05, work)]), lambda: len(ran) > 2)
    assert len(ran) > 2
    (line,) = [json.loads(line) for line in capsys.readouterr().err.splitlines() if "tick failed" in line]
    assert line["tick"] == "broken"
    assert line["error"].startswith("ZeroDivisionError at ")
    assert "test_workers" in line["error"]
    assert "ada@" not in line["error"]


def test_a_tick_that_failed_waits_before_it_tries_again(app: Flask) -> None:
    tried: list[float] = []

    def fail() -> bool:
        tried.append(clock.monotonic())
        raise ZeroDivisionError

    tick = Tick("broken", 0.0, fail)
    workers.run_if_due(app, tick)
    workers.run_if_due(app, tick)
    assert len(tried) == 1
    assert tick.due_at - tried[0] >= workers.AFTER_FAILURE_SECONDS


def test_a_tick_with_more_to_do_comes_again_at_once(app: Flask) -> None:
    left = [3]

    def work() -> bool:
        left[0] -= 1
        return left[0] > 0

    run_until(Worker(app, [Tick("long", 60, work)]), lambda: left[0] == 0, seconds=3)
    assert left[0] == 0


def test_the_worker_beats_by_the_databases_clock(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() - timedelta(days=1))
    assert not worker_is_alive()
    run_until(Worker(app, []), is_alive)
    assert is_alive()
    assert real() - db.session.scalars(select(Heartbeat.beat_at)).one() < timedelta(seconds=30)


def test_a_second_beat_moves_the_same_row(app: Flask) -> None:
    for _ in range(2):
        with transaction():
            beat("worker")
        clock.sleep(0.01)
    row = db.session.scalars(select(Heartbeat)).one()
    assert abs(row.beat_at - db.session.scalar(select(database_now()))) < timedelta(seconds=5)


def test_the_databases_clock_knows_microseconds_and_offsets(app: Flask) -> None:
    later, now = db.session.execute(select(database_now(timedelta(minutes=2)), database_now())).one()
    assert timedelta(minutes=2) - timedelta(seconds=1) < later - now <= timedelta(minutes=2, seconds=1)
    assert now.tzinfo is not None


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_worker_within_two_seconds(app: Flask, name: signal.Signals) -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    killer = threading.Timer(0.5, os.kill, (os.getpid(), name))
    killer.start()
    began = clock.monotonic()
    try:
        run_worker(app)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert clock.monotonic() - began < 2.5


def test_every_tick_of_the_product_runs_on_an_empty_database(
    app: Flask, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    for tick in ticks(settings):
        if tick.name != "nightly_backup":
            workers.run_if_due(app, tick)
    assert "tick failed" not in capsys.readouterr().err


def test_a_tick_ends_its_transaction(app: Flask, settings: Settings) -> None:
    for tick in ticks(settings):
        if tick.name != "nightly_backup":
            tick.run()
            assert not is_writing()


def test_old_answers_are_purged_in_portions(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    client = make_client()
    for number in range(5):
        with transaction():
            idempotency.claim_key(client.id, f"key-{number}", fingerprint="f")
    monkeypatch.setattr(ticks_module, "LIMIT", 2)
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(hours=25))
    (purge,) = [tick for tick in ticks(settings) if tick.name == "purge_idempotency"]
    assert [purge.run() for _ in range(3)] == [True, True, False]


def nights(monkeypatch: pytest.MonkeyPatch, settings: Settings, *instants: datetime) -> list[datetime]:
    made: list[datetime] = []
    monkeypatch.setattr(ticks_module, "run_nightly", lambda settings: made.append(clock.now()))
    nightly = Nightly(settings)
    for instant in instants:
        monkeypatch.setattr(clock, "now", lambda instant=instant: instant)
        nightly()
    return made


def test_the_backup_is_made_once_a_night_after_three(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    zone = datetime(2026, 11, 21, 12, tzinfo=UTC).astimezone().tzinfo

    def at(day: int, hour: int, minute: int) -> datetime:
        return datetime(2026, 11, day, hour, minute, tzinfo=zone).astimezone(UTC)

    asked = [at(21, 2, 59), at(21, 3, 0), at(21, 3, 1), at(21, 23, 0), at(22, 2, 0), at(22, 9, 30), at(22, 9, 31)]
    assert nights(monkeypatch, settings, *asked) == [at(21, 3, 0), at(22, 9, 30)]


def test_a_backup_that_failed_is_tried_again(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    def full(settings: Settings) -> Path:
        raise OSError("no space")

    monkeypatch.setattr(ticks_module, "run_nightly", full)
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 21, 12, tzinfo=UTC))
    nightly = Nightly(settings)
    for _ in range(2):
        with pytest.raises(OSError, match="no space"):
            nightly()
