"""Clients, items, stock and orders that many tests start from; people, stores and tablets are in `people`.

Each builder is one transaction of its own, so that a test's `with transaction()` holds only what it is about.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pytest

from omni_pickup import clock, keys
from omni_pickup.errors import Invalid
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.clients import Client
from omni_pickup.models.events import Event
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order, OrderContact, OrderLine
from omni_pickup.models.stock import FIGURES, StockLevel
from omni_pickup.models.stores import Store
from omni_pickup.services.order_states import settle_order
from omni_pickup.services.stock.stock_moves import Cause, move_stock, reserve_pieces

_numbers = itertools.count(1)


def make_client(name: str = "") -> Client:
    """A channel."""
    with transaction():
        client = Client(name=name or f"shop-{next(_numbers)}", created_at=clock.now())
        db.session.add(client)
    return client


def make_item(sku: str = "", **values: Any) -> Item:
    """A T-shirt for 10.00 PLN unless `values` say otherwise."""
    now = clock.now()
    usual: dict[str, Any] = {"name": "T-shirt", "price_minor": 1000, "currency": "PLN", "return_days": 30}
    with transaction():
        item = Item(sku=sku or f"SKU-{next(_numbers)}", created_at=now, updated_at=now, **{**usual, **values})
        db.session.add(item)
    return item


def make_stock(store: Store, item: Item, on_hand: int, **figures: int) -> None:
    """Put pieces into the books through the ledger."""
    with transaction():
        move_stock(store.id, item.id, cause=Cause("set", SYSTEM), on_hand=on_hand, **figures)


def stock_of(store: Store, item: Item) -> dict[str, int]:
    """The figures of a level that are not 0, deficit among them."""
    columns = [getattr(StockLevel, figure) for figure in (*FIGURES, "deficit")]
    with transaction():
        row = db.session.execute(
            db.select(*columns).where(StockLevel.store_id == store.id, StockLevel.item_id == item.id)
        ).one_or_none()
    return {} if row is None else {name: value for name, value in row._mapping.items() if value}


def make_order(
    store: Store,
    client: Client,
    lines: Sequence[tuple[Item, int]],
    *,
    contact: Mapping[str, Any] | None = None,
    **values: Any,
) -> Order:
    """A received order with its pieces reserved; lines are called 1, 2, ... and cost what the item costs."""
    with transaction():
        order = _order_row(store, client, values)
        db.session.add(order)
        db.session.flush()
        order.contact = OrderContact(**{"name": "Ada Nowak", "email": "ada@example.com", **(contact or {})})
        for position, (item, ordered) in enumerate(lines, 1):
            order.lines.append(_line_row(position, item, ordered))
            _reserve(order, item, ordered)
        db.session.flush()
    return order


def _order_row(store: Store, client: Client, values: Mapping[str, Any]) -> Order:
    now: datetime = clock.now()
    usual: dict[str, Any] = {
        "public_id": keys.new_id("ord"),
        "client_id": client.id,
        "external_id": f"X-{next(_numbers)}",
        "store": store,
        "state": "received",
        "fingerprint": "",
        "currency": "PLN",
        "promised_at": now,
        "first_promised_at": now,
        "placed_at": now,
        "received_at": now,
        "updated_at": now,
        "link_digest": keys.digest(keys.new_token()),
    }
    return Order(**{**usual, **values})


def _line_row(position: int, item: Item, ordered: int) -> OrderLine:
    return OrderLine(
        line_id=str(position),
        position=position,
        item=item,
        ordered=ordered,
        open=ordered,
        unit_price_minor=item.price_minor,
    )


def _reserve(order: Order, item: Item, pieces: int) -> None:
    given = reserve_pieces(order.store_id, {item.id: pieces}, cause=Cause("reserve", SYSTEM, order_id=order.id))
    assert given[item.id] == pieces, "the test's stock does not cover its order"


def collect_order(order: Order, pieces: Mapping[str, int] | None = None) -> Order:
    """Give pieces by line id to the customer, all open ones unless told, without the way through bags."""
    with transaction():
        order = db.session.get_one(Order, order.id, with_for_update=True)
        for line in order.lines:
            given = line.open if pieces is None else pieces.get(line.line_id, 0)
            line.open, line.collected = line.open - given, line.collected + given
            line.picked = min(line.picked, line.open)
            move_stock(
                order.store_id,
                line.item_id,
                cause=Cause("handoff", SYSTEM, order_id=order.id, order_line_id=line.id),
                on_hand=-given,
                reserved=-given,
            )
        # The lifecycle asks for every step on the way; tests of other things may take it at once.
        order.state = "ready" if all(line.open == 0 for line in order.lines) else order.state
        settle_order(order, by=SYSTEM)
    return order


def store_values(**values: Any) -> dict[str, Any]:
    """The contract's JSON of a store in Warszawa that is open from 09:00 to 21:00 on every day."""
    pickup = {"in_store": True, "curbside": True, "prep_minutes": 120, "hold_days": 3, "pickers": 2}
    usual: dict[str, Any] = {
        "name": "Warszawa Centrum",
        "timezone": "Europe/Warsaw",
        "latitude": 52.23,
        "longitude": 21.01,
        "phone": "+48221234567",
        "address": {"street": "Marszałkowska 1", "city": "Warszawa", "postal_code": "00-001", "country": "PL"},
        "hours": {day: [["09:00", "21:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")},
        "pickup": {**pickup, **values.pop("pickup", {})},
    }
    return {**usual, **values}


def order_values(lines: Mapping[str, int], store: str = "WAW-01", **values: Any) -> dict[str, Any]:
    """The contract's JSON of an order of pieces by SKU, each for 19.90 PLN."""
    usual: dict[str, Any] = {
        "external_id": f"X-{next(_numbers)}",
        "store": store,
        "customer": {"name": "Ada Nowak", "email": "ada@example.com", "phone": "+48601234567", "language": "pl"},
        "lines": [
            {
                "line_id": str(position),
                "sku": sku,
                "quantity": quantity,
                "unit_price": {"amount": "19.90", "currency": "PLN"},
            }
            for position, (sku, quantity) in enumerate(lines.items(), 1)
        ],
    }
    return {**usual, **values}


def dump_tables() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, to show that a refused change left no trace."""
    db.session.rollback()
    with transaction():
        return {
            table.name: sorted((tuple(row) for row in db.session.execute(db.select(table))), key=repr)
            for table in db.metadata.sorted_tables
        }


def set_clock(monkeypatch: pytest.MonkeyPatch, text: str) -> datetime:
    """Stop the product's clock at an RFC 3339 time."""
    at = datetime.fromisoformat(text)
    monkeypatch.setattr(clock, "now", lambda: at)
    return at


def event_types(*prefixes: str) -> list[str]:
    """The types of all events in their order; only those that begin with one of `prefixes` if given."""
    types = db.session.scalars(db.select(Event.type).order_by(Event.id)).all()
    return [type_ for type_ in types if not prefixes or type_.startswith(prefixes)]


def pointers(error: Invalid) -> list[str]:
    """Where the values are that it complains about."""
    return [problem["pointer"] for problem in error.details["errors"]]
