"""A manager's nod: the manager's own PIN on somebody else's tablet, for one order or return and a few minutes.

The nod is a sealed text that the tablet sends along with its command, so that no PIN is kept with what was tapped.
"""

from __future__ import annotations

import json
from datetime import timedelta

from cryptography.fernet import InvalidToken
from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response

from omni_pickup import keys
from omni_pickup.board.guards import need_device
from omni_pickup.board.refusals import refusal
from omni_pickup.errors import ManagerNeeded, Throttled
from omni_pickup.models import db, transaction
from omni_pickup.models.staff import Device, Staff
from omni_pickup.queries.stores.staff import person_with_pin
from omni_pickup.services.staff.passwords import check_pin
from omni_pickup.services.staff.throttles import forget_attempts, reserve_attempt

#: How long a nod counts after the PIN was typed.
NOD_FOR = timedelta(minutes=5)
_PURPOSE = "approval"


class WrongApproval(ManagerNeeded):
    """No 401: the associate stays signed in, only the nod is missing."""

    code = "wrong_approval"
    title = "This manager's PIN is not right"


def add_routes(blueprint: Blueprint) -> None:
    """Put the nod on the board."""
    blueprint.post("/approvals")(give_approval)


def give_approval() -> Response:
    """Take `approver`, `pin` and the public id of what it is `about`; answer with the nod, or a problem."""
    form = request.form
    try:
        nod = approve(
            need_device(), approver=form.get("approver", ""), pin=form.get("pin", ""), about=form.get("about", "")
        )
    except (ManagerNeeded, Throttled) as error:
        return refusal(error)
    return jsonify(approval=nod)


def approve(device: Device, *, approver: str, pin: str, about: str) -> str:
    """The nod of a manager who typed a PIN. Raises WrongApproval, ManagerNeeded, Throttled.

    Tries are counted together with those of the lock screen, and compared outside of the writer's turn.
    """
    manager = person_with_pin(device.store, approver)
    if manager is None or not manager.has_role("manager"):
        raise ManagerNeeded
    subject = f"{manager.public_id}@{device.public_id}"
    with transaction("reserve_attempt"):
        reserve_attempt("pin", subject)
    if not check_pin(manager.pin_hash, pin, person=manager.public_id):
        raise WrongApproval
    with transaction("approve"):
        forget_attempts("pin", subject)
    return keys.box(_PURPOSE).encrypt(json.dumps([manager.id, device.public_id, about]).encode()).decode()


def approver_of(approval: str, *, device: Device, order_id: str) -> int:
    """The manager behind a nod that was given on this tablet about this order or return. Raises ManagerNeeded."""
    try:
        opened = keys.box(_PURPOSE).decrypt(approval.encode(), ttl=int(NOD_FOR.total_seconds()))
    except InvalidToken:
        raise ManagerNeeded("The manager's approval is over; please ask for it again.") from None
    manager_id, device_id, about = json.loads(opened)
    manager = db.session.get(Staff, manager_id)
    if manager is None or not manager.active or (device_id, about) != (device.public_id, order_id):
        raise ManagerNeeded
    return int(manager.id)
