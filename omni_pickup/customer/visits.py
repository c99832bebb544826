"""Which orders and returns this browser may see: those whose links it opened.

The cookie is sealed (encrypted and authenticated), so opening a link writes nothing: mail scanners open every link.
What it names is judged anew with each request, and ends with its link.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta

from cryptography.fernet import InvalidToken
from flask import request
from werkzeug.wrappers import Response

from omni_pickup import keys
from omni_pickup.errors import NotFound
from omni_pickup.models.orders import Order
from omni_pickup.models.returns import Return
from omni_pickup.queries.orders.customer_pages import returns_of
from omni_pickup.security_headers import cookie_name
from omni_pickup.services.customers.order_links import LINK_DAYS, opened_order, opened_return
from omni_pickup.visitors import set_cookie, settings

COOKIE = "customer"
KEPT = timedelta(days=LINK_DAYS)
#: More would make the cookie large; who has more open orders opens the older links again.
MOST = 12


@dataclass(frozen=True, slots=True)
class Visit:
    """One opened link: an order's or a return's primary key, and the link's version."""

    kind: str
    key: int
    version: int


def order_visit(order: Order) -> Visit:
    """What the cookie keeps of an order."""
    return Visit("order", order.id, order.link_version)


def return_visit(ret: Return) -> Visit:
    """What the cookie keeps of a return."""
    return Visit("return", ret.id, ret.link_version)


def current_visits() -> list[Visit]:
    """The links that this browser opened, the newest first; none if its cookie is not ours or too old."""
    sealed = request.cookies.get(cookie_name(COOKIE, settings()), "")
    try:
        plain = keys.box("customer-visits").decrypt(sealed.encode(), ttl=int(KEPT.total_seconds()))
    except (InvalidToken, UnicodeError):
        return []
    return [Visit(**visit) for visit in json.loads(plain)]


def remember(response: Response, *visits: Visit) -> None:
    """Put these in front of what the browser knows already."""
    known = [old for old in current_visits() if (old.kind, old.key) not in {(new.kind, new.key) for new in visits}]
    plain = json.dumps([asdict(visit) for visit in [*visits, *known][:MOST]]).encode()
    set_cookie(response, COOKIE, keys.box("customer-visits").encrypt(plain).decode(), kept=KEPT)


def visited_orders() -> Iterator[Order]:
    """The orders that this browser may see."""
    for visit in current_visits():
        order = opened_order(visit.key, visit.version) if visit.kind == "order" else None
        if order is not None:
            yield order


def visited_order(number: str) -> Order:
    """The order that people know by `number`. Raises NotFound unless its link was opened here."""
    order = next((order for order in visited_orders() if order.number == number), None)
    if order is None:
        raise NotFound
    return order


def visited_return(rma_number: str) -> Return:
    """The return with that number. Raises NotFound unless its link, or that of its order, was opened here."""
    for visit in current_visits():
        ret = opened_return(visit.key, visit.version) if visit.kind == "return" else None
        if ret is not None and ret.rma_number == rma_number:
            return ret
    for order in visited_orders():
        for ret in returns_of(order):
            if ret.rma_number == rma_number and opened_return(ret.id, ret.link_version) is not None:
                return ret
    raise NotFound
