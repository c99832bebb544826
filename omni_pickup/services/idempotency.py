"""Remembered answers: the same request sent twice happens once.

The record of a key is written in the same transaction as what it answers, so that a killed process leaves neither
a change without a record nor a record without a change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, bindparam, delete, select, update
from sqlalchemy.exc import DBAPIError

from omni_pickup import clock, keys
from omni_pickup.errors import Conflict, IdempotencyKeyReused
from omni_pickup.models.base import db, insert_if_absent, table_of
from omni_pickup.models.clients import IdempotencyRecord

KEEP = timedelta(hours=24)
_PURPOSE = "idempotency"
#: PostgreSQL's lock_not_available, the end of waiting for another transaction (its manual, appendix A).
_LOCK_NOT_AVAILABLE = "55P03"
_RECORD = table_of(IdempotencyRecord)
_MINE = (_RECORD.c.client_id == bindparam("of_client"), _RECORD.c.key == bindparam("of_key"))
# Built once, because nearly every change begins and ends here.
_KNOWN = select(_RECORD).where(*_MINE)
_FORGET = delete(_RECORD).where(*_MINE)
_REMEMBER = update(_RECORD).where(*_MINE).values({name: bindparam(name) for name in ("status", "headers", "body")})


class RequestRunning(Conflict):
    """The first request with this key has not answered yet."""

    code = "idempotency_key_in_use"
    title = "A request with this Idempotency-Key is still running"
    retry_after = 1


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What was answered then, byte for byte."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def claim_key(client_id: int, key: str, *, fingerprint: str) -> StoredAnswer | None:
    """Take the key for this transaction, or return the answer it already has.

    On PostgreSQL a second request waits here until the first one ends. Raises IdempotencyKeyReused (422) when the
    key stands for another request, RequestRunning (409) when the first one takes longer than the lock timeout.
    """
    now = clock.now()
    if _insert(client_id, key, fingerprint, now):
        return None
    connection, mine = db.session.connection(), {"of_client": client_id, "of_key": key}
    record = connection.execute(_KNOWN, mine).one_or_none()
    if record is None or record.expires_at <= now:
        connection.execute(_FORGET, mine)
        return claim_key(client_id, key, fingerprint=fingerprint)
    if record.fingerprint != fingerprint:
        raise IdempotencyKeyReused(
            "This Idempotency-Key was used for another request in the last 24 hours. Send a new key for a new request."
        )
    return StoredAnswer(record.status, record.headers, keys.box(_PURPOSE).decrypt(record.body))


def remember_answer(client_id: int, key: str, answer: StoredAnswer) -> None:
    """Store the answer under the key that this transaction claimed."""
    db.session.connection().execute(
        _REMEMBER,
        {
            "of_client": client_id,
            "of_key": key,
            "status": answer.status,
            "headers": dict(answer.headers),
            "body": keys.box(_PURPOSE).encrypt(answer.body),
        },
    )


def purge_expired(now: datetime, limit: int) -> int:
    """Delete up to `limit` records whose 24 hours are over; returns how many."""
    due = select(IdempotencyRecord.id).where(IdempotencyRecord.expires_at <= now).limit(limit)
    done = db.session.execute(delete(IdempotencyRecord).where(IdempotencyRecord.id.in_(due)))
    return cast(CursorResult[Any], done).rowcount


def _insert(client_id: int, key: str, fingerprint: str, now: datetime) -> bool:
    row = {
        "client_id": client_id,
        "key": key,
        "fingerprint": fingerprint,
        "status": 0,
        "headers": {},
        "body": b"",
        "created_at": now,
        "expires_at": now + KEEP,
    }
    try:
        return insert_if_absent(IdempotencyRecord, row, keys=("client_id", "key")) is not None
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
            raise RequestRunning("The first request with this key is still running; ask again.") from None
        raise
