"""What happened long ago is packed away: nothing is lost, the books agree, and readers who come too late are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from omni_pickup import clock, crash_points
from omni_pickup.config import Settings
from omni_pickup.delivery.history_keepers import HistoryKeeper
from omni_pickup.models import db, transaction
from omni_pickup.models.events import Event, OutboxMessage
from omni_pickup.models.histories import EVENTS, MOVEMENTS, HistoryMark, HistoryPage
from omni_pickup.models.stock import StockMovement
from omni_pickup.queries.histories import PageDamaged, packed_rows, page_sums
from omni_pickup.queries.orders.event_feeds import CursorTooOld, Place, Reader, feed_page
from omni_pickup.queries.stock.books import list_differences
from omni_pickup.services import histories
from omni_pickup.services.histories import forget_told, pack_events, pack_movements
from omni_pickup.services.stock.stock_moves import Cause, move_stock
from tests.builders import collect_order, stock_of
from tests.floor import ANIA, Shop, make_ready

SECOND = timedelta(seconds=1)


@pytest.fixture
def later(shop: Shop) -> datetime:
    """An instant after an order was picked, bagged and given."""
    collect_order(make_ready(shop.store, shop.client, [(shop.shirt, 2)]))
    return clock.now() + SECOND


def pack(before: datetime, *, limit: int = 1000) -> int:
    with transaction("pack"):
        return pack_events(before, limit=limit)


def pack_ledger(before: datetime, *, levels: int = 200) -> int:
    with transaction("pack"):
        return pack_movements(before, levels=levels)


def count(model: Any) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_old_events_are_packed_as_they_are_and_leave_their_table(later: datetime) -> None:
    before = db.session.execute(select(Event.id, Event.public_id, Event.data).order_by(Event.id)).all()
    assert pack(later) == len(before) - 1 > 4
    packed = list(packed_rows(EVENTS))
    assert [(row["id"], row["public_id"], row["data"]) for row in packed] == [tuple(row) for row in before[:-1]]
    # The newest stays, so that no number is given twice.
    assert db.session.scalars(select(Event.id)).all() == [before[-1].id]


def test_what_is_younger_stays_and_is_packed_in_order(later: datetime) -> None:
    keys = db.session.scalars(select(Event.id).order_by(Event.id)).all()
    assert pack(later - timedelta(days=1)) == 0
    assert pack(later, limit=3) == 3
    assert list(db.session.scalars(select(Event.id).order_by(Event.id))) == keys[3:]
    with transaction():
        db.session.execute(update(Event).where(Event.id == keys[4]).values(recorded_at=later + timedelta(days=1)))
    assert pack(later) == 1
    assert [row["id"] for row in packed_rows(EVENTS)] == keys[:4]


def test_the_ledger_still_adds_up_when_its_old_movements_are_packed(shop: Shop, later: datetime) -> None:
    movements, levels = count(StockMovement), (stock_of(shop.store, shop.shirt), stock_of(shop.store, shop.mug))
    assert pack_ledger(later) == 2
    # The shirt's movements became one; the mug had but one, which stays as it is.
    assert count(StockMovement) == 2
    assert sum(1 for _ in packed_rows(MOVEMENTS)) == movements - 1
    assert (stock_of(shop.store, shop.shirt), stock_of(shop.store, shop.mug)) == levels
    assert list_differences() == []


def test_packing_without_carrying_forward_would_be_noticed(later: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(by_level: Sequence[Sequence[Any]]) -> None:
        keys = [row["id"] for rows in by_level for row in rows]
        db.session.execute(delete(StockMovement).where(StockMovement.id.in_(keys)))

    monkeypatch.setattr(histories, "carry_forward", lose)
    pack_ledger(later)
    assert list_differences() != []


def test_the_next_round_packs_what_was_carried_forward_together_with_what_came_since(
    shop: Shop, later: datetime
) -> None:
    pack_ledger(later)
    assert pack_ledger(later) == 0
    with transaction():
        move_stock(shop.store.id, shop.shirt.id, cause=Cause("adjustment", ANIA), on_hand=-1)
        db.session.execute(update(HistoryMark).values(rests_until=None))
    assert pack_ledger(clock.now() + SECOND) == 2
    row = db.session.scalars(select(StockMovement).where(StockMovement.item_id == shop.shirt.id)).one()
    assert (row.kind, row.on_hand_delta, row.reserved_delta) == ("carried_forward", 7, 0)
    assert list_differences() == []


def test_what_explains_learned_safety_stays(shop: Shop, later: datetime) -> None:
    with transaction():
        move_stock(shop.store.id, shop.shirt.id, cause=Cause("learned_safety", ANIA), learned_safety=1)
    pack_ledger(later + SECOND)
    kinds = db.session.scalars(select(StockMovement.kind).where(StockMovement.item_id == shop.shirt.id)).all()
    assert sorted(kinds) == ["carried_forward", "learned_safety"]
    assert list_differences() == []


def test_levels_are_looked_through_a_few_at_a_time_and_then_not_for_a_week(shop: Shop, later: datetime) -> None:
    assert [pack_ledger(later, levels=1) for _ in range(3)] == [1, 1, 0]
    db.session.rollback()
    rests = db.session.scalars(select(HistoryMark.rests_until).where(HistoryMark.kind == MOVEMENTS)).one()
    assert rests is not None
    assert rests - clock.now() > timedelta(days=6)


@pytest.mark.parametrize("work", [pack, pack_ledger])
def test_who_is_killed_on_the_way_has_done_nothing_and_the_next_one_does_it_once(
    work: Any, later: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def kill(point: str) -> None:
        if point == "pack:before_commit":
            raise Killed

    before = count(Event), count(StockMovement)
    with monkeypatch.context() as patch:
        patch.setattr(crash_points, "reach", kill)
        with pytest.raises(Killed):
            work(later)
    assert (count(Event), count(StockMovement), count(HistoryPage)) == (*before, 0)
    assert work(later) > 0
    assert work(later) == 0
    assert count(HistoryPage) == 1
    assert list_differences() == []


def test_a_reader_behind_the_history_is_told_and_a_new_one_begins_after_it(shop: Shop, later: datetime) -> None:
    reader = Reader(shop.client.id, None)
    _, start = feed_page(reader, Place(), limit=1)
    newest = db.session.scalar(select(func.max(Event.id))) or 0
    pack(later)
    with pytest.raises(CursorTooOld) as caught:
        feed_page(reader, start)
    assert (caught.value.status, caught.value.code) == (410, "cursor_too_old")
    with transaction():
        move_stock(shop.store.id, shop.shirt.id, cause=Cause("adjustment", ANIA), on_hand=1)
    collect_order(make_ready(shop.store, shop.client, [(shop.mug, 1)]))
    db.session.rollback()
    fresh, _ = feed_page(reader, Place())
    following, _ = feed_page(reader, Place(newest))
    assert [event["id"] for event in fresh[1:]] == [event["id"] for event in following] != []


def test_told_messages_are_forgotten_and_waiting_ones_are_not(shop: Shop, later: datetime) -> None:
    with transaction():
        for key in db.session.scalars(select(OutboxMessage.id)).all()[1:]:
            db.session.execute(update(OutboxMessage).where(OutboxMessage.id == key).values(state="sent"))
    waiting = db.session.scalars(select(OutboxMessage.id).where(OutboxMessage.state == "pending")).all()
    with transaction():
        assert forget_told(later - timedelta(days=1), limit=10) == 0
        forget_told(later, limit=10)
    assert list(db.session.scalars(select(OutboxMessage.id))) == waiting


def test_a_damaged_page_is_noticed(later: datetime) -> None:
    pack(later)
    assert page_sums()[0][:2] == (EVENTS, 1)
    with transaction():
        db.session.execute(update(HistoryPage).values(body=b"x"))
    with pytest.raises(PageDamaged):
        list(packed_rows(EVENTS))


def test_the_worker_packs_what_is_older_than_the_settings_say(
    settings: Settings, later: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = HistoryKeeper(settings.model_copy(update={"history_days": 90}))
    assert keeper() is False
    events = count(Event)
    monkeypatch.setattr(clock, "now", lambda: later + timedelta(days=90))
    assert keeper() is False
    assert (count(Event), sum(1 for _ in packed_rows(EVENTS))) == (1, events - 1)
    assert list_differences() == []
