"""Telling the customer once more: the mail was deleted, or never came."""

from __future__ import annotations

from omni_pickup import clock
from omni_pickup.errors import WrongState
from omni_pickup.models.actors import Actor
from omni_pickup.models.orders import Order
from omni_pickup.queries.orders.orders import has_open_question
from omni_pickup.rules.lifecycle import ORDER_OPEN_STATES
from omni_pickup.rules.sentences import sentence
from omni_pickup.services import events
from omni_pickup.services.order_states import record_order


def resend_message(order: Order, *, by: Actor) -> str:
    """Send again what the customer has to know now: `ready`, the open question, or `received`; returns which.

    Raises WrongState for an order that has ended, or whose customer left neither address nor number.
    """
    if order.state not in ORDER_OPEN_STATES:
        raise WrongState(
            sentence("Order %(number)s is %(state)s; nothing is left to tell.", number=order.number, state=order.state),
            state=order.state,
        )
    if not (order.contact.email or order.contact.phone):
        raise WrongState("This customer left neither an e-mail address nor a telephone number.")
    message = "ready" if order.state == "ready" else "short_pick" if has_open_question(order.id) else "received"
    event_id = record_order(order, "order.message_resent", by=by, extra={"message": message})
    events.enqueue(
        f"message.{message}", subject=f"order:{order.id}", due_at=clock.now(), event_id=event_id, order_id=order.id
    )
    return message
