"""The one search-or-scan field: an order by whatever somebody has of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import selectinload

from omni_pickup.models.base import db
from omni_pickup.models.orders import NUMBER_BASE, CheckIn, Order, OrderContact
from omni_pickup.models.packages import Package
from omni_pickup.models.stores import Store
from omni_pickup.queries.picking.packages import IN_STORE
from omni_pickup.rules.codes import surname
from omni_pickup.rules.lifecycle import ORDER_OPEN_STATES
from omni_pickup.rules.pickup_qrs import parse_qr

MOST_HITS = 20
#: Where one word may mean several things, the plainer meaning comes first.
MEANINGS = ("order", "bag", "bay", "phone", "name")


@dataclass(frozen=True, slots=True)
class Hit:
    """An order and what of it was meant: one of MEANINGS."""

    order: Order
    by: str


def search_orders(store: Store, text: str, *, limit: int = MOST_HITS) -> list[Hit]:
    """Orders of this store by number, channel's number, bag, tag, bay, end of phone number, or surname.

    Open orders come first. Pickup codes are not searched here: a code is a proof, and its tries are counted
    (`services.handoff.handoff_checks.find_by_code`). A scanned QR only names its order.
    """
    words = text.strip()[:200]
    qr = parse_qr(words)
    if qr is not None:
        words = qr.order_id
    if not words:
        return []
    hits: dict[int, Hit] = {}
    for meaning, statement in _statements(store, words):
        rows = db.session.scalars(statement.limit(limit).options(selectinload(Order.contact))).unique()
        for order in rows:
            hits.setdefault(order.id, Hit(order, meaning))
    return sorted(hits.values(), key=_rank)[:limit]


def _statements(store: Store, words: str) -> Iterable[tuple[str, Select[Any]]]:
    orders = select(Order).where(Order.store_id == store.id).order_by(_closed_last(), Order.id.desc())
    digits = "".join(sign for sign in words if sign in "0123456789")
    yield "order", orders.where(or_(Order.public_id == words, Order.external_id == words, *_numbers(words)))
    bags = select(Package.order_id).where(Package.store_id == store.id)
    yield "bag", orders.where(Order.id.in_(bags.where(_bag_is(words))))
    here = select(CheckIn.order_id).where(CheckIn.store_id == store.id, CheckIn.ended_at.is_(None))
    yield "bay", orders.where(Order.id.in_(here.where(CheckIn.bay == words)))
    contacts = orders.join(OrderContact, OrderContact.order_id == Order.id)
    if len(digits) >= 4 and digits == words.replace(" ", "").lstrip("+"):
        yield "phone", contacts.where(OrderContact.phone_end == digits[-4:])
    key = surname(words).casefold()
    if key and not digits:
        yield "name", contacts.where(OrderContact.surname_key.startswith(key, autoescape=True))


def _numbers(words: str) -> list[Any]:
    """The whole number, or its last four digits as bags show them."""
    if not (words.isascii() and words.isdigit()) or len(words) > 15:
        return []
    found: list[Any] = [Order.id == int(words) - NUMBER_BASE]
    if len(words) == 4:
        found.append((Order.id + NUMBER_BASE) % 10_000 == int(words))
    return found


def _bag_is(words: str) -> Any:
    """A bag's printed id, its tag while it hangs there, or the huge code on the label (`0042-NOW`)."""
    tag = (Package.tag == words) & Package.state.in_(IN_STORE)
    number, dash, letters = words.partition("-")
    if not dash or not (number.isascii() and number.isdigit()) or len(number) != 4:
        return or_(Package.public_id == words, tag)
    on_label = (
        select(Order.id)
        .join(OrderContact, OrderContact.order_id == Order.id)
        .where(
            (Order.id + NUMBER_BASE) % 10_000 == int(number),
            func.lower(OrderContact.surname_key).startswith(letters.casefold(), autoescape=True),
        )
    )
    return or_(Package.public_id == words, tag, Package.order_id.in_(on_label))


def _closed_last() -> Any:
    return case((Order.state.in_(ORDER_OPEN_STATES), 0), else_=1)


def _rank(hit: Hit) -> tuple[bool, int, int]:
    return (hit.order.state not in ORDER_OPEN_STATES, MEANINGS.index(hit.by), -hit.order.id)
