"""Customers who lost the link to their order: it goes to the address that the order knows, never to another one."""

from __future__ import annotations

import hmac
from contextlib import suppress

from sqlalchemy import select

from omni_pickup.errors import Throttled
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.orders import NUMBER_BASE, Order
from omni_pickup.services.customers.order_links import opened_order
from omni_pickup.services.order_states import record_order
from omni_pickup.services.staff.throttles import reserve_attempt


def ask_for_link(number: str, email: str, *, by: Actor) -> None:
    """Send the link again if `number` and `email` belong together; else nothing happens.

    The caller learns neither which, nor whether the customer's share of letters (3 an hour) is used up. Reserve an
    attempt of kind `link` before.
    """
    order = _order_of(number.strip(), email.strip())
    if order is None:
        return
    with suppress(Throttled):
        reserve_attempt("link_order", order.public_id)
        record_order(order, "order.link_asked", by=by)


def _order_of(number: str, email: str) -> Order | None:
    if not number.isascii() or not number.isdigit() or len(number) > 15:
        return None
    order = db.session.scalars(select(Order).where(Order.id == int(number) - NUMBER_BASE)).unique().one_or_none()
    if order is None or not order.contact.email or opened_order(order.id, order.link_version) is None:
        return None
    known = order.contact.email.casefold().encode()
    return order if hmac.compare_digest(known, email.casefold().encode()) else None
