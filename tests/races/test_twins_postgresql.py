"""The races on PostgreSQL without one wall after the other: with all of them gone they are lost, or they prove nothing.

Everybody who got as far as to change something waits there for the others, as long as a lock lets them come.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import select, text, update

from omni_pickup.models import db, floors, transaction
from omni_pickup.models.base import Base
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.models.packages import Package
from omni_pickup.models.picking import PickTask
from omni_pickup.models.stock import StockLevel
from omni_pickup.queries.orders import orders
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.services.handoff import handoffs
from omni_pickup.services.handoff.handoffs import hand_over
from omni_pickup.services.orders import order_rows
from omni_pickup.services.orders import orders as services_orders
from omni_pickup.services.picking import picks
from omni_pickup.services.picking.picks import pick_pieces
from omni_pickup.services.stock import stock_moves
from tests.floor import ANIA, Shop, make_queued, make_ready, make_shop
from tests.races.storms import Storm, basket

pytestmark = pytest.mark.one_database

RACERS = 6
PIECES = 2


@pytest.fixture
def database_kind() -> str:
    return "postgresql"


@pytest.fixture
def shop(own_app: OpenAPI) -> Shop:
    """On a database of the test's own, which may lose its constraints."""
    return make_shop()


@pytest.fixture
def storm(own_app: OpenAPI, shop: Shop) -> Storm:
    return Storm(own_app)


Patch = pytest.MonkeyPatch


def meet_at(patch: Patch, module: object, name: str) -> None:
    """Whoever comes to that function waits there for the others, but not for ever."""
    everybody, original = threading.Barrier(RACERS), getattr(module, name)

    def wait_and_go_on(*args: object, **values: object) -> object:
        with suppress(threading.BrokenBarrierError):
            everybody.wait(0.5)
        return original(*args, **values)

    patch.setattr(module, name, wait_and_go_on)


def no_locks(patch: Patch) -> None:
    """Neither the floor nor the rows."""
    patch.setattr(floors, "_enter", lambda *args, **values: None)
    patch.setattr(orders, "is_writing", lambda: False)
    patch.setattr(picks, "lock_task", _unlocked)


def _unlocked(task: PickTask) -> tuple[Order, OrderLine]:
    order = get_order_by_key(task.order_id)
    return order, next(line for line in order.lines if line.id == task.order_line_id)


def no_versions(patch: Patch) -> None:
    """The second writer is not told that somebody else was faster."""
    for mapper in Base.registry.mappers:
        patch.setattr(mapper, "version_id_col", None)
        # The statements that were made with it.
        patch.setattr(mapper, "_memoized_values", {})


def run(storm: Storm, act: Callable[[Random], None]) -> None:
    db.session.rollback()
    storm.run([act], threads=RACERS, rounds=1)
    db.session.rollback()


class TestOnePick:
    @pytest.fixture
    def pick(self, shop: Shop, storm: Storm, monkeypatch: Patch) -> Iterator[Callable[[Random], None]]:
        order = make_queued(shop.store, shop.client, [(shop.shirt, 1)])
        task_id = db.session.scalars(select(PickTask.id).where(PickTask.order_id == order.id)).one()

        def pick(luck: Random) -> None:
            pick_pieces(db.session.get_one(PickTask, task_id), pieces=1, by=ANIA)

        meet_at(monkeypatch, picks, "check_scan")
        return pick

    def test_one_wins_and_the_rest_get_a_clean_refusal(self, storm: Storm, pick: Callable[[Random], None]) -> None:
        run(storm, pick)
        assert storm.stuck == []
        assert storm.seen == {"pick": 1, "pick wrong_state": RACERS - 1}

    def test_without_locks_the_version_refuses_the_second_but_not_cleanly(
        self, storm: Storm, pick: Callable[[Random], None], monkeypatch: Patch
    ) -> None:
        no_locks(monkeypatch)
        run(storm, pick)
        assert storm.seen["pick"] == 1
        assert all("StaleDataError" in words for words in storm.stuck)
        assert len(storm.stuck) == RACERS - 1

    def test_without_locks_and_versions_one_piece_is_picked_by_several(
        self, storm: Storm, pick: Callable[[Random], None], monkeypatch: Patch
    ) -> None:
        no_locks(monkeypatch)
        no_versions(monkeypatch)
        run(storm, pick)
        assert storm.seen["pick"] > 1


