from __future__ import annotations

import json
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from omni_pickup import clock
from omni_pickup.delivery.backoffs import WAITS
from omni_pickup.delivery.deliveries import deliver_due
from omni_pickup.delivery.failures import NothingToTell, PermanentFailure, TemporaryFailure
from omni_pickup.delivery.outboxes import Claim
from omni_pickup.models import db, transaction
from omni_pickup.models.base import is_writing
from omni_pickup.models.events import Event
from omni_pickup.models.stores import Setting
from omni_pickup.services import events
from tests.delivery.queues import Recorder, lapse_leases, move_clock, put, row


def failing(error: Exception) -> Recorder:
    def act(claim: Claim) -> None:
        raise error

    return Recorder(act)


def deliver(sender: Recorder, **options: object) -> int:
    return deliver_due({"test": sender}, {}, **options)  # type: ignore[arg-type]


def pause(paused: bool) -> None:
    with transaction():
        db.session.merge(Setting(name="outbound", value={"paused": paused}, updated_at=clock.now()))


def test_a_message_is_told_once(app: Flask) -> None:
    (message,) = put("a")
    sender = Recorder()
    assert deliver(sender) == 1
    assert deliver(sender) == 0
    assert sender.subjects == ["a"]
    told = row(message)
    assert told.state == "sent"
    assert told.sent_at is not None


def test_sending_happens_outside_any_transaction(app: Flask) -> None:
    put("a")
    seen: list[bool] = []
    deliver(Recorder(lambda claim: seen.append(is_writing())))
    assert seen == [False]


def test_a_rolled_back_change_is_never_told(app: Flask) -> None:
    def fail() -> None:
        with transaction():
            events.enqueue("test.told", subject="a", due_at=clock.now())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    sender = Recorder()
    assert deliver(sender) == 0
    assert sender.told == []


def test_a_subjects_messages_are_told_in_order_over_several_rounds(app: Flask) -> None:
    put("a", "b", "a", "a", "b")
    sender = Recorder()
    while deliver(sender):
        pass
    for subject in ("a", "b"):
        ids = [claim.id for claim in sender.told if claim.subject == subject]
        assert ids == sorted(ids)
    assert sorted(sender.subjects) == ["a", "a", "a", "b", "b"]


def test_a_temporary_failure_is_tried_again_by_the_schedule_and_then_buried(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    (message,) = put("a")
    sender = failing(TemporaryFailure("the server is asleep"))
    for attempts, wait in enumerate([*WAITS[1:], None], start=1):
        assert deliver(sender) == 1
        tried = row(message)
        assert tried.attempts == attempts
        assert tried.last_error == "the server is asleep"
        if wait is None:
            break
        assert tried.state == "pending"
        assert wait * 0.9 <= tried.due_at - clock.now() <= wait * 1.1
        assert deliver(sender) == 0
        move_clock(monkeypatch, wait * 1.2)
    assert row(message).state == "dead"


def test_the_wait_that_the_other_side_asked_for_is_honoured(app: Flask) -> None:
    (message,) = put("a")
    deliver(failing(TemporaryFailure("busy", asked=timedelta(hours=3))))
    assert row(message).due_at - clock.now() > timedelta(hours=2, minutes=59)


def test_a_permanent_failure_is_buried_and_recorded_without_its_address(app: Flask) -> None:
    (message,) = put("a")
    deliver(failing(PermanentFailure("550 no such user")))
    dead = row(message)
    assert dead.state == "dead"
    assert dead.last_error == "550 no such user"
    event = db.session.scalars(select(Event).where(Event.type == "message.failed")).one()
    assert event.data == {"message": {"id": dead.public_id, "kind": "test.told", "attempts": 1}}


def test_a_message_without_a_reader_is_dropped_with_the_reason(app: Flask) -> None:
    (message,) = put("a")
    deliver(failing(NothingToTell("no e-mail address")))
    assert (row(message).state, row(message).last_error) == ("dropped", "no e-mail address")


def test_a_fault_of_ours_is_logged_and_does_not_stop_the_others(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    def act(claim: Claim) -> None:
        if claim.subject == "bad":
            raise KeyError("ada@example.com")

    bad, good = put("bad", "good")
    assert deliver(Recorder(act)) == 2
    assert row(good).state == "sent"
    assert row(bad).state == "pending"
    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert line["level"] == "ERROR"
    assert line["error"].startswith("KeyError at omni_pickup.delivery.deliveries:")
    assert "ada@example.com" not in json.dumps(line) + (row(bad).last_error or "")


def test_a_kind_that_nobody_sends_is_buried(app: Flask) -> None:
    (message,) = put("a", kind="pigeon.told")
    deliver(Recorder())
    assert row(message).state == "dead"


def test_a_message_that_kills_its_worker_every_time_is_buried_unsent(app: Flask) -> None:
    class Killed(BaseException):
        pass

    def act(claim: Claim) -> None:
        raise Killed

    (message,) = put("a")
    killer = Recorder(act)
    for _ in WAITS:
        with pytest.raises(Killed):
            deliver(killer)
        lapse_leases()
    assert deliver(killer) == 1
    assert row(message).state == "dead"


def test_a_paused_outbox_fills_and_sends_nothing_until_it_goes_on(app: Flask) -> None:
    put("a")
    sender = Recorder()
    pause(True)
    assert deliver(sender) == 0
    put("b")
    pause(False)
    assert deliver(sender) == 2
    assert sender.subjects == ["a", "b"]


def test_a_worker_that_is_asked_to_stop_gives_back_what_it_has_not_tried(app: Flask) -> None:
    first, second = put("a", "b")
    sender = Recorder()
    assert deliver(sender, go_on=lambda: not sender.told) == 1
    assert row(first).state == "sent"
    assert (row(second).state, row(second).lease_token, row(second).attempts) == ("pending", None, 0)


def test_a_slow_sender_gives_back_the_rest_before_its_lease_ends(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    put("a", "b", "c")
    passed = [0.0]
    monkeypatch.setattr(clock, "monotonic", lambda: passed[0])

    def act(claim: Claim) -> None:
        passed[0] += 40

    sender = Recorder(act)
    assert deliver(sender) == 2
    assert sender.subjects == ["a", "b"]


def test_a_sender_slower_than_its_lease_is_told_so_and_marks_nothing(
    app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    (message,) = put("a")
    nested = Recorder()

    def act(claim: Claim) -> None:
        lapse_leases()
        deliver(nested)

    outer = Recorder(act)
    assert deliver(outer) == 1
    assert row(message).state == "sent"
    assert nested.told[0].public_id == outer.told[0].public_id
    assert "lease lost" in capsys.readouterr().err


def test_what_follows_from_telling_is_written_with_the_mark_or_not_at_all(app: Flask) -> None:
    (message,) = put("a")

    def afterwards(claim: Claim) -> None:
        assert is_writing()
        raise RuntimeError("the order is locked")

    with pytest.raises(RuntimeError):
        deliver_due({"test": Recorder()}, {"test.told": afterwards})
    assert row(message).state == "pending"
