"""Outbox messages without orders behind them, for tests of the queue itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from omni_pickup import clock
from omni_pickup.delivery.outboxes import Claim
from omni_pickup.models import db, transaction
from omni_pickup.models.events import OutboxMessage
from omni_pickup.services import events


def put(*subjects: str, kind: str = "test.told", due_at: datetime | None = None) -> list[int]:
    """Enqueue one message for each subject; returns their ids."""
    with transaction():
        for subject in subjects:
            events.enqueue(kind, subject=subject, due_at=due_at or clock.now())
    return list(db.session.scalars(select(OutboxMessage.id).order_by(OutboxMessage.id)))[-len(subjects) :]


def row(message_id: int) -> OutboxMessage:
    """The row as the database has it now."""
    db.session.rollback()
    return db.session.execute(
        select(OutboxMessage).where(OutboxMessage.id == message_id).execution_options(populate_existing=True)
    ).scalar_one()


def lapse_leases() -> None:
    """As if every lease had ended."""
    with transaction():
        db.session.execute(update(OutboxMessage).values(lease_until=clock.now() - timedelta(seconds=1)))


def move_clock(monkeypatch: pytest.MonkeyPatch, ahead: timedelta) -> None:
    """Let the application's clock, not the database's, run ahead."""
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + ahead)


class Recorder:
    """A sender that notes what it was given, and does what the test asks for on the way."""

    def __init__(self, act: Callable[[Claim], None] = lambda claim: None) -> None:
        self.told: list[Claim] = []
        self._act = act

    def __call__(self, claim: Claim) -> None:
        self._act(claim)
        self.told.append(claim)

    @property
    def subjects(self) -> list[str]:
        return [claim.subject for claim in self.told]
