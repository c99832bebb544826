"""No page and no list asks the database more often because there is more to show.

Every route that reads is asked as whoever it is for, with little in the shop and with three times as much; the rows of
the authorisation matrix say how, so that a route without a row fails here as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import get_ident
from typing import Any

import pytest
from sqlalchemy import event

from omni_pickup import clock
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.clients import Client
from omni_pickup.models.items import Item
from omni_pickup.models.stores import Store
from omni_pickup.printing.documents import Printed
from omni_pickup.queries.orders.orders import get_order, get_order_by_key
from omni_pickup.queries.stock.transfers import get_transfer
from omni_pickup.services.customers.check_ins import check_in
from omni_pickup.services.handoff.handoffs import hand_over
from omni_pickup.services.orders.order_cancels import cancel_order
from omni_pickup.services.picking.searches import report_missing_bag
from omni_pickup.services.picking.short_picks import short_pick
from omni_pickup.services.returns.return_desks import receive_piece
from omni_pickup.services.returns.returns import announce_return
from omni_pickup.services.returns.walk_ins import open_walk_in
from omni_pickup.services.stock.stop_sales import stop_sale
from omni_pickup.services.stores.clients import create_key
from omni_pickup.services.transfers.transfers import Wish, request_transfer, ship_transfer
from tests.builders import collect_order, make_item, make_stock
from tests.floor import bags_in, make_picked, make_place, make_queued, make_ready, reread, tasks_of
from tests.people import make_store
from tests.security.intruders import DOORS, READING, Answers, Caller, routes
from tests.security.rows import ROWS, Row
from tests.security.test_matrix import RIGHT
from tests.security.worlds import World

#: Things of each kind at first, beside those of the matrix; afterwards there are three times as many.
FEW, MORE = 1, 4
#: Not work on data: what a connection is told before and after it.
_FRAMES = ("PRAGMA", "BEGIN")


@pytest.fixture(scope="module")
def counts(made_world: World) -> dict[str, tuple[int, int]]:
    """Statements of every route that reads, with little and with much, and of a reader who asks for each row."""
    world = made_world
    world.restore()
    with pytest.MonkeyPatch.context() as patch:
        # Papers are not drawn, because that asks nothing.
        for name in ("print_document", "print_bag_labels"):
            patch.setattr(f"omni_pickup.board.prints.{name}", lambda *_, **__: Printed(b"%PDF-", "paper.pdf"))
        reading = [endpoint for endpoint, method in routes(world) if method == READING[0]]
        assert [endpoint for endpoint in reading if endpoint not in ROWS] == []
        few, many = (_all_counts(world, reading, things) for things in (range(FEW), range(FEW, FEW + MORE)))
    return {endpoint: (few[endpoint], many[endpoint]) for endpoint in few}


def test_no_route_asks_more_often_when_there_is_three_times_as_much(counts: dict[str, tuple[int, int]]) -> None:
    told = [f"{endpoint:35} {few:4} {many:4}" for endpoint, (few, many) in counts.items()]
    print("statements of     with little, with much", *told, sep="\n")  # noqa: T201 - the table is wanted.
    assert len(counts) > 50
    grown = {endpoint: pair for endpoint, pair in counts.items() if pair[1] > pair[0]}
    assert {endpoint for endpoint in grown if endpoint != _READER} == set(), grown


def test_whoever_asks_for_each_row_is_noticed(counts: dict[str, tuple[int, int]]) -> None:
    """The twin: the test above would notice a list whose names are read one by one."""
    few, many = counts[_READER]
    assert many > few


_READER = "a reader of single rows"


def _all_counts(world: World, reading: list[str], things: range) -> dict[str, int]:
    for number in things:
        _add(world, number)
    return {endpoint: _statements(world, endpoint) for endpoint in reading} | {_READER: _one_by_one(world)}


def _one_by_one(world: World) -> int:
    with world.site.app.app_context(), _counted() as asked:
        for item in db.session.scalars(db.select(Item)).all():
            db.session.scalar(db.select(Item.name).where(Item.id == item.id))
        db.session.remove()
    return len(asked)


def _statements(world: World, endpoint: str) -> int:
    row = ROWS[endpoint]
    caller = Caller.come(world, _visitor(row))
    # The first request fills what is kept in memory.
    caller.send(endpoint, "GET", row).close()
    with world.site.app.app_context(), _counted() as asked:
        caller.send(endpoint, "GET", row).close()
    return len(asked)


def _visitor(row: Row) -> Answers:
    """Whoever the route is for."""
    if row.door == "customer":
        return Answers({"link": row.link})
    return RIGHT.get(row.door) or DOORS[row.door]["nobody"]


@contextmanager
def _counted() -> Iterator[list[str]]:
    """What this thread asks; the live board has a thread of its own that looks for changes."""
    asked, here = list[str](), get_ident()

    def hear(*call: Any) -> None:
        if get_ident() == here and not call[2].startswith(_FRAMES):
            asked.append(call[2])

    event.listen(db.engine, "before_cursor_execute", hear)
    try:
        yield asked
    finally:
        event.remove(db.engine, "before_cursor_execute", hear)


def _add(world: World, number: int) -> None:
    """One more of everything that pages list, with goods of its own."""
    with world.site.app.app_context():
        here, there = (db.session.get_one(Store, key) for key in (world.site.ids.store, world.site.ids.other_store))
        client = db.session.scalars(db.select(Client).where(Client.name == "Web shop")).one()
        goods = [make_item(f"MORE-{number}-{name}", name=f"Thing {number}{name}") for name in "abc"]
        for store in (here, there):
            for item in goods:
                make_stock(store, item, 50)
        _add_orders(here, client, goods)
        _add_returns(here, client, goods[0])
        _add_transfers(here, there, goods[1])
        more = make_store(f"NEW-{number}", name=f"New {number}")
        make_place(more)
        with transaction():
            stop_sale(reread(goods[2]), reason="test", by=SYSTEM)
            create_key("Web shop", scopes=["orders:read"], stores=[more], by=SYSTEM)
        db.session.remove()


def _add_orders(here: Store, client: Client, goods: list[Item]) -> None:
    lines = [(item, 1) for item in goods]
    make_queued(here, client, lines)
    make_queued(here, client, lines, promised_at=clock.now())
    make_picked(here, client, lines)
    gone = make_picked(here, client, lines)
    ready, given, lost = (make_ready(here, client, lines) for _ in range(3))
    with transaction():
        cancel_order(get_order_by_key(gone.id), reason="changed mind", by=SYSTEM)
    with transaction():
        check_in(get_order_by_key(ready.id), kind="here", by=SYSTEM)
    bags = [bag.public_id for bag in bags_in(given)]
    with transaction():
        hand_over(get_order_by_key(given.id), scanned_packages=bags, method="id", given_checks=["photo_id"], by=SYSTEM)
    with transaction():
        report_missing_bag(reread(bags_in(lost)[0]), by=SYSTEM)
    short = make_queued(here, client, lines)
    with transaction():
        short_pick(reread(tasks_of(short)[0]), pieces=1, reason="damaged", by=SYSTEM)


def _add_returns(here: Store, client: Client, item: Item) -> None:
    bought = collect_order(make_queued(here, client, [(item, 4)]))
    with transaction():
        desk = open_walk_in(here, orders=[get_order(bought.public_id)], by=SYSTEM)[0]
        receive_piece(desk, desk.lines[0], pieces=1, reason="too_small", condition="as_new", store=here, by=SYSTEM)
    with transaction():
        lines = [{"line_id": "1", "sku": item.sku, "quantity": 1, "reason": "too_small"}]
        values = {"order": {"id": bought.public_id}, "store": here.code, "lines": lines}
        announce_return(values, client_id=client.id, source="customer", by=SYSTEM)


def _add_transfers(here: Store, there: Store, item: Item) -> None:
    with transaction():
        request_transfer(here, there, [Wish(item.id, 1)], reason="test", by=SYSTEM)
        come = request_transfer(there, here, [Wish(item.id, 1)], reason="test", by=SYSTEM)
    with transaction():
        found = get_transfer(come.public_id)
        ship_transfer(found, {found.lines[0].id: 1}, by=SYSTEM)
