"""The page of a return: its number, what to bring and until when, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from flask import Blueprint, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from omni_pickup.customer.frames import draw, trouble, words_for
from omni_pickup.customer.pickup_words import refund_sentence
from omni_pickup.customer.visits import visited_orders, visited_return
from omni_pickup.customer.words import Words
from omni_pickup.errors import NotFound, OperationError
from omni_pickup.models import transaction
from omni_pickup.models.actors import CUSTOMER
from omni_pickup.models.base import db
from omni_pickup.models.orders import Order
from omni_pickup.models.returns import Return
from omni_pickup.models.stores import Store
from omni_pickup.pages import go_to
from omni_pickup.queries.returns.returns import get_return_by_key
from omni_pickup.services.returns.returns import cancel_return


def add_routes(blueprint: Blueprint) -> None:
    """Put this module's addresses on the customer's face."""
    blueprint.get("/r/o/<rma>")(show_return)
    blueprint.post("/r/o/<rma>/cancel", endpoint="cancel_return")(cancel)


def show_return(rma: str) -> Response:
    """The page that the link leads to."""
    return draw_return(visited_return(rma))


def cancel(rma: str) -> Response:
    """The customer keeps the goods."""
    return_id = visited_return(rma).id
    try:
        with transaction("cancel_return"):
            cancel_return(get_return_by_key(return_id), reason="customer", by=CUSTOMER)
    except NotFound:
        raise
    except OperationError as error:
        return draw_return(visited_return(rma), error)
    return go_to(url_for("customer.show_return", rma=rma))


def draw_return(ret: Return, error: OperationError | None = None) -> Response:
    """The page, with what went wrong before if anything did."""
    order = db.session.get(Order, ret.order_id) if ret.order_id is not None else None
    store = db.session.get(Store, ret.store_id) if ret.store_id is not None else None
    store = store or (order.store if order is not None else None)
    words = words_for(ret.contact.language if ret.contact else None, store)
    return draw(
        "customer/return.html",
        words,
        status=200 if error is None else error.status,
        trouble=trouble(error, words),
        ret=ret,
        store=store,
        order=order if order is not None and order.id in {known.id for known in visited_orders()} else None,
        headline=_headline(ret, words),
        helps=_helps(ret, words),
        rules=_rules(words),
    )


def _headline(ret: Return, words: Words) -> Markup:
    _ = words.say
    headlines: Mapping[str, Markup] = {
        "announced": _("Please bring it back %(by)s.", by=words.by_day(ret.expires_at - timedelta(days=1))),
        "received": _("We have your return."),
        "inspected": _("We have checked your return."),
        "closed": _("Your return is done."),
        "rejected": _("We could not take your return."),
        "cancelled": _("Your return is cancelled."),
        "expired": _("Your return has run out."),
    }
    return headlines[ret.state]


def _helps(ret: Return, words: Words) -> list[Markup]:
    _ = words.say
    helps: Mapping[str, list[Markup]] = {
        "announced": [
            _("Bring the goods with everything that belongs to them, and tell us this number. No paper is needed.")
        ],
        "received": [_("We check it now and tell you how it goes on.")],
        "cancelled": [_("You keep the goods.")],
        "expired": [_("Nothing came to us in time. If you still want to return it, please announce it again.")],
        "rejected": [_("The goods were given back to you.")],
    }
    refund = refund_sentence(ret.refund_state, ret.refund_due_minor, ret.refund_confirmed_minor, ret.currency, words)
    return [*helps.get(ret.state, []), *([refund] if refund else [])]


def _rules(words: Words) -> dict[str, Markup]:
    """Why a line is not taken, by the rule that says so."""
    _ = words.say
    return {
        "not_returnable": _("This cannot be returned."),
        "already_returned": _("This was returned before."),
        "not_collected": _("This has not been collected yet."),
        "past_window": _("The time to return this is over."),
        "quantity": _("These are more pieces than you bought."),
    }
