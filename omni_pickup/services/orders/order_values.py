"""Reading the contract's order body: what its values mean, with a pointer for everything that is wrong."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from omni_pickup import clock
from omni_pickup.models.items import Item
from omni_pickup.models.stores import Store
from omni_pickup.queries.stock.items import items_by_sku
from omni_pickup.rules.codes import surname
from omni_pickup.rules.money import Money, to_minor
from omni_pickup.rules.phones import phone_end
from omni_pickup.services.meanings import (
    MOST_PIECES,
    Findings,
    email_of,
    instant_of,
    key_of,
    language_of,
    money_of,
    phone_of,
    require,
    whole_number,
)

#: Lines of one order.
MOST_LINES = 500
PAYMENT_STATES = ("paid", "due", "void")
ALLOWANCES = ("all_or_nothing", "partial")
#: How far the clock of a channel may be ahead of ours.
_AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class LineRequest:
    """One line that a channel asks for; amounts in minor units."""

    line_id: str
    item: Item
    quantity: int
    unit_price_minor: int | None
    paid_total_minor: int | None
    backup: Item | None


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """An order body that makes sense. `columns` and `contact` are ready for their tables."""

    store: Store
    lines: tuple[LineRequest, ...]
    requested_from: datetime | None
    partial: bool
    collector: bool
    columns: Mapping[str, Any]
    contact: Mapping[str, Any]

    @property
    def wanted(self) -> dict[int, int]:
        """Pieces by item id, repeated SKUs summed."""
        pieces: dict[int, int] = {}
        for line in self.lines:
            pieces[line.item.id] = pieces.get(line.item.id, 0) + line.quantity
        return pieces


def fingerprint_of(values: Mapping[str, Any]) -> str:
    """What makes a repeated `external_id` the same order: the store and the lines, in whatever order they come."""
    members = ("line_id", "sku", "quantity", "unit_price", "paid_total")
    lines = sorted(([line.get(name) for name in members] for line in values["lines"]), key=lambda line: str(line[0]))
    return hashlib.sha256(json.dumps([values["store"], lines], sort_keys=True).encode()).hexdigest()


def read_order(values: Mapping[str, Any], store: Store) -> OrderRequest:
    """Check the meaning of a body whose shape is right. Raises Invalid with every finding."""
    findings = Findings()
    currency = _Currency(findings)
    country = (store.address or {}).get("country")
    columns = _columns(values, store, findings)
    lines = _lines(values["lines"], findings, currency)
    columns |= _payment(values.get("payment") or {}, findings, currency)
    contact = _contact(values, country, findings)
    findings.settle()
    requested_from = columns["requested_from"]
    return OrderRequest(
        store=store,
        lines=tuple(lines),
        requested_from=requested_from,
        partial=columns["allow"] == "partial",
        collector=values.get("collector") is not None,
        columns=columns | {"currency": currency.code, "fingerprint": fingerprint_of(values)},
        contact=contact,
    )


def check_pickup_method(store: Store, method: str) -> None:
    """Raise RuleProblem unless the store offers it."""
    offered = [name for name in ("in_store", "curbside") if getattr(store, name)]
    require(method in offered, f"Store {store.code} offers {' and '.join(offered) or 'no pickup'}.")


class _Currency:
    """One order has one currency: the first amount decides, the others must agree."""

    def __init__(self, findings: Findings) -> None:
        self.code: str | None = None
        self._findings = findings

    def minor(self, value: Mapping[str, str] | None, pointer: str) -> int | None:
        with self._findings.at(pointer):
            money = money_of(value)
            if money is not None:
                return self._agreed(money)
        return None

    def _agreed(self, money: Money) -> int:
        self.code = self.code or money.currency
        require(money.currency == self.code, f"One order has one currency; this one began with {self.code}.")
        return to_minor(money)


def _columns(values: Mapping[str, Any], store: Store, findings: Findings) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "external_id": values["external_id"],
        "pickup_method": values.get("pickup_method") or "in_store",
        "allow": values.get("allow") or "all_or_nothing",
        "gift": values.get("gift") is not None,
        "placed_at": None,
        "requested_from": None,
    }
    with findings.at("/external_id"):
        key_of(columns["external_id"], longest=200)
    with findings.at("/pickup_method"):
        check_pickup_method(store, columns["pickup_method"])
    with findings.at("/allow"):
        require(columns["allow"] in ALLOWANCES, f"One of {', '.join(ALLOWANCES)}.")
    for name in ("placed_at", "requested_from"):
        with findings.at(f"/{name}"):
            columns[name] = instant_of(values.get(name))
    with findings.at("/placed_at"):
        placed_at = columns["placed_at"]
        require(placed_at is None or placed_at <= clock.now() + _AHEAD, "Nobody can have ordered in the future.")
    return columns


def _lines(given: Sequence[Mapping[str, Any]], findings: Findings, currency: _Currency) -> list[LineRequest]:
    with findings.at("/lines"):
        require(1 <= len(given) <= MOST_LINES, f"An order has 1 to {MOST_LINES} lines.")
    skus = {line[name] for line in given for name in ("sku", "backup_sku") if line.get(name) is not None}
    items = items_by_sku(skus)
    seen: set[str] = set()
    lines: list[LineRequest] = []
    for index, line in enumerate(given):
        read = _line(line, f"/lines/{index}", items, seen, findings, currency)
        if read is not None:
            lines.append(read)
    return lines


def _line(
    line: Mapping[str, Any],
    below: str,
    items: Mapping[str, Item],
    seen: set[str],
    findings: Findings,
    currency: _Currency,
) -> LineRequest | None:
    with findings.at(f"{below}/line_id"):
        key_of(line["line_id"], longest=100)
        require(line["line_id"] not in seen, f"Line {line['line_id']} is there twice.")
    seen.add(line["line_id"])
    with findings.at(f"{below}/quantity"):
        whole_number(line["quantity"], least=1, most=MOST_PIECES)
    for name in ("sku", "backup_sku"):
        with findings.at(f"{below}/{name}"):
            require(line.get(name) is None or line[name] in items, f"There is no item {line.get(name)}.")
    with findings.at(f"{below}/backup_sku"):
        require(line.get("backup_sku") != line["sku"], "An item cannot stand in for itself.")
    unit_price = currency.minor(line.get("unit_price"), f"{below}/unit_price")
    paid_total = currency.minor(line.get("paid_total"), f"{below}/paid_total")
    if line["sku"] not in items:
        return None
    backup = items.get(line.get("backup_sku") or "")
    return LineRequest(line["line_id"], items[line["sku"]], line["quantity"], unit_price, paid_total, backup)


def _payment(payment: Mapping[str, Any], findings: Findings, currency: _Currency) -> dict[str, Any]:
    state = payment.get("state") or "paid"
    with findings.at("/payment/state"):
        require(state in PAYMENT_STATES, f"One of {', '.join(PAYMENT_STATES)}.")
    with findings.at("/payment/due"):
        require(payment.get("due") is None or state == "due", "An amount is due only while the payment is due.")
    return {"payment_state": state, "payment_due_minor": currency.minor(payment.get("due"), "/payment/due")}


def _contact(values: Mapping[str, Any], country: str | None, findings: Findings) -> dict[str, Any]:
    contact = read_person(values["customer"], "/customer", country, findings)
    contact["surname_key"] = surname_key(contact["name"])
    contact["phone_end"] = phone_end(contact["phone"] or "") or None
    with findings.at("/customer/language"):
        contact["language"] = language_of(values["customer"].get("language"))
    gift = values.get("gift") or {}
    texts = {"note": values.get("note"), "gift_message": gift.get("message")}
    for name, text in texts.items():
        with findings.at("/note" if name == "note" else "/gift/message"):
            require(len(text or "") <= 2000, "At most 2000 signs.")
    return contact | texts | read_collector(values.get("collector"), country, findings)


def read_collector(given: Mapping[str, Any] | None, country: str | None, findings: Findings) -> dict[str, Any]:
    """Contact columns of whoever comes instead of the buyer; empty ones for nobody."""
    if given is None:
        return {f"collector_{name}": None for name in ("name", "email", "phone")}
    person = read_person(given, "/collector", country, findings)
    return {f"collector_{name}": value for name, value in person.items()}


def read_person(given: Mapping[str, Any], pointer: str, country: str | None, findings: Findings) -> dict[str, Any]:
    """Name, e-mail address and telephone number of a person; numbers without a prefix belong to `country`."""
    person: dict[str, Any] = {"name": given["name"], "email": None, "phone": None}
    with findings.at(f"{pointer}/name"):
        require(len(given["name"].strip()) > 0 and len(given["name"]) <= 200, "A name has 1 to 200 signs.")
    with findings.at(f"{pointer}/email"):
        person["email"] = email_of(given.get("email"))
    with findings.at(f"{pointer}/phone"):
        person["phone"] = phone_of(given.get("phone"), country)
    return person


def surname_key(name: str) -> str:
    """The surname as the search at the counter compares it."""
    return surname(name).casefold()[:200]
