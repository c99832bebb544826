"""Shared tablets: enrolled for one store by a one-time link or its code, known afterwards by their cookie."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from omni_pickup import clock, keys
from omni_pickup.errors import Invalid, NotFound
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.staff import Device, OneTimeToken, StaffSession
from omni_pickup.models.stores import Store
from omni_pickup.rules.codes import enrolment_code_of, normalise_pickup_code
from omni_pickup.rules.sentences import sentence
from omni_pickup.services import events
from omni_pickup.services.staff.one_time_tokens import issue_token, kept_code, use_short_code, use_token

MAX_NAME = 100


def create_enrolment(store: Store, *, name: str, by: Actor) -> str:
    """A token for `/board/enrol` that makes one browser a tablet of `store`, once, within 15 minutes."""
    name = name.strip()
    if not name or len(name) > MAX_NAME:
        raise Invalid.at("/name", sentence("A tablet needs a name of at most %(most)s characters.", most=MAX_NAME))
    token = keys.new_token()
    details = {"name": name, "code": kept_code(enrolment_code(token))}
    issue_token("enrol", store=store, details=details, token=token, by=by)
    events.record("device.enrolment_created", by=by, data={"store": store.code}, store_id=store.id)
    return token


def enrolment_code(token: str) -> str:
    """Eight signs that stand for the link with this token, for tablets without a camera: the same one use."""
    return enrolment_code_of(keys.mac("enrolment code", token))


def enrol_device(token: str) -> tuple[Device, str]:
    """The device and the secret for its cookie. Raises NotFound for a link that is used, expired or unknown."""
    return _enrol(use_token("enrol", token))


def enrol_device_by_code(code: str) -> tuple[Device, str]:
    """The same by the link's code, however it was typed. Reserve an attempt of kind `enrol` before. Raises NotFound."""
    return _enrol(use_short_code("enrol", normalise_pickup_code(code)))


def _enrol(used: OneTimeToken) -> tuple[Device, str]:
    store = db.session.get(Store, used.store_id)
    if store is None:
        raise NotFound("This link is no longer valid. Ask for a new one.")
    secret = keys.new_token()
    device = Device(
        public_id=keys.new_id("dev"),
        store=store,
        name=str(used.details["name"]),
        token_digest=keys.digest(secret),
        enrolled_at=clock.now(),
        enrolled_by_id=used.created_by_id,
    )
    db.session.add(device)
    db.session.flush()
    by = Actor("staff", staff_id=used.created_by_id) if used.created_by_id else Actor("system")
    events.record("device.enrolled", by=by, data=_shape(device), store_id=store.id)
    return device, secret


def revoke_device(device: Device, *, by: Actor) -> None:
    """Shut this tablet out: its next request is refused, and everyone signed in on it is signed out."""
    if device.revoked_at is not None:
        return
    device.revoked_at = clock.now()
    db.session.execute(
        update(StaffSession)
        .where(StaffSession.device_id == device.id, StaffSession.revoked_at.is_(None))
        .values(revoked_at=device.revoked_at)
    )
    events.record("device.revoked", by=by, data=_shape(device), store_id=device.store_id)


def touch_device(device: Device, *, at_most_every: timedelta = timedelta(minutes=1)) -> None:
    """Note a sign of life, but not more often than once in `at_most_every`."""
    now = clock.now()
    if device.last_seen_at is None or now - device.last_seen_at >= at_most_every:
        device.last_seen_at = now


def _shape(device: Device) -> dict[str, str]:
    """Without the name, which people like to give after a person."""
    return {"id": device.public_id, "store": device.store.code}
