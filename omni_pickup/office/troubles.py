"""Working off what needs attention: a new promise, telling a customer again, messages that nobody got."""

from __future__ import annotations

from flask import Blueprint
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from omni_pickup.errors import NotFound
from omni_pickup.models import transaction
from omni_pickup.models.orders import Order
from omni_pickup.office.guards import current_store
from omni_pickup.office.outcomes import done_here
from omni_pickup.pages import local_time
from omni_pickup.queries.orders.orders import get_order
from omni_pickup.queries.stores.attention import dead_message
from omni_pickup.services.customers.message_resends import resend_message
from omni_pickup.services.customers.message_retries import give_up_message, retry_message
from omni_pickup.services.promises.promise_checks import check_promise
from omni_pickup.visitors import current_actor


def add_routes(blueprint: Blueprint) -> None:
    """Put this module's commands in the office."""
    blueprint.post("/<store_code>/orders/<order>/promise")(promise_anew)
    blueprint.post("/<store_code>/orders/<order>/tell")(tell_again)
    blueprint.post("/<store_code>/messages/<message>/retry")(retry)
    blueprint.post("/<store_code>/messages/<message>/give-up")(give_up)


def promise_anew(order: str) -> Response:
    """A promise that can be kept, of which the customer is told; half an hour more or less changes nothing."""
    with transaction("check_promise"):
        found = _order(order)
        moved = check_promise(found, by=current_actor())
        number, at = found.number, local_time(found.promised_at, found.store)
    if moved:
        return done_here(_("Order %(number)s is now promised for %(time)s.", number=number, time=at), _TODAY)
    words = _("The promise of order %(number)s stays: a new one would be hardly later.", number=number)
    return done_here(words, _TODAY)


def tell_again(order: str) -> Response:
    """Send the customer once more what they have to know now, such as an open question."""
    with transaction("resend_message"):
        found = _order(order)
        resend_message(found, by=current_actor())
        number = found.number
    return done_here(_("The customer of order %(number)s is told again.", number=number), _TODAY)


def retry(message: str) -> Response:
    """Try a dead message again."""
    store = current_store()
    with transaction("retry_message"):
        retry_message(dead_message(store, message), store_id=store.id, by=current_actor())
    return done_here(_("The message is on its way again."), _TODAY)


def give_up(message: str) -> Response:
    """Let a dead message rest."""
    store = current_store()
    with transaction("give_up_message"):
        give_up_message(dead_message(store, message), store_id=store.id, by=current_actor())
    return done_here(_("The message rests."), _TODAY)


_TODAY = "office.show_store"


def _order(public_id: str) -> Order:
    """An order of this store, locked. Raises NotFound."""
    order = get_order(public_id)
    if order.store_id != current_store().id:
        raise NotFound("There is no such order here.")
    return order
