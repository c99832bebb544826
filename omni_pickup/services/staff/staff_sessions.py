"""Server-side sessions: the cookie carries a random token, the database its SHA-256, and the database decides.

`pin` sessions live on an enrolled tablet, lock themselves when nobody touches it, and end when another person takes
over. `password` sessions live in any browser and end when nobody touches it for an hour.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update

from omni_pickup import clock, keys
from omni_pickup.errors import Unauthenticated
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.staff import Device, Staff, StaffSession
from omni_pickup.services import events

TOUCH_EVERY = timedelta(minutes=1)


def open_session(staff: Staff, *, kind: str, device: Device | None = None, hours: int) -> tuple[StaffSession, str]:
    """A new session of at most `hours`, and its cookie's token. The secret was checked before.

    Whoever was signed in on the device is signed out. Raises Unauthenticated when the person or the device was
    shut out meanwhile.
    """
    if not staff.active or (device is not None and device.revoked_at is not None):
        raise Unauthenticated
    if device is not None:
        _end(StaffSession.device_id == device.id)
    token = keys.new_token()
    now = clock.now()
    session = StaffSession(
        digest=keys.digest(token),
        staff=staff,
        device=device,
        kind=kind,
        created_at=now,
        last_seen_at=now,
        expires_at=now + timedelta(hours=hours),
    )
    db.session.add(session)
    db.session.flush()
    _record("session.opened", session)
    return session, token


def lock_session(session: StaffSession) -> None:
    """Hide names and ask for the PIN again; the work stays where it is."""
    if session.locked_at is None:
        session.locked_at = clock.now()
        _record("session.locked", session)


def unlock_session(session: StaffSession) -> str:
    """The same session goes on under a new token, so that a token seen before the PIN is worth nothing after it."""
    if session.revoked_at is not None or session.expires_at <= clock.now():
        raise Unauthenticated
    token = keys.new_token()
    session.digest = keys.digest(token)
    session.locked_at = None
    session.last_seen_at = clock.now()
    _record("session.unlocked", session)
    return token


def revoke_session(session: StaffSession, *, by: Actor) -> None:
    """End this session; its next request is refused."""
    if session.revoked_at is None:
        session.revoked_at = clock.now()
        _record("session.revoked", session, by=by)


def end_sessions_of(staff: Staff, *, kind: str | None = None) -> None:
    """End every session of this person, or those that began with one kind of secret."""
    _end(StaffSession.staff_id == staff.id, *([StaffSession.kind == kind] if kind else []))


def touch_session(session: StaffSession) -> None:
    """Note that the person is still there."""
    session.last_seen_at = clock.now()


def needs_touch(last_seen_at: datetime, *, lock_minutes: int) -> bool:
    """Whether the last sign of life is old enough to be worth a write: a minute, or a quarter of the time to lock."""
    return clock.now() - last_seen_at >= min(TOUCH_EVERY, timedelta(minutes=lock_minutes) / 4)


def _end(*conditions: object) -> None:
    db.session.execute(
        update(StaffSession)
        .where(StaffSession.revoked_at.is_(None), *conditions)  # type: ignore[arg-type] # Plain column comparisons.
        .values(revoked_at=clock.now())
    )


def _record(what: str, session: StaffSession, *, by: Actor | None = None) -> None:
    device = session.device
    events.record(
        what,
        by=by or Actor("staff", staff_id=session.staff.id, device_id=device.id if device else None),
        data={"staff": session.staff.public_id, "device": device.public_id if device else None},
        store_id=device.store_id if device else None,
    )
