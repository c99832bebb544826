"""The state follows from the counters, and what follows from the state is kept."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from sqlalchemy import select

from omni_pickup import clock
from omni_pickup.errors import WrongState
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.events import Event, OutboxMessage
from omni_pickup.models.orders import CheckIn, Order, PickupCode, Question
from omni_pickup.models.packages import Package, PackageContent
from omni_pickup.queries.orders.orders import get_order
from omni_pickup.services.order_states import add_refund_due, record_order, settle_order
from tests.builders import collect_order, make_client, make_item, make_order, make_stock
from tests.people import make_store

pytestmark = pytest.mark.usefixtures("app")


def an_order(pieces: int = 2, **values: object) -> Order:
    store, item = make_store(), make_item()
    make_stock(store, item, 10)
    return make_order(store, make_client(), [(item, pieces)], **values)


def change(order: Order, **counters: int) -> str:
    """Set counters of the first line and settle."""
    with transaction():
        order = get_order(order.public_id)
        for name, value in counters.items():
            setattr(order.lines[0], name, value)
        return settle_order(order, by=SYSTEM)


def bag(order: Order, pieces: int, *, state: str = "staged", take_out: int = 0) -> None:
    with transaction():
        package = Package(
            public_id=f"pkg_{pieces}{state}",
            store_id=order.store_id,
            order_id=order.id,
            number=1,
            state=state,
            packed_at=clock.now(),
        )
        package.contents = [PackageContent(order_line_id=order.lines[0].id, quantity=pieces, take_out=take_out)]
        db.session.add(package)


def event_types(order: Order) -> list[str]:
    return list(db.session.scalars(select(Event.type).where(Event.order_id == order.id).order_by(Event.id)))


def test_an_order_nobody_touched_stays_received_and_says_nothing() -> None:
    order = an_order()
    assert change(order) == "received"
    assert event_types(order) == []


def test_the_first_piece_begins_picking_and_the_last_ends_it() -> None:
    order = an_order()
    assert change(order, picked=1) == "picking"
    assert change(order, picked=2) == "picked"
    assert event_types(order) == ["order.picking_started", "order.picked"]
    order = get_order(order.public_id)
    assert order.picking_started_at is not None
    assert order.picked_at is not None


def test_ready_needs_every_piece_in_a_staged_bag_and_no_question() -> None:
    order = an_order()
    change(order, picked=2)
    bag(order, 2)
    with transaction():
        question = Question(
            public_id="qst_1",
            order_id=order.id,
            order_line_id=order.lines[0].id,
            reason="not_found",
            pieces=1,
            asked_at=clock.now(),
            deadline_at=clock.now(),
        )
        db.session.add(question)
    assert change(order) == "picked"
    with transaction():
        db.session.get_one(Question, question.id).state = "answered"
    assert change(order) == "ready"


def test_a_bag_with_a_piece_to_take_out_is_not_ready() -> None:
    order = an_order()
    change(order, picked=2)
    bag(order, 2, take_out=1)
    assert change(order, cancelled=1, open=1, picked=1, to_put_back=1) == "picked"


@time_machine.travel(datetime(2026, 3, 27, 12, 0, tzinfo=UTC), tick=False)
def test_ready_sets_the_hold_deadline_across_the_change_to_summer_time() -> None:
    order = an_order()
    change(order, picked=2)
    bag(order, 2)
    change(order)
    order = get_order(order.public_id)
    assert order.ready_at == clock.now()
    # Three days after Friday 27 March the store closes at midnight, by then two hours ahead of UTC.
    assert order.hold_until == datetime(2026, 3, 30, 22, 0, tzinfo=UTC)


def test_ready_tells_the_customer_once_in_the_same_transaction() -> None:
    order = an_order()
    change(order, picked=2)
    bag(order, 2)

    def settle_and_fail() -> None:
        with transaction():
            settle_order(get_order(order.public_id), by=SYSTEM)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        settle_and_fail()
    kinds = select(OutboxMessage.kind).where(OutboxMessage.order_id == order.id)
    assert list(db.session.scalars(kinds)) == []
    change(order)
    change(order)
    assert list(db.session.scalars(kinds)) == ["message.ready"]


def test_leaving_ready_forgets_when_and_until() -> None:
    order = an_order()
    change(order, picked=2)
    bag(order, 2)
    change(order)
    with transaction():
        db.session.execute(db.update(Package).values(state="packed"))
    assert change(order) == "picked"
    order = get_order(order.public_id)
    assert (order.ready_at, order.hold_until) == (None, None)
    assert event_types(order)[-1] == "order.set_back"


@pytest.mark.parametrize(
    ("counters", "closed", "end"),
    [
        ({"open": 0, "cancelled": 2}, False, "cancelled"),
        ({"open": 0, "short": 2}, False, "cancelled"),
        ({"open": 0, "collected": 1, "cancelled": 1, "picked": 0}, False, "collected"),
        ({"open": 0, "cancelled": 2}, True, "expired"),
    ],
)
def test_an_order_ends_by_what_became_of_its_pieces(counters: dict[str, int], closed: bool, end: str) -> None:
    order = an_order()
    change(order, picked=1)
    with transaction():
        get_order(order.public_id).expiry_closed = closed
    assert change(order, **({"picked": 0} | counters)) == end
    assert getattr(get_order(order.public_id), f"{end}_at") is not None


def test_a_short_line_never_blocks_ready() -> None:
    order = an_order(3)
    change(order, open=2, short=1, picked=2)
    bag(order, 2)
    assert change(order) == "ready"


def test_an_end_closes_the_code_and_the_wait() -> None:
    order = an_order()
    with transaction():
        db.session.add(PickupCode(order_id=order.id, store_id=order.store_id, code="ABC234"))
        db.session.add(
            CheckIn(order_id=order.id, store_id=order.store_id, kind="arrived", source="customer", at=clock.now())
        )
    change(order, open=0, cancelled=2)
    assert db.session.scalars(select(PickupCode.active)).one() is False
    assert db.session.scalars(select(CheckIn.ended_at)).one() is not None


def test_a_move_that_the_table_forbids_changes_nothing() -> None:
    order = an_order()
    change(order, open=0, cancelled=2)
    before = len(event_types(order))
    with pytest.raises(WrongState) as refused:
        change(order, open=2, cancelled=0)
    assert refused.value.details["state"] == "cancelled"
    assert get_order(order.public_id).lines[0].open == 0
    assert len(event_types(order)) == before


def test_a_handoff_that_is_undone_opens_the_code_again() -> None:
    order = collect_order(an_order())
    with transaction():
        db.session.add(PickupCode(order_id=order.id, store_id=order.store_id, code="ABC234", active=False))
    assert change(order, open=2, collected=0, picked=2) == "picked"
    assert db.session.scalars(select(PickupCode.active)).one() is True
    assert get_order(order.public_id).collected_at is None


def test_the_frozen_shape_holds_nothing_personal() -> None:
    order = an_order(contact={"name": "Zofia Canary", "phone": "+48600100200", "note": "blue door"})
    with transaction():
        record_order(get_order(order.public_id), "order.received", by=SYSTEM)
    frozen = str(db.session.scalars(select(Event.data)).one())
    assert order.public_id in frozen
    for secret in ("Canary", "600100200", "blue door", "pickup_code", "status_url"):
        assert secret not in frozen


def test_a_late_report_keeps_both_times() -> None:
    order, then = an_order(), datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
    with transaction():
        order = get_order(order.public_id)
        order.lines[0].picked = 1
        settle_order(order, by=SYSTEM, occurred_at=then)
    event = db.session.scalars(select(Event)).one()
    assert event.occurred_at == then
    assert event.recorded_at > then


def test_a_line_total_is_shared_over_its_pieces_without_losing_a_grosz() -> None:
    order = an_order(3)
    with transaction():
        order = get_order(order.public_id)
        order.lines[0].paid_total_minor = 2500
        due = [add_refund_due(order, order.lines[0], 1) for _ in range(3)]
    assert due == [833, 833, 834]
    assert order.refund_due_minor == 2500


@pytest.mark.parametrize(("payment", "due", "state"), [("paid", 2000, "due"), ("due", 0, "none"), ("void", 0, "none")])
def test_a_refund_is_due_only_for_what_was_paid(payment: str, due: int, state: str) -> None:
    order = an_order(payment_state=payment)
    with transaction():
        order = get_order(order.public_id)
        assert add_refund_due(order, order.lines[0], 2) == due
    assert (order.refund_due_minor, order.refund_state) == (due, state)
