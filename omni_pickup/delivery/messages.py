"""What a customer is told: the facts of the moment of sending, joined with the contact that events never hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.numbers import format_currency
from sqlalchemy import select

from omni_pickup.delivery import outboxes
from omni_pickup.delivery.failures import NothingToTell
from omni_pickup.delivery.letters import Letter, listed, one_line, write_letter
from omni_pickup.delivery.outboxes import Claim
from omni_pickup.languages import LOCALES, nearest_language
from omni_pickup.models.base import db
from omni_pickup.models.orders import Order, OrderContact, OrderLine, Question
from omni_pickup.models.returns import Return, ReturnContact
from omni_pickup.models.stores import Store
from omni_pickup.rules.lifecycle import ORDER_OPEN_STATES
from omni_pickup.rules.money import from_minor
from omni_pickup.services.customers.order_links import return_url, status_url

#: States outside of which a message would be a lie by the time it is sent.
ONLY_WHILE = {
    "ready": frozenset({"ready"}),
    "reminder": frozenset({"ready"}),
    "hold_extended": frozenset({"ready"}),
    "delayed": ORDER_OPEN_STATES - {"ready"},
    "short_pick": ORDER_OPEN_STATES,
}


@dataclass(frozen=True, slots=True)
class Message:
    """A letter and the person it goes to."""

    id: str
    name: str
    email: str
    letter: Letter


def compose(claim: Claim) -> Message:
    """The message as it is true now. Raises NothingToTell: nobody to tell, told better by a later one, or untrue."""
    kind = claim.kind.removeprefix("message.")
    if claim.return_id is not None:
        return _return_message(claim, kind, db.session.get_one(Return, claim.return_id))
    if claim.order_id is None:
        raise NothingToTell("It is about no order and no return.")
    order = db.session.get_one(Order, claim.order_id)
    if kind in ONLY_WHILE:
        if order.state not in ONLY_WHILE[kind]:
            raise NothingToTell(f"The order is {order.state} by now.")
        if outboxes.has_newer(claim):
            raise NothingToTell("A newer message says it.")
    language = nearest_language(_language(order.contact))
    facts = _order_facts(order, language)
    if "ready_by" in claim.details:
        # A delay that is expected is told with its own time, because the promise itself stays.
        expected = datetime.fromisoformat(claim.details["ready_by"])
        facts["promised"] = said_instant(expected, order.store.timezone, language)
    return _message(claim, kind, order.contact, facts)


def _message(
    claim: Claim, kind: str, contact: OrderContact | ReturnContact | None, facts: Mapping[str, str]
) -> Message:
    if contact is None or contact.erased_at is not None:
        raise NothingToTell("The contact was erased.")
    if not contact.email:
        raise NothingToTell("There is no e-mail address.")
    name = one_line(contact.name)
    letter = write_letter(kind, nearest_language(contact.language), {"name": name, **facts})
    return Message(claim.public_id, name, contact.email, letter)


def _language(contact: OrderContact | ReturnContact | None) -> str | None:
    return contact.language if contact is not None else None


def _order_facts(order: Order, language: str) -> dict[str, str]:
    zone = order.store.timezone
    questions = list(
        db.session.scalars(select(Question).where(Question.order_id == order.id, Question.state == "open"))
    )
    names = {line.id: line.item.name for line in order.lines}
    deadline = min((question.deadline_at for question in questions), default=None)
    return _store_facts(order.store) | {
        "number": order.number,
        "items": listed([(line.open, line.item.name) for line in order.lines if line.open]),
        "collected": listed([(line.collected, line.item.name) for line in order.lines if line.collected]),
        "asked": listed([(question.pieces, names[question.order_line_id]) for question in questions]),
        "deadline": said_instant(deadline, zone, language),
        "promised": said_instant(order.promised_at, zone, language),
        "until": said_instant(order.hold_until, zone, language),
        "due": _due(order, language),
        "refund": "yes" if order.refund_state != "none" else "",
        "link": status_url(order),
    }


def _return_message(claim: Claim, kind: str, goods: Return) -> Message:
    order = db.session.get(Order, goods.order_id) if goods.order_id is not None else None
    contact = goods.contact
    store = db.session.get(Store, goods.store_id) if goods.store_id is not None else None
    zone = store.timezone if store else order.store.timezone if order else "UTC"
    facts = (_store_facts(store) if store else {}) | {
        "rma": goods.rma_number,
        "items": listed(
            [
                (line.said if line.counted is None else line.counted, line.item.name if line.item else line.sku)
                for line in goods.lines
            ]
        ),
        "until": said_instant(goods.expires_at, zone, nearest_language(_language(contact))),
        "refund": "yes" if goods.refund_state != "none" else "",
        "link": return_url(goods),
    }
    return _message(claim, kind, contact, facts)


def _store_facts(store: Store) -> dict[str, str]:
    address = store.address
    town = " ".join(str(address[part]) for part in ("postal_code", "city") if address.get(part))
    places = [str(address.get("street") or ""), town]
    return {
        "store": one_line(store.name),
        "address": one_line(", ".join(place for place in places if place)),
        "phone": one_line(store.phone),
    }


def _due(order: Order, language: str) -> str:
    lines: list[OrderLine] = order.lines
    if order.payment_state != "due" or order.currency is None or not any(line.open for line in lines):
        return ""
    if order.payment_due_minor is None:
        return ""
    money = from_minor(order.payment_due_minor, order.currency)
    return one_line(format_currency(money.amount, money.currency, locale=LOCALES[language]))


def said_instant(instant: datetime | None, zone: str, language: str) -> str:
    """Weekday, date and time at the store, as people there say it; empty for None."""
    if instant is None:
        return ""
    local, locale = instant.astimezone(ZoneInfo(zone)), LOCALES[language]
    return one_line(f"{format_date(local, 'full', locale=locale)}, {format_time(local, 'short', locale=locale)}")
