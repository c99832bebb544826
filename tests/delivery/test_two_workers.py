"""Three workers on one outbox, with sends that fail, workers that vanish after sending and leases that lapse (R4)."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

import pytest
from flask import Flask
from sqlalchemy import insert, update

from omni_pickup import clock, keys
from omni_pickup.delivery import deliveries, outboxes
from omni_pickup.delivery.failures import TemporaryFailure
from omni_pickup.delivery.outboxes import Claim
from omni_pickup.models import db, transaction
from omni_pickup.models.events import OutboxMessage

SUBJECTS = 50


class Vanished(BaseException):
    """The worker died between sending and marking."""


@dataclass
class Outside:
    """The other side: keeps what arrived, in the order of arrival, for each subject."""

    arrived: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    duplicates: int = 0
    guard: threading.Lock = field(default_factory=threading.Lock)

    def receive(self, claim: Claim) -> None:
        with self.guard:
            self.duplicates += claim.public_id in self.arrived[claim.subject][-1:]
            self.arrived[claim.subject].append(claim.public_id)


def fill(count: int) -> dict[str, list[str]]:
    wanted: dict[str, list[str]] = defaultdict(list)
    rows = []
    for number in range(count):
        subject, public_id = f"order:{number * 7 % SUBJECTS}", keys.new_id("msg")
        wanted[subject].append(public_id)
        rows.append(
            {
                "public_id": public_id,
                "kind": "test.told",
                "subject": subject,
                "details": {},
                "due_at": clock.now(),
                "created_at": clock.now(),
            }
        )
    with transaction():
        db.session.execute(insert(OutboxMessage), rows)
    return wanted


def work(app: Flask, outside: Outside, seed: int, done: threading.Event) -> None:
    luck = Random(seed)

    def send(claim: Claim) -> None:
        if luck.random() < 0.02:
            raise TemporaryFailure("not now", asked=timedelta(0))
        outside.receive(claim)
        if luck.random() < 0.02:
            raise Vanished

    with app.app_context():
        while not done.is_set():
            try:
                deliveries.deliver_due({"test": send}, {})
            except Vanished:
                with transaction():
                    db.session.execute(update(OutboxMessage).values(lease_until=None))
            db.session.rollback()


def pending() -> bool:
    db.session.rollback()
    return db.session.query(OutboxMessage).filter_by(state="pending").first() is not None


@pytest.mark.parametrize("count", [600, pytest.param(10_000, marks=pytest.mark.long)])
def test_no_message_is_lost_or_overtaken_and_duplicates_carry_the_same_id(
    app: Flask, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(deliveries, "wait_before_next", lambda attempts, asked=None: timedelta(0))
    wanted, outside, done = fill(count), Outside(), threading.Event()
    workers = [threading.Thread(target=work, args=(app, outside, seed, done)) for seed in (1, 2, 3)]
    for worker in workers:
        worker.start()
    deadline = clock.monotonic() + 600
    while pending() and clock.monotonic() < deadline:
        clock.sleep(0.2)
    done.set()
    for worker in workers:
        worker.join()
    assert not pending()
    assert outside.duplicates > 0
    for subject, public_ids in wanted.items():
        assert list(dict.fromkeys(outside.arrived[subject])) == public_ids


def test_without_the_guard_on_earlier_messages_one_overtakes(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: the same claim, blind to subjects, takes the second message while the first waits for its retry."""
    fill(SUBJECTS * 2)
    with transaction():
        first = outboxes.claim_due(1)[0]
        outboxes.retry_later(first, timedelta(hours=1), "later")
    with transaction():
        guarded = outboxes.claim_due(SUBJECTS * 2)
    assert first.subject not in {claim.subject for claim in guarded}
    with transaction():
        db.session.execute(update(OutboxMessage).values(lease_until=None))
        db.session.execute(
            update(OutboxMessage).where(OutboxMessage.id != first.id).values(subject=OutboxMessage.public_id)
        )
        blind = outboxes.claim_due(SUBJECTS * 2)
    assert len(blind) == SUBJECTS * 2 - 1
