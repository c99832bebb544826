"""Reserving is one guarded UPDATE; every other change is one ledger row; nothing falls below what is there."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from omni_pickup import clock
from omni_pickup.errors import Conflict
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.items import Item
from omni_pickup.models.stock import StockLevel, StockMovement
from omni_pickup.models.stores import Store
from omni_pickup.services.stock import stock_moves
from omni_pickup.services.stock.stock_moves import Cause, move_stock, release_pieces, reserve_pieces
from tests.builders import make_item, make_stock, stock_of
from tests.people import make_store

pytestmark = pytest.mark.usefixtures("app")


def reserve(store: Store, wanted: dict[Item, int], *, partial: bool = False) -> list[int]:
    by_id = {item.id: pieces for item, pieces in wanted.items()}
    with transaction():
        given = reserve_pieces(store.id, by_id, cause=Cause("reserve", SYSTEM), partial=partial)
    return [given[item.id] for item in wanted]


def move(store: Store, item: Item, kind: str = "count", **deltas: int) -> dict[str, int]:
    with transaction():
        return move_stock(store.id, item.id, cause=Cause(kind, SYSTEM), **deltas)


def ledger(item: Item) -> list[tuple[str, int, int]]:
    rows = db.session.execute(
        select(StockMovement.kind, StockMovement.on_hand_delta, StockMovement.reserved_delta)
        .where(StockMovement.item_id == item.id)
        .order_by(StockMovement.id)
    )
    return [(kind, on_hand, reserved) for kind, on_hand, reserved in rows]


def test_what_is_free_can_be_reserved_and_is_in_the_ledger() -> None:
    store, item = make_store(), make_item()
    make_stock(store, item, 5)
    assert reserve(store, {item: 5}) == [5]
    assert stock_of(store, item) == {"on_hand": 5, "reserved": 5}
    assert ledger(item) == [("set", 5, 0), ("reserve", 0, 5)]


def test_one_piece_too_many_reserves_nothing() -> None:
    store, item = make_store(), make_item()
    make_stock(store, item, 5)
    assert reserve(store, {item: 6}) == [0]
    assert stock_of(store, item) == {"on_hand": 5}
    assert ledger(item) == [("set", 5, 0)]


@pytest.mark.parametrize("figure", ["display", "safety_stock", "learned_safety"])
def test_kept_pieces_are_never_promised(figure: str) -> None:
    store, item = make_store(), make_item()
    make_stock(store, item, 5, **{figure: 2})
    assert reserve(store, {item: 4}) == [0]
    assert reserve(store, {item: 3}) == [3]


def test_quarantined_pieces_do_not_count_as_on_hand() -> None:
    store, item = make_store(), make_item()
    make_stock(store, item, 0, quarantine=3)
    assert reserve(store, {item: 1}) == [0]


def test_a_blocked_item_and_a_recalled_one_are_not_promised() -> None:
    store, blocked, recalled = make_store(), make_item(), make_item(stop_sale=True)
    for item in (blocked, recalled):
        make_stock(store, item, 5)
    with transaction():
        db.session.execute(db.update(StockLevel).where(StockLevel.item_id == blocked.id).values(blocked=True))
    assert reserve(store, {blocked: 1, recalled: 1}) == [0, 0]


def test_partial_gives_what_there_is() -> None:
    store, plenty, few, none = make_store(), make_item(), make_item(), make_item()
    make_stock(store, plenty, 9)
    make_stock(store, few, 2)
    assert reserve(store, {plenty: 4, few: 4, none: 4}, partial=True) == [4, 2, 0]
    assert stock_of(store, few) == {"on_hand": 2, "reserved": 2}


def test_an_item_that_the_store_never_had_cannot_be_reserved() -> None:
    assert reserve(make_store(), {make_item(): 1}) == [0]


def test_release_gives_the_pieces_back() -> None:
    store, item = make_store(), make_item()
    make_stock(store, item, 5)
    reserve(store, {item: 5})
    with transaction():
        release_pieces(store.id, {item.id: 2}, cause=Cause("release", SYSTEM))
    assert stock_of(store, item) == {"on_hand": 5, "reserved": 3}


def test_taking_more_than_the_books_hold_is_preceded_by_found() -> None:
    store, item = make_store(), make_item()
    make_stock(store, item, 1)
    move(store, item, "handoff", on_hand=-3)
    assert stock_of(store, item) == {}
    assert ledger(item) == [("set", 1, 0), ("found", 2, 0), ("handoff", -3, 0)]


def test_a_count_below_what_is_reserved_makes_a_deficit_and_a_delivery_ends_it() -> None:
    store, item = make_store(), make_item()
    make_stock(store, item, 5)
    reserve(store, {item: 5})
    assert move(store, item, on_hand=-3)["deficit"] == 3
    assert stock_of(store, item) == {"on_hand": 2, "reserved": 5, "deficit": 3}
    assert move(store, item, on_hand=10)["deficit"] == 0


def test_no_figure_but_on_hand_is_ever_found() -> None:
    store, item = make_store(), make_item()
    make_stock(store, item, 5)
    with pytest.raises(Conflict) as refused:
        move(store, item, reserved=-1)
    assert refused.value.details["figures"] == ["reserved"]
    assert stock_of(store, item) == {"on_hand": 5}


def test_the_table_itself_refuses_more_reserved_than_covered() -> None:
    """The second wall: even SQL that bypasses every service cannot oversell."""
    store, item = make_store(), make_item()
    make_stock(store, item, 5)
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(db.update(StockLevel).values(reserved=6))


def test_a_movement_says_who_why_and_when() -> None:
    store, item = make_store(), make_item()
    then = clock.now()
    with transaction():
        cause = Cause("sale", SYSTEM, reason="till", reference="POS-1", occurred_at=then)
        move_stock(store.id, item.id, cause=cause, asked=-2, on_hand=0)
    row = db.session.scalars(select(StockMovement)).one()
    assert (row.kind, row.reason, row.reference, row.asked_delta) == ("sale", "till", "POS-1", -2)
    assert (row.actor_kind, row.occurred_at) == ("system", then)


def _race(app: OpenAPI, store_id: int, item_id: int) -> int:
    """Sixteen threads want one piece each of ten; returns how many got one."""
    wins: list[int] = []
    start = threading.Barrier(16)

    def want() -> None:
        with app.app_context():
            start.wait()
            with transaction():
                given = stock_moves.reserve_pieces(store_id, {item_id: 1}, cause=Cause("reserve", SYSTEM))
            wins.append(given[item_id])

    threads = [threading.Thread(target=want) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sum(wins)


def test_sixteen_who_want_ten_pieces_get_ten(app: OpenAPI) -> None:
    store, item = make_store(), make_item()
    make_stock(store, item, 10)
    assert _race(app, store.id, item.id) == 10
    assert stock_of(store, item) == {"on_hand": 10, "reserved": 10}


def test_without_the_guard_the_table_refuses_the_eleventh(app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin with the guard off: the race above would notice, and the second wall still stands."""

    def unguarded(store_id: int, asked: Mapping[int, int]) -> set[int]:
        db.session.execute(db.update(StockLevel).values(reserved=StockLevel.reserved + sum(asked.values())))
        return set(asked)

    monkeypatch.setattr(stock_moves, "_reserve_all", unguarded)
    store, item = make_store(), make_item()
    make_stock(store, item, 10)
    with transaction():
        stock_moves.reserve_pieces(store.id, {item.id: 10}, cause=Cause("reserve", SYSTEM))
    with pytest.raises(IntegrityError), transaction():
        stock_moves.reserve_pieces(store.id, {item.id: 1}, cause=Cause("reserve", SYSTEM))
