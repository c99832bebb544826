"""Do the books agree? What `omni stock verify` proves, for every store and item and every order line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, select, true

from omni_pickup.models.base import db
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.models.stock import FIGURES, Hold, HoldLine, StockAdjustment, StockLevel, StockMovement
from omni_pickup.models.stores import Store
from omni_pickup.models.transfers import Transfer, TransferLine
from omni_pickup.rules.lifecycle import LineCounters

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that does not add up. `figure` names it, `booked` is what stands there, `expected` what follows."""

    store: str
    sku: str
    figure: str
    booked: int
    expected: int
    note: str = ""

    def __str__(self) -> str:
        return (
            f"{self.store} {self.sku}: {self.figure} is {self.booked}, should be {self.expected} {self.note}".rstrip()
        )


class _Names(NamedTuple):
    """Store codes and SKUs by primary key."""

    stores: dict[int, str]
    items: dict[int, str]


def list_differences(store: Store | None = None) -> list[Difference]:
    """Everything in which the books differ, of one store or of all; an empty list means that they agree.

    For every (store, SKU): each figure is the sum of its movements; reserved is open pieces + pieces to put back
    - pieces sold at the till before their handoff + active holds + requested transfers; deficit is what reserved
    exceeds on hand by. For every order line: its counters add up.
    """
    levels = _levels(store)
    found = [*_against_ledger(levels, store), *_against_reservations(levels, store), *_deficits(levels)]
    names = _names() if found else _Names({}, {})
    named = [
        Difference(names.stores[store_id], names.items[item_id], figure, booked, expected)
        for (store_id, item_id), figure, booked, expected in sorted(found)
    ]
    return named + _broken_lines(store)


def _of(store: Store | None, column: Any) -> ColumnElement[bool]:
    return true() if store is None else column == store.id


def _levels(store: Store | None) -> dict[Place, dict[str, int]]:
    figures = (*FIGURES, "deficit")
    columns = [getattr(StockLevel, figure) for figure in figures]
    rows = db.session.execute(
        select(StockLevel.store_id, StockLevel.item_id, *columns).where(_of(store, StockLevel.store_id))
    )
    return {(row[0], row[1]): dict(zip(figures, row[2:], strict=True)) for row in rows}


def _against_ledger(levels: dict[Place, dict[str, int]], store: Store | None) -> Iterable[tuple[Place, str, int, int]]:
    sums = [func.sum(getattr(StockMovement, f"{figure}_delta")) for figure in FIGURES]
    rows = db.session.execute(
        select(StockMovement.store_id, StockMovement.item_id, *sums)
        .where(_of(store, StockMovement.store_id))
        .group_by(StockMovement.store_id, StockMovement.item_id)
    )
    ledger = {(row[0], row[1]): dict(zip(FIGURES, map(int, row[2:]), strict=True)) for row in rows}
    nothing = dict.fromkeys(FIGURES, 0)
    for place in levels.keys() | ledger.keys():
        booked, expected = levels.get(place, nothing), ledger.get(place, nothing)
        for figure in FIGURES:
            if booked[figure] != expected[figure]:
                yield place, figure, booked[figure], expected[figure]


def _against_reservations(
    levels: dict[Place, dict[str, int]], store: Store | None
) -> Iterable[tuple[Place, str, int, int]]:
    expected: dict[Place, int] = {}
    sources = (
        (_order_pieces(), Order.store_id),
        (_till_sales(), StockAdjustment.store_id),
        (_holds(), Hold.store_id),
        (_transfers(), Transfer.source_store_id),
    )
    for statement in (pieces.where(_of(store, column)) for pieces, column in sources):
        for store_id, item_id, pieces in db.session.execute(statement):
            expected[store_id, item_id] = expected.get((store_id, item_id), 0) + int(pieces)
    for place in levels.keys() | expected.keys():
        booked = levels.get(place, {}).get("reserved", 0)
        if booked != expected.get(place, 0):
            yield place, "reserved by orders, holds and transfers", booked, expected.get(place, 0)


def _order_pieces() -> Select[int, int, int]:
    return (
        select(Order.store_id, OrderLine.item_id, func.sum(OrderLine.open + OrderLine.to_put_back))
        .join(Order, Order.id == OrderLine.order_id)
        .where(OrderLine.open + OrderLine.to_put_back != 0)
        .group_by(Order.store_id, OrderLine.item_id)
    )


def _till_sales() -> Select[int, int, int]:
    row = StockAdjustment
    pending = -func.sum(row.for_order - row.settled)
    return (
        select(row.store_id, row.item_id, pending)
        .where(row.for_order != row.settled)
        .group_by(row.store_id, row.item_id)
    )


def _holds() -> Select[int, int, int]:
    return (
        select(Hold.store_id, HoldLine.item_id, func.sum(HoldLine.quantity))
        .join(Hold, Hold.id == HoldLine.hold_id)
        .where(Hold.state == "active")
        .group_by(Hold.store_id, HoldLine.item_id)
    )


def _transfers() -> Select[int, int, int]:
    return (
        select(Transfer.source_store_id, TransferLine.item_id, func.sum(TransferLine.requested))
        .join(Transfer, Transfer.id == TransferLine.transfer_id)
        .where(Transfer.state == "requested")
        .group_by(Transfer.source_store_id, TransferLine.item_id)
    )


def _deficits(levels: dict[Place, dict[str, int]]) -> Iterable[tuple[Place, str, int, int]]:
    for place, level in levels.items():
        expected = max(0, level["reserved"] - level["on_hand"])
        if level["deficit"] != expected:
            yield place, "deficit", level["deficit"], expected


def _broken_lines(store: Store | None) -> list[Difference]:
    """Lines whose counters do not add up; read row by row, because their rules are those of the lifecycle."""
    names = [field.name for field in fields(LineCounters)]
    rows = db.session.execute(
        select(Store.code, Item.sku, Order.public_id, *(getattr(OrderLine, name) for name in names))
        .join(Order, Order.id == OrderLine.order_id)
        .join(Store, Store.id == Order.store_id)
        .join(Item, Item.id == OrderLine.item_id)
        .where(_of(store, Order.store_id))
        .order_by(OrderLine.id)
        .execution_options(yield_per=1000)
    )
    return [
        Difference(store, sku, f"order {order}", 0, 0, f"({problem})")
        for store, sku, order, *counters in rows
        for problem in LineCounters(**dict(zip(names, counters, strict=True))).problems()
    ]


def _names() -> _Names:
    stores = db.session.execute(select(Store.id, Store.code)).all()
    items = db.session.execute(select(Item.id, Item.sku)).all()
    return _Names(dict(stores), dict(items))
