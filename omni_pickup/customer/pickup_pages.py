"""Drawing the pickup page and the page on which somebody in a car says where."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

import segno
from markupsafe import Markup
from werkzeug.wrappers import Response

from omni_pickup import clock
from omni_pickup.customer.frames import draw, trouble, words_for
from omni_pickup.customer.notices import notices_of, order_lines, steps_of, total_of
from omni_pickup.customer.pickup_words import sentence_of
from omni_pickup.customer.question_words import asked_of
from omni_pickup.customer.visits import visited_orders
from omni_pickup.errors import OperationError
from omni_pickup.models.orders import Order
from omni_pickup.queries.orders.customer_pages import PickupFacts, pickup_facts
from omni_pickup.rules.dispositions import RETURN_REASONS
from omni_pickup.rules.lifecycle import ORDER_OPEN_STATES
from omni_pickup.rules.pickup_qrs import qr_text
from omni_pickup.rules.problems import RuleProblem
from omni_pickup.services.orders.expiries import longer_hold

#: Before that, nobody should be led to set out.
_SOON = timedelta(hours=3)


def draw_pickup(order: Order, error: OperationError | None = None) -> Response:
    """The page, with what went wrong before if anything did."""
    words = words_for(order.contact.language, order.store)
    facts = pickup_facts(order, now=clock.now())
    return draw(
        "customer/pickup.html",
        words,
        status=200 if error is None else error.status,
        trouble=trouble(error, words),
        facts=facts,
        order=order,
        store=order.store,
        said=sentence_of(facts, words),
        asked=asked_of(facts, words),
        steps=steps_of(facts, words),
        notices=notices_of(facts, words),
        lines=order_lines(facts, words),
        total=total_of(order, words),
        others=[other for other in visited_orders() if other.id != order.id],
        reasons=RETURN_REASONS,
        **_offers(facts),
    )


def draw_arrival(order: Order, error: OperationError | None = None) -> Response:
    """The form for bay and car."""
    words = words_for(order.contact.language, order.store)
    status = 200 if error is None else error.status
    facts = pickup_facts(order, now=clock.now())
    return draw(
        "customer/here.html",
        words,
        status=status,
        trouble=trouble(error, words),
        order=order,
        store=order.store,
        facts=facts,
    )


def _offers(facts: PickupFacts) -> dict[str, Any]:
    """What the page can be used for at this moment."""
    order = facts.order
    return {
        "is_open": order.state in ORDER_OPEN_STATES,
        "at_car": order.pickup_method == "curbside" and bool(order.store.curbside),
        "qr": draw_qr(order, facts.code) if facts.code else None,
        "longer": _longer(order),
        "far_off": order.state != "ready" and order.promised_at - facts.now > _SOON,
    }


def _longer(order: Order) -> datetime | None:
    if order.state != "ready":
        return None
    try:
        return longer_hold(order)
    except RuleProblem:
        return None


def draw_qr(order: Order, code: str) -> Markup:
    """29 modules of 7 px: whole pixels, so that a scanner sees sharp edges on any phone."""
    picture = io.BytesIO()
    segno.make(qr_text(order.public_id, code), error="m", micro=False).save(
        picture,
        kind="svg",
        scale=7,
        border=0,
        xmldecl=False,
        svgns=False,
        omitsize=False,
        svgclass="qr",
        lineclass=None,
    )
    return Markup(picture.getvalue().decode())  # noqa: S704 - segno writes numbers and fixed names only.
