"""A manager's nod on somebody else's tablet: the PIN is checked once, and what it is good for is narrow and short."""

from __future__ import annotations

import hmac
from datetime import timedelta

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response

from omni_pickup import clock, keys
from omni_pickup.board.guards import need_device
from omni_pickup.errors import Forbidden, OperationError
from omni_pickup.models import transaction
from omni_pickup.models.staff import Device, Staff
from omni_pickup.models.stores import Store
from omni_pickup.pages import words_of
from omni_pickup.queries.staff import person_with_pin, staff_with_pin
from omni_pickup.services.passwords import check_pin
from omni_pickup.services.throttles import forget_attempts, reserve_attempt

#: A handoff that takes longer asks again.
GOOD_FOR = timedelta(minutes=10)


def add_routes(blueprint: Blueprint) -> None:
    """Put approvals on the board."""
    blueprint.post("/approvals")(approve)


def managers_of(store: Store) -> list[Staff]:
    """Who may approve something at this store."""
    return [staff for staff in staff_with_pin(store) if staff.has_role("manager")]


def approve() -> Response:
    """A manager's approval of one order on this tablet, for the script to send along; or why not, in words."""
    device, form = need_device(), request.form
    try:
        manager = _manager(device, form.get("person", ""), form.get("pin", ""))
    except OperationError as error:
        answer = jsonify(words=words_of(error))
        answer.status_code = error.status
        return answer
    return jsonify(approval=approval_of(manager, device, form.get("order", "")), name=manager.name.split()[0])


def _manager(device: Device, person: str, pin: str) -> Staff:
    """Raises Forbidden, Throttled. The attempt is reserved before the PIN is compared."""
    staff = person_with_pin(device.store, person)
    if staff is None or not staff.has_role("manager"):
        raise Forbidden("Only a manager can approve this.")
    subject = f"{staff.public_id}@{device.public_id}"
    with transaction("reserve_attempt"):
        reserve_attempt("pin", subject)
    if not check_pin(staff.pin_hash, pin, person=staff.public_id):
        raise Forbidden("This PIN is not right.")
    with transaction("forget_attempts"):
        forget_attempts("pin", subject)
    return staff


def approval_of(manager: Staff, device: Device, order_id: str) -> str:
    """What proves the nod later: who, until when, and a MAC over that, the tablet and the order."""
    until = int((clock.now() + GOOD_FOR).timestamp())
    return f"{manager.public_id}.{until}.{_mac(manager.public_id, until, device, order_id)}"


def approver_of(approval: str, *, device: Device, order_id: str) -> int:
    """The key of the manager who approved this order on this tablet. Raises Forbidden."""
    person, _, rest = approval.partition(".")
    text, _, mac = rest.partition(".")
    until = int(text) if text.isascii() and text.isdigit() and len(text) < 15 else 0
    right = hmac.compare_digest(mac.encode(), _mac(person, until, device, order_id).encode())
    manager = person_with_pin(device.store, person) if right and until > clock.now().timestamp() else None
    if manager is None or not manager.has_role("manager"):
        raise Forbidden("The manager's approval is over. Ask for it again.")
    return manager.id


def _mac(person: str, until: int, device: Device, order_id: str) -> str:
    return keys.mac("approval", f"{person}.{until}.{device.public_id}.{order_id}").hex()
