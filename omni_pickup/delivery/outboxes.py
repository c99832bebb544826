"""The outbox's statements: claim under a lease, then mark as told, failed or dropped under the same lease.

They run inside the caller's transaction; sending happens between two transactions. Whoever was slower than the
lease has lost it: every mark compares the lease's token and says whether it was still the caller's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Select, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from omni_pickup import clock, keys
from omni_pickup.delivery.database_times import database_now
from omni_pickup.models.base import db
from omni_pickup.models.events import OutboxMessage

LEASE = timedelta(seconds=120)
_ERROR_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that is ours to tell until the lease ends. `attempts` counts this one."""

    id: int
    public_id: str
    kind: str
    subject: str
    event_id: int | None
    order_id: int | None
    return_id: int | None
    details: dict[str, Any]
    attempts: int
    due_at: datetime
    token: str


def has_due() -> bool:
    """Whether a claim would find something; a read, so that an idle worker never waits for SQLite's writer."""
    return db.session.scalar(select(_due_heads(1).exists())) is True


def claim_due(limit: int, *, lease: timedelta = LEASE) -> list[Claim]:
    """Lease up to `limit` due messages in the order of their writing, at most one of each subject.

    Only the earliest pending message of a subject can be claimed, hence none overtakes another. One statement on
    both databases: PostgreSQL skips rows that another worker is claiming, SQLite has one writer anyway.
    """
    token = keys.new_id("lse")
    due = _due_heads(limit).with_for_update(skip_locked=True, of=OutboxMessage).cte("due")
    columns = (
        OutboxMessage.id,
        OutboxMessage.public_id,
        OutboxMessage.kind,
        OutboxMessage.subject,
        OutboxMessage.event_id,
        OutboxMessage.order_id,
        OutboxMessage.return_id,
        OutboxMessage.details,
        OutboxMessage.attempts,
        OutboxMessage.due_at,
    )
    rows = db.session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id.in_(select(due.c.id)))
        .values(lease_until=database_now(lease), lease_token=token, attempts=OutboxMessage.attempts + 1)
        .returning(*columns)
        .execution_options(synchronize_session=False)
    ).all()
    return sorted((Claim(**row._mapping, token=token) for row in rows), key=lambda claim: claim.id)


def _due_heads(limit: int) -> Select[int]:
    earlier = aliased(OutboxMessage)
    return (
        select(OutboxMessage.id)
        .where(
            OutboxMessage.state == "pending",
            OutboxMessage.due_at <= clock.now(),
            or_(OutboxMessage.lease_until.is_(None), OutboxMessage.lease_until < database_now()),
            ~exists().where(
                earlier.subject == OutboxMessage.subject,
                # Hidden in a function, because a database that believes that few wait looks through all that do.
                func.coalesce(earlier.state, "") == "pending",
                earlier.id < OutboxMessage.id,
            ),
        )
        .order_by(OutboxMessage.id)
        .limit(limit)
    )


def complete(claim: Claim) -> bool:
    """Mark as told. False when the lease was lost: somebody else tells it again, under the same id."""
    return _mark(claim, state="sent", sent_at=clock.now(), last_error=None)


def retry_later(claim: Claim, wait: timedelta, error: str) -> bool:
    """Put back to be tried after `wait`. False when the lease was lost."""
    return _mark(claim, due_at=clock.now() + wait, last_error=error[:_ERROR_LENGTH])


def bury(claim: Claim, error: str) -> bool:
    """Give up; the message stays to be looked at and replayed. False when the lease was lost."""
    return _mark(claim, state="dead", last_error=error[:_ERROR_LENGTH])


def drop(claim: Claim, reason: str) -> bool:
    """Mark as not to be told, and why. False when the lease was lost."""
    return _mark(claim, state="dropped", last_error=reason[:_ERROR_LENGTH])


def give_back(claim: Claim) -> bool:
    """Return an untried message at once, as when the worker is asked to stop. False when the lease was lost."""
    return _mark(claim, attempts=OutboxMessage.attempts - 1)


def has_newer(claim: Claim) -> bool:
    """Whether a later message of the same kind waits for the same subject, which makes this one old news."""
    return (
        db.session.scalar(
            select(
                exists().where(
                    OutboxMessage.subject == claim.subject,
                    OutboxMessage.kind == claim.kind,
                    OutboxMessage.state == "pending",
                    OutboxMessage.id > claim.id,
                )
            )
        )
        is True
    )


def _mark(claim: Claim, **values: Any) -> bool:
    done = db.session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.id == claim.id,
            OutboxMessage.state == "pending",
            OutboxMessage.lease_token == claim.token,
        )
        .values(**values, lease_until=None, lease_token=None)
        .execution_options(synchronize_session=False)
    )
    return cast(CursorResult[Any], done).rowcount == 1
