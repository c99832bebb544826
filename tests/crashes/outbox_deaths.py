"""A worker killed anywhere on a message's way: told at least once, and twice only under the same id (R4)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Select, select

from omni_pickup import crash_points
from omni_pickup.delivery import deliveries, outboxes
from omni_pickup.delivery.outboxes import Claim
from omni_pickup.models import db, transaction
from omni_pickup.models.events import OutboxMessage
from tests.crashes.dying import die_at
from tests.delivery.queues import lapse_leases, put

POINTS = (
    "outbox_claim:before_commit",
    "outbox_claim:after_commit",
    "outbox.claimed",
    "outbox.sent_before_mark",
    "outbox_mark:before_commit",
    "outbox_mark:after_commit",
    "outbox.marked",
)
#: Sent, but the process that knew it is dead: whoever comes next has to send it again.
TWICE = {"outbox.sent_before_mark", "outbox_mark:before_commit"}


@dataclass
class Outside:
    """The other side: a file, because what was sent outlives the process that sent it."""

    file: Path

    def receive(self, claim: Claim) -> None:
        with self.file.open("a") as lines:
            lines.write(f"{claim.public_id}\n")

    @property
    def told(self) -> list[str]:
        return self.file.read_text().split() if self.file.exists() else []

    def work(self) -> None:
        """One round of a worker."""
        deliveries.deliver_due({"test": self.receive}, {})

    def work_on(self) -> None:
        """The next worker, after the dead one's lease has ended."""
        lapse_leases()
        for _ in range(5):
            self.work()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Both, because a claim is another statement on each."""
    kind: str = request.param
    return kind


@pytest.fixture
def outside(app: Flask, tmp_path: Path) -> Outside:
    return Outside(tmp_path / "told")


def put_four() -> list[str]:
    """Two messages of each of two subjects; their ids in the order of their writing."""
    put("a", "b", "a", "b")
    return list(db.session.scalars(select(OutboxMessage.public_id).order_by(OutboxMessage.id)))


def pending() -> int:
    db.session.rollback()
    return db.session.query(OutboxMessage).filter_by(state="pending").count()


@pytest.mark.parametrize("point", POINTS)
def test_a_message_is_told_wherever_its_worker_dies(outside: Outside, point: str) -> None:
    wanted = put_four()
    die_at(point, outside.work)
    outside.work_on()
    assert pending() == 0
    assert set(outside.told) == set(wanted)
    for subject in (wanted[::2], wanted[1::2]):
        assert [told for told in dict.fromkeys(outside.told) if told in subject] == subject
    more = Counter(outside.told) - Counter(wanted)
    assert more == ({wanted[0]: 1} if point in TWICE else {})


def test_a_worker_that_marks_before_it_sends_loses_the_message(
    outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin of the order of sending and marking."""

    def mark_first(claim: Claim, senders: dict[str, deliveries.Sender], afterwards: object) -> None:
        with transaction("outbox_mark"):
            outboxes.complete(claim)
        crash_points.reach("outbox.marked")
        senders["test"](claim)

    wanted = put_four()
    monkeypatch.setattr(deliveries, "_deliver", mark_first)
    die_at("outbox.marked", outside.work)
    outside.work_on()
    assert pending() == 0
    assert set(wanted) - set(outside.told) == {wanted[0]}


def test_without_leases_that_end_a_dead_workers_messages_hang(
    outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin of the lease that is taken over."""
    due_heads = outboxes._due_heads

    def never_leased(limit: int) -> Select[int]:
        return due_heads(limit).where(OutboxMessage.lease_token.is_(None))

    put_four()
    monkeypatch.setattr(outboxes, "_due_heads", never_leased)
    die_at("outbox.claimed", outside.work)
    outside.work_on()
    assert (outside.told, pending()) == ([], 4)
