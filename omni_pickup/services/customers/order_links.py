"""The links that open a customer's pages: recomputable by us, guessable by nobody, found by their digest."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta

from sqlalchemy import select

from omni_pickup import clock, keys
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.orders import Order
from omni_pickup.models.returns import Return
from omni_pickup.services.order_states import record_order

#: A page stays readable this long after its order or return came to an end; then the link opens nothing.
LINK_DAYS = 90


def order_token(order: Order) -> str:
    """The secret part of the link to a pickup: 256 bits, keyed to the order and its link version."""
    return token_of("order-link", order.public_id, order.link_version)


def return_token(return_: Return) -> str:
    """The secret part of the link to a return."""
    return token_of("return-link", return_.public_id, return_.link_version)


def status_url(order: Order) -> str:
    """The address of the customer's pickup page."""
    return f"{keys.base_url()}/p/{order_token(order)}"


def return_url(return_: Return) -> str:
    """The address of the customer's return page."""
    return f"{keys.base_url()}/r/{return_token(return_)}"


def token_of(purpose: str, public_id: str, version: int) -> str:
    """The token of an order (`order-link`) or return (`return-link`); the database keeps its digest only."""
    return base64.urlsafe_b64encode(keys.mac(purpose, f"{public_id}:{version}")).decode().rstrip("=")


def find_by_token(token: str) -> Order | None:
    """The order that a link opens; None for an unknown, rotated or expired one, which look alike."""
    order = db.session.scalars(select(Order).where(Order.link_digest == keys.digest(token))).unique().one_or_none()
    if order is None or _is_over(order.collected_at, order.cancelled_at, order.expired_at):
        return None
    return order


def find_return_by_token(token: str) -> Return | None:
    """The return that a link opens; None for an unknown, rotated or expired one."""
    found = db.session.scalars(select(Return).where(Return.link_digest == keys.digest(token))).unique().one_or_none()
    if found is None or _is_over(found.closed_at, found.rejected_at, found.cancelled_at, found.expired_at):
        return None
    return found


def opened_order(order_id: int, link_version: int) -> Order | None:
    """The order whose link a browser opened earlier; None once that link was rotated or ran out."""
    order = db.session.scalars(select(Order).where(Order.id == order_id)).unique().one_or_none()
    if order is None or order.link_version != link_version:
        return None
    return None if _is_over(order.collected_at, order.cancelled_at, order.expired_at) else order


def opened_return(return_id: int, link_version: int) -> Return | None:
    """The return whose link a browser opened earlier; None once that link was rotated or ran out."""
    found = db.session.scalars(select(Return).where(Return.id == return_id)).one_or_none()
    if found is None or found.link_version != link_version:
        return None
    return None if _is_over(found.closed_at, found.rejected_at, found.cancelled_at, found.expired_at) else found


def rotate_link(order: Order, *, by: Actor) -> str:
    """Make every earlier link of this order worthless; returns the new address."""
    order.link_version += 1
    order.link_digest = keys.digest(order_token(order))
    order.updated_at = clock.now()
    record_order(order, "order.link_rotated", by=by)
    return status_url(order)


def _is_over(*ends: datetime | None) -> bool:
    ended = [end for end in ends if end is not None]
    return bool(ended) and clock.now() > max(ended) + timedelta(days=LINK_DAYS)
