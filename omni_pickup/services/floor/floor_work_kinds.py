"""Commands about whole orders, tasks, transfers and shifts; the other half of `floor_kinds`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from omni_pickup.errors import Invalid, NotFound
from omni_pickup.models.base import db
from omni_pickup.models.transfers import Transfer
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.queries.picking.floor_tasks import get_floor_task
from omni_pickup.queries.stock.transfers import get_transfer, transfer_shape
from omni_pickup.queries.stores.staff import person_of_store
from omni_pickup.services.customers.message_resends import resend_message
from omni_pickup.services.floor.floor_answers import order_part
from omni_pickup.services.floor.floor_payloads import Action
from omni_pickup.services.floor.shifts import hand_over_work
from omni_pickup.services.floor_tasks import claim_task, release_task, task_shape
from omni_pickup.services.orders.order_cancels import cancel_order
from omni_pickup.services.picking.questions import get_question, note_answer_seen
from omni_pickup.services.transfers.transfer_arrivals import receive_transfer
from omni_pickup.services.transfers.transfers import ship_transfer


def _cancel_order(action: Action) -> dict[str, Any]:
    order = cancel_order(action.order(), reason=action.text("reason"), by=action.by, at=action.at)
    db.session.flush()
    return {"order": {"id": order.public_id, "number": order.number, "state": order.state, "version": order.version}}


def _resend(action: Action) -> dict[str, Any]:
    return {"message": resend_message(action.order(), by=action.by)}


def _claim(action: Action) -> dict[str, Any]:
    return {"task": task_shape(claim_task(get_floor_task(action.text("task"), action.store), by=action.by))}


def _release(action: Action) -> dict[str, Any]:
    return {"task": task_shape(release_task(get_floor_task(action.text("task"), action.store), by=action.by))}


def _hand_over_work(action: Action) -> dict[str, Any]:
    taker = person_of_store(action.store, action.text("to"))
    if taker is None:
        raise NotFound("Nobody of that name works here.")
    if taker.id == action.person().id:
        raise Invalid.at("/payload/to", "Choose a colleague.")
    return {"moved": hand_over_work(action.store, giver=action.person(), taker=taker, by=action.by)}


def _ship(action: Action) -> dict[str, Any]:
    transfer = get_transfer(action.text("transfer"))
    if transfer.source_store_id != action.store.id:
        raise NotFound("There is no such transfer here.")
    shipped = ship_transfer(transfer, _pieces(transfer, action), by=action.by, at=action.at)
    return {"transfer": transfer_shape(shipped)}


def _receive(action: Action) -> dict[str, Any]:
    transfer = get_transfer(action.text("transfer"))
    if transfer.destination_store_id != action.store.id:
        raise NotFound("There is no such transfer here.")
    damaged, surplus = (_pieces(transfer, action, name) for name in ("damaged", "surplus"))
    received = receive_transfer(
        transfer, _pieces(transfer, action), damaged=damaged, surplus=surplus, by=action.by, at=action.at
    )
    return {"transfer": transfer_shape(received)}


def _pieces(transfer: Transfer, action: Action, name: str = "line") -> dict[int, int]:
    """Pieces by transfer line: a member `line_7` for each, as forms send them. Raises Invalid."""
    return {line.id: action.count(f"{name}_{line.id}", 0) for line in transfer.lines}


def _see_answer(action: Action) -> dict[str, Any]:
    question = get_question(action.text("question"))
    order = get_order_by_key(question.order_id)
    if order.store_id != action.store.id:
        raise NotFound("There is no such question here.")
    note_answer_seen(question, by=action.by, at=action.at)
    return {"question": question.public_id, **order_part(order)}


WORK_KINDS: Mapping[str, Callable[[Action], dict[str, Any]]] = {
    "cancel_order": _cancel_order,
    "resend": _resend,
    "claim_task": _claim,
    "release_task": _release,
    "hand_over_work": _hand_over_work,
    "ship_transfer": _ship,
    "receive_transfer": _receive,
    "see_answer": _see_answer,
}
