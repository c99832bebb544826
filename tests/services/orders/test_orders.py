"""Order intake: one order, all of it, or nothing at all and no trace."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from omni_pickup import clock
from omni_pickup.errors import (
    InsufficientStock,
    Invalid,
    NoPromise,
    StorePaused,
)
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.clients import Client
from omni_pickup.models.events import Event, OutboxMessage
from omni_pickup.models.items import Item
from omni_pickup.models.orders import OrderContact, PickupCode
from omni_pickup.models.picking import PickTask
from omni_pickup.models.stores import Store
from omni_pickup.queries.orders.orders import get_order, order_shape
from omni_pickup.queries.stock.books import list_differences
from omni_pickup.rules.codes import PICKUP_ALPHABET
from omni_pickup.services.customers.order_links import find_by_token, order_token
from omni_pickup.services.orders import order_rows
from omni_pickup.services.orders.orders import place_order
from tests.builders import (
    dump_tables,
    event_types,
    make_client,
    make_item,
    make_stock,
    order_values,
    pointers,
    set_clock,
    stock_of,
)
from tests.intakes import make_place, place, refused


@pytest.fixture
def store(app: object) -> Store:
    return make_place("WAW-01")


@pytest.fixture
def item(store: Store) -> Item:
    item = make_item("A")
    make_stock(store, item, 10)
    return item


@pytest.fixture
def client(app: object) -> Client:
    return make_client()


def test_an_order_reserves_its_pieces_and_waits_to_be_picked(store: Store, item: Item, client: Client) -> None:
    order, created = place(client, order_values({"A": 2}, external_id="1001"))
    assert (created, order.state, order.external_id) == (True, "received", "1001")
    assert stock_of(store, item) == {"on_hand": 10, "reserved": 2}
    task = db.session.scalars(db.select(PickTask)).one()
    assert (task.order_id, task.order_line_id, task.quantity, task.state) == (order.id, order.lines[0].id, 2, "queued")
    assert list_differences() == []


def test_what_is_answered_is_what_stands_in_the_tables(store: Store, item: Item, client: Client) -> None:
    order, _ = place(client, order_values({"A": 2}))
    answered = order_shape(order)
    db.session.remove()
    assert order_shape(get_order(order.public_id)) == answered


def test_an_order_that_was_just_placed_can_be_changed_in_the_same_transaction(
    store: Store, item: Item, client: Client
) -> None:
    with transaction():
        order, _ = place_order(order_values({"A": 2}), client_id=client.id, by=SYSTEM)
        order.pickup_method = "curbside"
        order.contact.note = "Blue car"
    db.session.remove()
    stored = get_order(order.public_id)
    assert (stored.pickup_method, stored.contact.note, stored.version) == ("curbside", "Blue car", 2)


def test_repeated_skus_are_summed_for_the_reservation(store: Store, item: Item, client: Client) -> None:
    values = order_values({"A": 6})
    values["lines"].append({**values["lines"][0], "line_id": "2", "quantity": 5})
    error = refused(client, values, InsufficientStock)
    assert [line["requested"] for line in error.details["lines"]] == [6, 5]
    values["lines"][1]["quantity"] = 4
    place(client, values)
    assert stock_of(store, item) == {"on_hand": 10, "reserved": 10}


def test_the_event_holds_no_personal_data_codes_or_links(store: Store, item: Item, client: Client) -> None:
    values = order_values({"A": 1}, note="Ring twice", gift={"message": "For Jan"}, collector={"name": "Jan Kowalski"})
    order, _ = place(client, values)
    event = db.session.scalars(db.select(Event).where(Event.type == "order.received")).one()
    code = db.session.scalars(db.select(PickupCode.code).where(PickupCode.holder == "customer")).one()
    for secret in ("Nowak", "ada@example.com", "601234567", "Ring", "Jan", code, order_token(order)):
        assert secret not in str(event.data)
    assert event.data == order_shape(order)
    assert db.session.scalars(db.select(OutboxMessage.kind)).all() == ["message.received"]


def test_the_contact_keeps_what_staff_search_by(store: Store, item: Item, client: Client) -> None:
    customer = {"name": "Ada Nowak-Łęcka", "email": "Ada@EXAMPLE.com", "phone": "601 234 567", "language": "pl"}
    place(client, order_values({"A": 1}, customer=customer))
    contact = db.session.scalars(db.select(OrderContact)).one()
    assert (contact.surname_key, contact.phone_end) == ("nowak-łęcka", "4567")
    assert (contact.email, contact.phone) == ("Ada@example.com", "+48601234567")


def test_the_collector_has_an_own_code(store: Store, item: Item, client: Client) -> None:
    place(client, order_values({"A": 1}, collector={"name": "Jan Kowalski", "phone": "+48600000000"}))
    codes = {row.holder: row.code for row in db.session.scalars(db.select(PickupCode))}
    assert codes.keys() == {"customer", "collector"}
    assert codes["customer"] != codes["collector"]
    assert set("".join(codes.values())) <= set(PICKUP_ALPHABET)


def test_a_code_that_another_open_order_has_is_drawn_again(
    store: Store, item: Item, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter(["CCCCCC", "CCCCCC", "DDDDDD"])
    monkeypatch.setattr(order_rows, "new_pickup_code", lambda choose: next(drawn))
    for _ in range(2):
        place(client, order_values({"A": 1}))
    assert sorted(db.session.scalars(db.select(PickupCode.code))) == ["CCCCCC", "DDDDDD"]


def test_the_link_opens_the_order_and_the_database_keeps_its_digest_only(
    store: Store, item: Item, client: Client
) -> None:
    order, _ = place(client, order_values({"A": 1}))
    token = order_token(order)
    found = find_by_token(token)
    assert found is not None
    assert found.id == order.id
    assert token not in str(dump_tables())


def change_line(**changes: Any) -> dict[str, Any]:
    return {"lines": [{**order_values({"A": 1})["lines"][0], **changes}]}


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"store": "GHOST"}, "/store"),
        ({"external_id": " 1"}, "/external_id"),
        ({"pickup_method": "drone"}, "/pickup_method"),
        ({"allow": "some"}, "/allow"),
        ({"placed_at": "2026-11-21T10:00:00"}, "/placed_at"),
        ({"placed_at": "2999-01-01T00:00:00Z"}, "/placed_at"),
        ({"requested_from": "soon"}, "/requested_from"),
        ({"customer": {"name": " "}}, "/customer/name"),
        ({"customer": {"name": "Ada", "email": "ada@"}}, "/customer/email"),
        ({"customer": {"name": "Ada", "phone": "12"}}, "/customer/phone"),
        ({"customer": {"name": "Ada", "language": "polski język"}}, "/customer/language"),
        ({"collector": {"name": ""}}, "/collector/name"),
        ({"collector": {"name": "Jan", "email": "jan"}}, "/collector/email"),
        ({"note": "n" * 2001}, "/note"),
        ({"gift": {"message": "m" * 2001}}, "/gift/message"),
        ({"payment": {"state": "later"}}, "/payment/state"),
        ({"payment": {"state": "paid", "due": {"amount": "1.00", "currency": "PLN"}}}, "/payment/due"),
        ({"payment": {"state": "due", "due": {"amount": "1.00", "currency": "EUR"}}}, "/payment/due"),
        ({"lines": []}, "/lines"),
        (change_line(sku="GHOST"), "/lines/0/sku"),
        (change_line(quantity=0), "/lines/0/quantity"),
        (change_line(quantity=1_000_001), "/lines/0/quantity"),
        (change_line(line_id=""), "/lines/0/line_id"),
        (change_line(backup_sku="GHOST"), "/lines/0/backup_sku"),
        (change_line(backup_sku="A"), "/lines/0/backup_sku"),
        (change_line(unit_price={"amount": "1.0", "currency": "PLN"}), "/lines/0/unit_price/amount"),
        (change_line(unit_price={"amount": "1.00", "currency": "ABC"}), "/lines/0/unit_price/currency"),
        (change_line(paid_total={"amount": "1.00", "currency": "EUR"}), "/lines/0/paid_total"),
    ],
)
def test_a_wrong_value_is_pointed_at(
    store: Store, item: Item, client: Client, changes: dict[str, Any], pointer: str
) -> None:
    error = refused(client, order_values({"A": 1}) | changes, Invalid)
    assert isinstance(error, Invalid)
    assert pointers(error) == [pointer]


def test_a_line_id_that_is_there_twice_is_pointed_at(store: Store, item: Item, client: Client) -> None:
    values = order_values({"A": 1})
    values["lines"].append(values["lines"][0])
    error = refused(client, values, Invalid)
    assert isinstance(error, Invalid)
    assert pointers(error) == ["/lines/1/line_id"]


def test_a_store_outside_the_keys_binding_is_unknown(store: Store, item: Item, client: Client) -> None:
    error = refused(client, order_values({"A": 1}), Invalid, within=set())
    assert isinstance(error, Invalid)
    assert pointers(error) == ["/store"]


def test_a_pickup_method_that_the_store_does_not_offer_is_refused(store: Store, item: Item, client: Client) -> None:
    make_place("WAW-01", pickup={"curbside": False})
    refused(client, order_values({"A": 1}, pickup_method="curbside"), Invalid)


def test_a_paused_store_names_others(store: Store, item: Item, client: Client) -> None:
    make_stock(make_place("N1"), item, 5)
    with transaction():
        row = db.session.get_one(Store, store.id)
        row.paused_at, row.paused_until, row.pause_reason = clock.now(), clock.now() + timedelta(hours=1), "Queue"
    error = refused(client, order_values({"A": 1}), StorePaused)
    assert error.code == "store_paused"
    assert error.details["reason"] == "Queue"
    assert [place["store"] for place in error.details["alternatives"]] == ["N1"]


def test_a_pause_that_has_ended_stops_nobody(store: Store, item: Item, client: Client) -> None:
    with transaction():
        row = db.session.get_one(Store, store.id)
        row.paused_at, row.paused_until = clock.now() - timedelta(hours=2), clock.now() - timedelta(hours=1)
    assert place(client, order_values({"A": 1}))[1] is True


def test_a_store_that_does_not_open_in_sixty_days_promises_nothing(store: Store, item: Item, client: Client) -> None:
    make_place("WAW-01", hours={})
    assert refused(client, order_values({"A": 1}), NoPromise).code == "no_promise"


def test_the_promise_is_kept_twice_and_told_in_the_stores_own_time(
    store: Store, item: Item, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, "2026-11-21T15:00:00+01:00")
    order, _ = place(client, order_values({"A": 1}))
    assert order_shape(order)["promised_at"] == "2026-11-21T17:00:00+01:00"
    assert order.first_promised_at == order.promised_at


def test_money_is_kept_in_minor_units_of_one_currency(store: Store, item: Item, client: Client) -> None:
    due = {"state": "due", "due": {"amount": "38.05", "currency": "PLN"}}
    values = order_values({"A": 2}, payment=due)
    values["lines"][0]["paid_total"] = {"amount": "38.05", "currency": "PLN"}
    order, _ = place(client, values)
    line = order.lines[0]
    assert (order.currency, order.payment_due_minor) == ("PLN", 3805)
    assert (line.unit_price_minor, line.paid_total_minor) == (1990, 3805)


def test_an_order_without_prices_and_with_a_void_payment_is_taken(store: Store, item: Item, client: Client) -> None:
    values = order_values({"A": 1}, payment={"state": "void", "due": None})
    del values["lines"][0]["unit_price"]
    order, _ = place(client, values)
    assert (order.currency, order.payment_state) == (None, "void")


def test_intake_takes_the_same_number_of_statements_however_many_lines_there_are(store: Store, client: Client) -> None:
    for number in range(12):
        make_stock(store, make_item(f"L{number:02}"), 5)
    # The queue of a store that has none yet is not summed up.
    place(client, order_values({"L00": 1}))
    few, many = (count_statements(client, {f"L{line:02}": 1 for line in range(count)}) for count in (2, 12))
    assert few == many
    assert few <= 18


def count_statements(client: Client, lines: dict[str, int]) -> int:
    statements: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        statements.append(statement)

    values = order_values(lines)
    db.event.listen(db.engine, "before_cursor_execute", note)
    place(client, values)
    db.event.remove(db.engine, "before_cursor_execute", note)
    return len(statements)


def test_one_event_tells_of_the_order(store: Store, item: Item, client: Client) -> None:
    place(client, order_values({"A": 1}))
    assert event_types("order.") == ["order.received"]
