"""What an announced return means: its lines, its store, its customer, and the order that it names."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from omni_pickup.models.base import db
from omni_pickup.models.orders import Order
from omni_pickup.models.returns import ReturnContact
from omni_pickup.models.stores import Store
from omni_pickup.queries.stores.stores import find_store
from omni_pickup.rules.codes import surname
from omni_pickup.rules.dispositions import RETURN_REASONS
from omni_pickup.rules.phones import phone_end
from omni_pickup.services.meanings import (
    MOST_PIECES,
    Findings,
    email_of,
    key_of,
    language_of,
    phone_of,
    require,
    whole_number,
)

_NAME_LONGEST, _NOTE_LONGEST = 200, 2000


@dataclass(frozen=True, slots=True)
class SaidLine:
    """One line as the customer announced it."""

    line_id: str | None
    sku: str
    pieces: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class Announcement:
    """A whole announcement, its meaning checked as far as it needs no order."""

    external_id: str | None
    order_ref: Mapping[str, str]
    store: Store | None
    customer: Mapping[str, Any] | None
    lines: tuple[SaidLine, ...]

    def fingerprint(self) -> str:
        """Two announcements with one external id are the same when order, store and lines are."""
        said = sorted([line.line_id or "", line.sku, line.pieces, line.reason or ""] for line in self.lines)
        text = json.dumps([dict(self.order_ref), self.store.code if self.store else None, said], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def read_announcement(values: Mapping[str, Any]) -> Announcement:
    """The meaning of the contract's JSON. Raises Invalid with a pointer for each wrong value."""
    findings = Findings()
    external_id = values.get("external_id")
    if external_id is not None:
        with findings.at("/external_id"):
            key_of(external_id, longest=200)
    store = _read_store(values.get("store"), findings)
    order_ref = {name: value for name, value in (values.get("order") or {}).items() if value is not None}
    with findings.at("/order"):
        require(len(order_ref) <= 1, "An order is named by its external_id or by our id, not by both.")
    for name, value in order_ref.items():
        with findings.at(f"/order/{name}"):
            key_of(value, longest=200)
    lines = _read_lines(values.get("lines") or [], findings)
    customer = _read_customer(values.get("customer"), store, findings)
    findings.settle()
    return Announcement(external_id, order_ref, store, customer, lines)


def find_order(announcement: Announcement, *, client_id: int | None) -> Order | None:
    """The channel's own order that is named; None when it is unknown to us, as goods bought elsewhere are."""
    columns = {"external_id": Order.external_id, "id": Order.public_id}
    for name, value in announcement.order_ref.items():
        statement = select(Order).where(columns[name] == value, Order.client_id == client_id)
        return db.session.scalars(statement).unique().one_or_none()
    return None


def contact_row(customer: Mapping[str, Any] | None, order: Order | None) -> dict[str, Any]:
    """Values of the contact row: who announced it, else the buyer as far as the order still knows."""
    if customer is not None:
        return dict(customer)
    if order is None:
        return {}
    names = ("name", "email", "phone", "language", "surname_key", "phone_end", "erased_at")
    return {name: getattr(order.contact, name) for name in names}


def new_contact(customer: Mapping[str, Any] | None, order: Order | None) -> ReturnContact:
    """The contact row of a new return."""
    return ReturnContact(**contact_row(customer, order))


def _read_store(code: Any, findings: Findings) -> Store | None:
    store = None if code is None else find_store(str(code), lock=False)
    if code is not None and store is None:
        findings.add("/store", f"There is no store {code}.")
    return store


def _read_lines(lines: list[Mapping[str, Any]], findings: Findings) -> tuple[SaidLine, ...]:
    if not lines:
        findings.add("/lines", "A return has at least one line.")
    seen: set[tuple[str | None, str]] = set()
    for number, line in enumerate(lines):
        below = f"/lines/{number}"
        key = (line.get("line_id"), line["sku"])
        with findings.at(below):
            require(key not in seen, "This line is already in the return.", code="duplicate_line")
        seen.add(key)
        with findings.at(f"{below}/sku"):
            key_of(line["sku"], longest=100)
        if line.get("line_id") is not None:
            with findings.at(f"{below}/line_id"):
                key_of(line["line_id"], longest=100)
        with findings.at(f"{below}/quantity"):
            whole_number(line["quantity"], least=1, most=MOST_PIECES)
        with findings.at(f"{below}/reason"):
            known = line.get("reason") is None or line["reason"] in RETURN_REASONS
            require(known, f"A reason is one of {', '.join(RETURN_REASONS)}.", code="unknown_reason")
    return tuple(SaidLine(line.get("line_id"), line["sku"], line["quantity"], line.get("reason")) for line in lines)


def _read_customer(
    customer: Mapping[str, Any] | None, store: Store | None, findings: Findings
) -> dict[str, Any] | None:
    if customer is None:
        return None
    country = None if store is None else store.address.get("country")
    read: dict[str, Any] = {"note": customer.get("note")}
    with findings.at("/customer/name"):
        read["name"] = customer.get("name")
        require(len(read["name"] or "") <= _NAME_LONGEST, f"A name has at most {_NAME_LONGEST} signs.")
        read["surname_key"] = surname(read["name"] or "").casefold() or None
    with findings.at("/customer/email"):
        read["email"] = email_of(customer.get("email"))
    with findings.at("/customer/phone"):
        read["phone"] = phone_of(customer.get("phone"), country)
        read["phone_end"] = phone_end(read["phone"]) if read["phone"] else None
    with findings.at("/customer/language"):
        read["language"] = language_of(customer.get("language"))
    with findings.at("/customer/note"):
        require(len(read["note"] or "") <= _NOTE_LONGEST, f"A note has at most {_NOTE_LONGEST} signs.")
    return read
