"""Everything that a store does, done at once by many threads on the same few items."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from flask_openapi3 import OpenAPI
from sqlalchemy import select

from omni_pickup.errors import Busy, OperationError
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM, Actor
from omni_pickup.models.clients import Client
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order
from omni_pickup.models.packages import Package
from omni_pickup.models.picking import FloorTask, PickTask
from omni_pickup.models.returns import ReturnLine
from omni_pickup.models.stock import Hold
from omni_pickup.models.stores import Store
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.queries.picking.floor_tasks import get_floor_task
from omni_pickup.queries.picking.waves import get_pick_task
from omni_pickup.queries.stock.holds import get_hold
from omni_pickup.rules.lifecycle import ORDER_OPEN_STATES
from omni_pickup.services.handoff.handoffs import hand_over
from omni_pickup.services.orders.order_cancels import cancel_order
from omni_pickup.services.orders.orders import place_order
from omni_pickup.services.picking.picks import pick_pieces
from omni_pickup.services.picking.put_backs import put_back
from omni_pickup.services.picking.short_picks import short_pick
from omni_pickup.services.returns.restocks import restock_piece
from omni_pickup.services.returns.return_desks import finish_inspection, receive_piece
from omni_pickup.services.returns.returns import announce_return
from omni_pickup.services.stock.holds import place_hold, release_hold
from omni_pickup.services.stock.stock_adjustments import apply_adjustments
from omni_pickup.services.stock.stock_counts import record_count
from omni_pickup.services.stock.stock_levels import set_levels
from omni_pickup.services.stores.stores import put_store
from tests.builders import (
    collect_order,
    make_client,
    make_item,
    make_order,
    make_stock,
    order_values,
    store_values,
)
from tests.floor import make_ready

Act = Callable[[Random], None]
ITEMS = [f"HOT-{number}" for number in range(6)]
STORE = "WAW-01"
SHELF = Actor("system")


@dataclass
class Storm:
    """What happened: outcomes by what was tried, and what must not happen."""

    app: OpenAPI
    seen: Counter[str] = field(default_factory=Counter)
    stuck: list[str] = field(default_factory=list)

    def run(self, acts: Sequence[Act], *, threads: int, rounds: int) -> None:
        """Each thread does `rounds` acts, each in a transaction of its own, beginning together."""
        start = threading.Barrier(threads)
        workers = [
            threading.Thread(target=self._work, args=(acts, number, rounds, start), daemon=True)
            for number in range(threads)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(120)
            assert not worker.is_alive(), "a thread never came back"

    def _work(self, acts: Sequence[Act], number: int, rounds: int, start: threading.Barrier) -> None:
        luck = Random(number)
        start.wait(30)
        for turn in range(rounds):
            act = acts[(number + turn) % len(acts)]
            with self.app.app_context():
                self._try(act, luck)

    def _try(self, act: Act, luck: Random) -> None:
        name = act.__name__
        try:
            with transaction(name):
                act(luck)
        except Busy as busy:
            self.stuck.append(f"{name}: {busy.__cause__ or busy}")
        except OperationError as refused:
            self.seen[f"{name} {refused.code}"] += 1
        except Exception as error:
            self.stuck.append(f"{name}: {error!r}")
        else:
            self.seen[name] += 1


def open_shop(pieces: int) -> None:
    """One store with so many of each of six hot items, bags that stand ready, and returned pieces to restock."""
    client = make_client("shop")
    with transaction():
        store, _ = put_store(STORE, store_values(), by=SYSTEM)
    items = [make_item(sku) for sku in ITEMS]
    for item in items:
        make_stock(store, item, pieces)
    for first, second in zip(items[:3], reversed(items), strict=False):
        make_ready(store, client, [(first, 1), (second, 1)])
    for item in items[:3]:
        _bring_back(collect_order(make_order(store, client, [(item, 4)])), store, client)


def _bring_back(order: Order, store: Store, client: Client) -> None:
    said = {"order": {"id": order.public_id}, "lines": [{"sku": order.lines[0].item.sku, "quantity": 4}]}
    with transaction():
        ret, _ = announce_return(said, client_id=client.id, source="channel", by=SYSTEM)
        receive_piece(ret, ret.lines[0], pieces=4, reason="too_small", condition="as_new", store=store, by=SYSTEM)
        finish_inspection(ret, by=SYSTEM)


def client_id() -> int:
    return db.session.scalars(select(Client.id)).one()


def _store() -> Store:
    return db.session.scalars(select(Store).where(Store.code == STORE)).one()


def _item(luck: Random) -> Item:
    return db.session.scalars(select(Item).where(Item.sku == luck.choice(ITEMS))).one()


def _one_of(luck: Random, keys: Sequence[int]) -> int | None:
    return luck.choice(keys) if keys else None


def basket(pieces: Mapping[str, int], **values: str) -> None:
    """An order of these."""
    place_order(order_values(pieces, **values), client_id=client_id(), by=SYSTEM)


def order(luck: Random) -> None:
    """A basket of three, its lines in any order."""
    basket(dict.fromkeys(luck.sample(ITEMS, 3), 1))


def opposite_baskets(luck: Random) -> None:
    """Three neighbours of the six, up or down."""
    first, way = luck.randrange(4), luck.choice((1, -1))
    basket(dict.fromkeys(ITEMS[first : first + 3][::way], 1))


def hold(luck: Random) -> None:
    """A cart of three."""
    lines = [{"sku": sku, "quantity": 1} for sku in luck.sample(ITEMS, 3)]
    place_hold(client_id(), _store(), lines, 600, by=SYSTEM)


def end_hold(luck: Random) -> None:
    """A cart is given up, or becomes an order of two of its items and one more."""
    found = _one_of(luck, db.session.scalars(select(Hold.public_id).where(Hold.state == "active")).all())
    if found is not None and luck.random() < 0.5:
        release_hold(get_hold(found, client_id()), by=SYSTEM)
    elif found is not None:
        basket(dict.fromkeys(luck.sample(ITEMS, 3), 1), hold_id=found)


def cancel(luck: Random) -> None:
    """Any open order."""
    found = _one_of(luck, db.session.scalars(select(Order.id).where(Order.state.in_(ORDER_OPEN_STATES))).all())
    if found is not None:
        cancel_order(get_order_by_key(found), reason="changed", by=SYSTEM)


def count(luck: Random) -> None:
    """Fewer or more than the books hold, so that orders become endangered and safe again."""
    record_count(_store(), _item(luck), luck.randint(0, 60), by=SYSTEM)


def pick(luck: Random) -> None:
    """A piece into the tote, or not found."""
    task = _task(luck)
    if task is not None:
        pick_pieces(task, pieces=1, by=SHELF)


def miss(luck: Random) -> None:
    task = _task(luck)
    if task is not None:
        short_pick(task, pieces=1, reason=luck.choice(("not_found", "damaged")), by=SHELF)


def _task(luck: Random) -> PickTask | None:
    open_tasks = select(PickTask.public_id, PickTask.store_id).where(PickTask.state.in_(("queued", "assigned")))
    found = db.session.execute(open_tasks).all()
    return get_pick_task(*luck.choice(found)) if found else None


def carry_back(luck: Random) -> None:
    """A put-back task."""
    tasks = select(FloorTask.public_id).where(FloorTask.kind == "put_back", FloorTask.state == "open")
    found = db.session.scalars(tasks).all()
    if found:
        put_back(get_floor_task(luck.choice(found), _store()), sellable=1, by=SHELF)


def sell(luck: Random) -> None:
    """The till reports several items, named in any order."""
    given = [
        {"sku": sku, "delta": luck.choice((-2, -1, 3)), "reason": "sale", "reference": f"POS-{luck.random()}"}
        for sku in luck.sample(ITEMS, 4)
    ]
    apply_adjustments(_store(), client_id(), given, by=SYSTEM)


def set_stock(luck: Random) -> None:
    """The nightly figures come in the middle of the day."""
    set_levels(_store(), [{"sku": sku, "on_hand": luck.randint(10, 60)} for sku in luck.sample(ITEMS, 4)], by=SYSTEM)


def give(luck: Random) -> None:
    """A bag that stands ready goes to its customer."""
    found = _one_of(luck, db.session.scalars(select(Order.id).where(Order.state == "ready")).all())
    if found is not None:
        chosen = get_order_by_key(found)
        bags = list(db.session.scalars(select(Package.public_id).where(Package.order_id == found)))
        hand_over(chosen, scanned_packages=bags, method="id", given_checks=["photo_id"], by=SHELF)


def restock(luck: Random) -> None:
    """A returned piece goes to its shelf."""
    lines = select(ReturnLine.id).where(ReturnLine.accepted > ReturnLine.restocked)
    found = _one_of(luck, db.session.scalars(lines).all())
    if found is not None:
        restock_piece(db.session.get_one(ReturnLine, found), pieces=1, scanned_location="A-1", by=SHELF)


DAY = (order, hold, end_hold, cancel, count, pick, miss, carry_back, sell, set_stock, give, restock)
