"""What a channel may change about an order, and what it tells us about its money."""

from __future__ import annotations

from typing import Any

import pytest

from omni_pickup.errors import Invalid, WrongState
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.events import Event
from omni_pickup.models.orders import Order, PickupCode
from omni_pickup.queries.orders.orders import get_order
from omni_pickup.services.orders.order_changes import change_order, report_refund, set_collector
from omni_pickup.services.orders.orders import place_order
from omni_pickup.services.stores.stores import put_store
from tests.builders import (
    collect_order,
    dump_tables,
    event_types,
    make_client,
    make_item,
    make_stock,
    order_values,
    pointers,
    store_values,
)


@pytest.fixture
def order(app: object) -> Order:
    with transaction():
        store, _ = put_store("WAW-01", store_values(pickup={"curbside": False}), by=SYSTEM)
    make_stock(store, make_item("A"), 10)
    client = make_client()
    with transaction():
        return place_order(order_values({"A": 2}), client_id=client.id, by=SYSTEM)[0]


def change(order: Order, **changes: Any) -> Order:
    with transaction():
        return change_order(get_order(order.public_id), changes, by=SYSTEM)


def refund(order: Order, **report: Any) -> Order:
    with transaction():
        return report_refund(get_order(order.public_id), by=SYSTEM, **report)


def owe(order: Order, minor: int) -> None:
    with transaction():
        row = get_order(order.public_id)
        row.refund_due_minor, row.refund_state = minor, "due"


def codes(order: Order) -> dict[str, str]:
    db.session.rollback()
    rows = db.session.scalars(db.select(PickupCode).where(PickupCode.order_id == order.id, PickupCode.active))
    return {row.holder: row.code for row in rows}


def last_event() -> dict[str, Any]:
    data: dict[str, Any] = db.session.scalars(db.select(Event.data).order_by(Event.id.desc()).limit(1)).one()
    return data


def test_a_note_is_changed_and_its_text_stays_out_of_the_event(order: Order) -> None:
    assert change(order, note="Blue car").contact.note == "Blue car"
    assert last_event()["changed"] == ["note"]
    assert "Blue" not in str(last_event())


def test_what_is_the_same_already_is_no_change(order: Order) -> None:
    change(order, note="Blue car", pickup_method="in_store")
    change(order, note="Blue car", pickup_method="in_store", payment={"state": "paid", "due": None}, collector=None)
    assert event_types("order.") == ["order.received", "order.changed"]


def test_a_collector_gets_an_own_code_and_another_one_a_new_code(order: Order) -> None:
    with transaction():
        set_collector(get_order(order.public_id), {"name": "Jan Kowalski", "phone": "600 000 000"}, by=SYSTEM)
    first = codes(order)
    assert get_order(order.public_id).contact.collector_phone == "+48600000000"
    change(order, collector={"name": "Ola Kowalska"})
    second = codes(order)
    assert first["customer"] == second["customer"]
    assert first["collector"] != second["collector"]


def test_a_collector_who_is_taken_back_opens_nothing_any_more(order: Order) -> None:
    change(order, collector={"name": "Jan Kowalski"})
    changed = change(order, collector=None)
    assert codes(order).keys() == {"customer"}
    assert changed.contact.collector_name is None


def test_the_same_collector_keeps_the_code(order: Order) -> None:
    change(order, collector={"name": "Jan Kowalski"})
    before = codes(order)
    change(order, collector={"name": "Jan Kowalski"})
    assert codes(order) == before


def test_payment_moves_between_paid_due_and_void(order: Order) -> None:
    changed = change(order, payment={"state": "due", "due": {"amount": "39.80", "currency": "PLN"}})
    assert (changed.payment_state, changed.payment_due_minor) == ("due", 3980)
    changed = change(order, payment={"state": "void"})
    assert (changed.payment_state, changed.payment_due_minor) == ("void", None)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"pickup_method": "curbside"}, "/pickup_method"),
        ({"note": "n" * 2001}, "/note"),
        ({"payment": {"state": "gone"}}, "/payment/state"),
        ({"payment": {"state": "paid", "due": {"amount": "1.00", "currency": "PLN"}}}, "/payment/due"),
        ({"payment": {"state": "due", "due": {"amount": "1.00", "currency": "EUR"}}}, "/payment/due"),
        ({"payment": {"state": "due", "due": {"amount": "1", "currency": "PLN"}}}, "/payment/due/amount"),
        ({"collector": {"name": ""}}, "/collector/name"),
        ({"collector": {"name": "Jan", "email": "jan"}}, "/collector/email"),
    ],
)
def test_a_wrong_change_is_pointed_at_and_changes_nothing(order: Order, changes: dict[str, Any], pointer: str) -> None:
    before = dump_tables()
    with pytest.raises(Invalid) as caught:
        change(order, **changes)
    assert pointers(caught.value) == [pointer]
    assert dump_tables() == before


def test_only_the_payment_of_a_closed_order_may_change(order: Order) -> None:
    collect_order(order)
    with pytest.raises(WrongState):
        change(order, note="Too late")
    assert change(order, payment={"state": "void"}).payment_state == "void"


def test_confirmed_refunds_add_up(order: Order) -> None:
    owe(order, 3980)
    refund(order, state="confirmed", amount={"amount": "19.90", "currency": "PLN"}, reference="R-1")
    changed = refund(order, state="confirmed", amount={"amount": "19.90", "currency": "PLN"}, reference="R-2")
    assert (changed.refund_state, changed.refund_confirmed_minor) == ("confirmed", 3980)


def test_the_same_reference_confirmed_twice_counts_once(order: Order) -> None:
    owe(order, 3980)
    for _ in range(2):
        changed = refund(order, state="confirmed", amount={"amount": "19.90", "currency": "PLN"}, reference="R-1")
    assert changed.refund_confirmed_minor == 1990
    assert event_types("order.refund") == ["order.refund_reported"]


def test_without_an_amount_all_that_is_due_is_confirmed(order: Order) -> None:
    owe(order, 3980)
    assert refund(order, state="confirmed", reference="R-1").refund_confirmed_minor == 3980


def test_a_refund_goes_from_requested_to_failed_and_back(order: Order) -> None:
    owe(order, 3980)
    states = [refund(order, state=state).refund_state for state in ("requested", "failed", "requested")]
    assert states == ["requested", "failed", "requested"]


@pytest.mark.parametrize(
    ("report", "pointer"),
    [
        ({"state": "due"}, "/state"),
        ({"state": "confirmed", "reference": "r" * 201}, "/reference"),
        ({"state": "confirmed", "amount": {"amount": "1.00", "currency": "EUR"}}, "/amount"),
        ({"state": "confirmed", "amount": {"amount": "-1.00", "currency": "PLN"}}, "/amount/amount"),
    ],
)
def test_a_wrong_report_is_pointed_at(order: Order, report: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as caught:
        refund(order, **report)
    assert pointers(caught.value) == [pointer]


def test_a_refund_says_nothing_about_goods(order: Order) -> None:
    changed = refund(order, state="confirmed", amount={"amount": "19.90", "currency": "PLN"})
    assert changed.state == "received"
    assert changed.lines[0].open == 2
