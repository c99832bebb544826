"""A manager's nod: somebody else's tablet, the manager's own PIN, one command."""

from __future__ import annotations

from dataclasses import replace

from omni_pickup.errors import ManagerNeeded
from omni_pickup.models import transaction
from omni_pickup.models.actors import Actor
from omni_pickup.models.staff import Device
from omni_pickup.queries.staff import person_with_pin
from omni_pickup.services.passwords import check_pin
from omni_pickup.services.throttles import forget_attempts, reserve_attempt


class WrongApproval(ManagerNeeded):
    """No 401: the associate stays signed in, only the nod is missing."""

    code = "wrong_approval"
    title = "This manager's PIN is not right"


def approve(by: Actor, *, device: Device, approver: str, pin: str) -> Actor:
    """`by` with the manager who typed a PIN. Raises WrongApproval, ManagerNeeded, Throttled.

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
    return replace(by, approver_id=manager.id)
