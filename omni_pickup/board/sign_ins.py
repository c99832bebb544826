"""Signing in on a tablet by PIN: reserve the attempt, compare outside of the writer's turn, then open the session."""

from __future__ import annotations

from omni_pickup.errors import Unauthenticated
from omni_pickup.models import transaction
from omni_pickup.models.actors import Actor
from omni_pickup.models.staff import Device, Staff, StaffSession
from omni_pickup.queries.stores.staff import person_with_pin
from omni_pickup.services.staff.devices import touch_device
from omni_pickup.services.staff.passwords import check_pin
from omni_pickup.services.staff.staff import set_language
from omni_pickup.services.staff.staff_sessions import open_session, revoke_session, unlock_session
from omni_pickup.services.staff.throttles import forget_attempts, reserve_attempt


class WrongPin(Unauthenticated):
    code = "wrong_pin"
    title = "This PIN is not right"


def sign_in_with_pin(
    device: Device, person: str, pin: str, *, present: StaffSession | None, hours: int, language: str | None = None
) -> str:
    """The token of a session for `person` (a public id) on `device`. Raises WrongPin, Throttled.

    `present` is the session of this browser: the same person's goes on where it was locked, another person's ends.
    `language`, chosen while the tablet was locked, is the person's own from now on.
    """
    staff = person_with_pin(device.store, person)
    if staff is None:
        raise WrongPin("Tap your name first.")
    subject = f"{staff.public_id}@{device.public_id}"
    with transaction("reserve_attempt"):
        reserve_attempt("pin", subject)
    if not check_pin(staff.pin_hash, pin, person=staff.public_id):
        raise WrongPin
    with transaction("sign_in"):
        forget_attempts("pin", subject)
        touch_device(device)
        if language is not None:
            set_language(staff, language, by=Actor("staff", staff_id=staff.id, device_id=device.id))
        return _go_on_or_begin(staff, device, present, hours=hours)


def _go_on_or_begin(staff: Staff, device: Device, present: StaffSession | None, *, hours: int) -> str:
    if present is not None and present.kind == "pin" and present.staff_id == staff.id:
        return unlock_session(present)
    if present is not None:
        revoke_session(present, by=Actor("staff", staff_id=staff.id, device_id=device.id))
    return open_session(staff, kind="pin", device=device, hours=hours)[1]
