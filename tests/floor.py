"""Orders on their way through a store that floor tests start from; each step is a transaction of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from omni_pickup.models import db, transaction
from omni_pickup.models.actors import Actor
from omni_pickup.models.clients import Client
from omni_pickup.models.events import Event
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order, OrderLine, Question
from omni_pickup.models.packages import Package
from omni_pickup.models.picking import FloorTask, PickTask
from omni_pickup.models.stores import StagingLocation, Store
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.queries.stock.books import list_differences
from omni_pickup.services.orders.order_rows import insert_pickup_code
from omni_pickup.services.picking.packages import pack_bag
from omni_pickup.services.picking.pick_tasks import queue_pieces
from omni_pickup.services.picking.picks import pick_pieces
from omni_pickup.services.picking.staging import stage_bag
from tests.builders import make_client, make_item, make_order, make_stock
from tests.people import make_store

ANIA = Actor("system")


@dataclass
class Shop:
    """One store with ten shirts for 10.00 and ten mugs for 5.00 on its shelves."""

    store: Store
    client: Client
    shirt: Item
    mug: Item


def make_shop() -> Shop:
    shop = Shop(make_store(), make_client(), make_item("SHIRT"), make_item("MUG", price_minor=500, name="Mug"))
    make_stock(shop.store, shop.shirt, 10)
    make_stock(shop.store, shop.mug, 10)
    return shop


def make_neighbour(shop: Shop, code: str, *, name: str = "Warszawa Wola", km: float = 3.0) -> Store:
    """A second store so many kilometres north of the shop, one degree being 111.195 km."""
    there = make_store(code, name=name)
    with transaction():
        for store, away in ((reread(shop.store), 0.0), (reread(there), km)):
            store.latitude, store.longitude = 52.0 + away / 111.195, 21.0
    return there


def make_place(store: Store, code: str = "S-01", *, zone: str = "ambient") -> StagingLocation:
    """A shelf, fridge or freezer for bags."""
    with transaction():
        place = StagingLocation(store_id=store.id, code=code, zone=zone)
        db.session.add(place)
    return place


def make_queued(store: Store, client: Client, lines: Sequence[tuple[Item, int]], **values: Any) -> Order:
    """A received order whose pieces wait in the pick queue, with its pickup code."""
    order = make_order(store, client, lines, **values)
    with transaction():
        order = get_order_by_key(order.id)
        for line in order.lines:
            queue_pieces(order, line, line.open)
        insert_pickup_code(order)
    return order


def make_picked(store: Store, client: Client, lines: Sequence[tuple[Item, int]], **values: Any) -> Order:
    """An order all of whose pieces are in the tote."""
    order = make_queued(store, client, lines, **values)
    for task in tasks_of(order):
        with transaction():
            pick_pieces(reread(task), pieces=task.quantity, by=ANIA)
    return fresh(order)


def make_ready(store: Store, client: Client, lines: Sequence[tuple[Item, int]], **values: Any) -> Order:
    """An order that waits in one bag on shelf S-01."""
    order = make_picked(store, client, lines, **values)
    if db.session.scalar(select(StagingLocation.id).where(StagingLocation.store_id == store.id)) is None:
        make_place(store)
    pack_and_stage(order, {line.line_id: line.open for line in order.lines})
    return fresh(order)


def pack_and_stage(order: Order, contents: dict[str, int], *, place: str = "S-01") -> Package:
    """One more bag with these pieces at that place."""
    with transaction():
        bag = pack_bag(get_order_by_key(order.id), contents=contents, by=ANIA)
        stage_bag(bag, place, by=ANIA)
    return bag


def locked(order: Order) -> Order:
    """The order for a change, inside a transaction."""
    return get_order_by_key(order.id)


def fresh(order: Order) -> Order:
    """The order as the database has it now."""
    db.session.rollback()
    return get_order_by_key(order.id)


def reread(row: Any) -> Any:
    """Any row as the database has it now, also inside a transaction."""
    return db.session.get_one(type(row), row.id, populate_existing=True)


def line_of(order: Order, line_id: str = "1") -> OrderLine:
    return next(line for line in fresh(order).lines if line.line_id == line_id)


def counters(order: Order, line_id: str = "1") -> dict[str, int]:
    """The line's counters that are not 0."""
    line = line_of(order, line_id)
    names = ("open", "picked", "short", "substituted", "cancelled", "to_put_back", "collected", "returned")
    return {name: getattr(line, name) for name in names if getattr(line, name)}


def tasks_of(order: Order) -> list[PickTask]:
    db.session.rollback()
    return list(db.session.scalars(select(PickTask).where(PickTask.order_id == order.id).order_by(PickTask.id)))


def floor_tasks(store: Store, kind: str, state: str = "open") -> list[FloorTask]:
    db.session.rollback()
    return list(
        db.session.scalars(
            select(FloorTask)
            .where(FloorTask.store_id == store.id, FloorTask.kind == kind, FloorTask.state == state)
            .order_by(FloorTask.id)
        )
    )


def question_of(order: Order) -> Question:
    db.session.rollback()
    return db.session.scalars(
        select(Question).where(Question.order_id == order.id).order_by(Question.id.desc())
    ).first()


def bags_in(order: Order) -> list[Package]:
    db.session.rollback()
    return list(
        db.session.scalars(select(Package).where(Package.order_id == order.id).order_by(Package.number)).unique()
    )


def events_of(order: Order) -> list[str]:
    """The types of the order's events, the oldest first."""
    db.session.rollback()
    return list(db.session.scalars(select(Event.type).where(Event.order_id == order.id).order_by(Event.id)))


def last_event(order: Order, type_: str) -> dict[str, Any]:
    """The data of the order's newest event of that type."""
    db.session.rollback()
    return db.session.scalars(
        select(Event.data).where(Event.order_id == order.id, Event.type == type_).order_by(Event.id.desc())
    ).first()


def differences() -> list[str]:
    """Where the books do not add up, as `omni stock verify` says it; empty is right."""
    db.session.rollback()
    return [str(difference) for difference in list_differences()]