class TestOneHandoff:
    @pytest.fixture
    def give(self, shop: Shop, monkeypatch: Patch) -> Callable[[Random], None]:
        order_id = make_ready(shop.store, shop.client, [(shop.shirt, 1)]).id
        # Reserved by somebody else, or the books would notice that more is given than is reserved.
        make_queued(shop.store, shop.client, [(shop.shirt, 8)])
        bags = list(db.session.scalars(select(Package.public_id).where(Package.order_id == order_id)))

        def give(luck: Random) -> None:
            hand_over(
                get_order_by_key(order_id), scanned_packages=bags, method="id", given_checks=["photo_id"], by=ANIA
            )

        meet_at(monkeypatch, handoffs, "_write")
        return give

    def given(self) -> int:
        return db.session.query(handoffs.Handoff).count()

    def test_it_is_given_once_and_everybody_hears_of_that_one(
        self, storm: Storm, give: Callable[[Random], None]
    ) -> None:
        run(storm, give)
        assert storm.stuck == []
        assert storm.seen == {"give": RACERS}
        assert self.given() == 1

    def test_without_locks_and_versions_it_is_given_several_times(
        self, storm: Storm, give: Callable[[Random], None], monkeypatch: Patch
    ) -> None:
        no_locks(monkeypatch)
        no_versions(monkeypatch)
        run(storm, give)
        assert self.given() > 1


def place(luck: Random) -> None:
    """The last pieces are wanted by everybody."""
    basket({"SHIRT": 1})


class TestTheLastPieces:
    @pytest.fixture
    def order(self, shop: Shop) -> Callable[[Random], None]:
        with transaction():
            db.session.execute(update(StockLevel).values(on_hand=PIECES))
        return place

    def read_then_write(self, patch: Patch) -> None:
        everybody = threading.Barrier(RACERS)

        def reserve(store_id: int, asked: dict[int, int]) -> set[int]:
            (item_id,) = asked
            level = (StockLevel.store_id == store_id, StockLevel.item_id == item_id)
            free = db.session.execute(select(StockLevel.on_hand - StockLevel.reserved).where(*level)).scalar_one()
            everybody.wait(20)
            if free < asked[item_id]:
                return set()
            statement = update(StockLevel).where(*level).values(reserved=StockLevel.reserved + asked[item_id])
            db.session.execute(statement.execution_options(synchronize_session=False))
            return {item_id}

        patch.setattr(stock_moves, "_reserve_all", reserve)

    def reserved(self, shop: Shop) -> int:
        level = select(StockLevel.reserved).join(Item, Item.id == StockLevel.item_id).where(Item.sku == "SHIRT")
        return int(db.session.scalar(level) or 0)

    def test_as_many_win_as_there_are_and_the_rest_get_a_clean_refusal(
        self, storm: Storm, shop: Shop, order: Callable[[Random], None]
    ) -> None:
        run(storm, order)
        assert storm.stuck == []
        assert storm.seen == {"place": PIECES, "place insufficient_stock": RACERS - PIECES}

    def test_without_the_guarded_update_the_check_holds_but_no_refusal_is_clean(
        self, storm: Storm, shop: Shop, order: Callable[[Random], None], monkeypatch: Patch
    ) -> None:
        self.read_then_write(monkeypatch)
        run(storm, order)
        assert self.reserved(shop) == PIECES
        assert len(storm.stuck) == RACERS - PIECES
        assert all("CheckViolation" in words for words in storm.stuck)

    def test_without_the_guarded_update_and_the_check_pieces_are_sold_twice(
        self, storm: Storm, shop: Shop, order: Callable[[Random], None], monkeypatch: Patch
    ) -> None:
        checks = text("SELECT conname FROM pg_constraint WHERE conrelid = 'stock_levels'::regclass AND contype = 'c'")
        with transaction():
            for name in db.session.scalars(checks).all():
                db.session.execute(text(f"ALTER TABLE stock_levels DROP CONSTRAINT {name}"))
        self.read_then_write(monkeypatch)
        run(storm, order)
        assert self.reserved(shop) == RACERS > PIECES


class TestOneExternalId:
    def place(self, luck: Random) -> None:
        basket({"SHIRT": 1}, external_id="1001")

    def test_sent_by_everybody_at_once_it_is_one_order(self, storm: Storm) -> None:
        run(storm, self.place)
        assert storm.stuck == []
        assert storm.seen == {"place": RACERS}
        assert db.session.query(Order).count() == 1

    def test_without_the_unique_index_it_becomes_many(self, storm: Storm, monkeypatch: Patch) -> None:
        insert_order = order_rows.insert_order

        def insert_any(request: Any, **values: Any) -> Any:
            request.columns["external_id"] = None
            return insert_order(request, **values)

        monkeypatch.setattr(services_orders, "_existing", lambda values, client_id: None)
        monkeypatch.setattr(order_rows, "insert_order", insert_any)
        run(storm, self.place)
        assert db.session.query(Order).count() == RACERS
