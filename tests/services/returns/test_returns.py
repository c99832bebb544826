"""Announcing a return: what is taken, what is refused, and what the customer is told about each line."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import func, select

from omni_pickup import clock
from omni_pickup.errors import ExternalIdConflict, Invalid, WrongState
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM, Actor
from omni_pickup.models.clients import Client
from omni_pickup.models.events import Event, OutboxMessage
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order
from omni_pickup.models.returns import Return
from omni_pickup.models.stores import Store
from omni_pickup.queries.returns.returns import (
    find_return,
    get_return,
    get_return_by_rma,
    has_return,
    list_returns,
    return_shape,
)
from omni_pickup.services.returns.return_refunds import report_return_refund
from omni_pickup.services.returns.returns import announce_return, cancel_return, expire_due_returns
from tests.builders import collect_order, make_client, make_item, make_order, make_stock
from tests.people import make_store


@pytest.fixture
def store(app: OpenAPI) -> Store:
    return make_store()


@pytest.fixture
def client(store: Store) -> Client:
    return make_client("shop")


@pytest.fixture
def shirt(store: Store) -> Item:
    item = make_item("SHIRT")
    make_stock(store, item, 20)
    return item


@pytest.fixture
def order(store: Store, client: Client, shirt: Item) -> Order:
    """Three shirts, collected."""
    return collect_order(make_order(store, client, [(shirt, 3)], external_id="1001"))


def announce(client: Client, **values: Any) -> tuple[Return, bool]:
    usual = {"order": {"external_id": "1001"}, "lines": [{"line_id": "1", "sku": "SHIRT", "quantity": 1}]}
    with transaction():
        return announce_return(
            {**usual, **values}, client_id=client.id, source="channel", by=Actor("channel", client_id=client.id)
        )


def line(quantity: int = 1, sku: str = "SHIRT", line_id: str | None = "1", **more: Any) -> list[dict[str, Any]]:
    return [{"line_id": line_id, "sku": sku, "quantity": quantity, **more}]


def test_an_announced_return_says_what_may_come_back(client: Client, order: Order) -> None:
    ret, created = announce(client, external_id="R-77", lines=line(2, reason="too_small"))
    shape = return_shape(ret)
    assert created
    assert (shape["state"], shape["refund"], shape["external_id"]) == ("announced", "none", "R-77")
    assert shape["order"] == {"id": order.public_id, "external_id": "1001"}
    assert shape["lines"] == [
        {
            "line_id": "1",
            "sku": "SHIRT",
            "said": 2,
            "counted": None,
            "accepted": 0,
            "returnable": True,
            "rule": None,
            "reason": "too_small",
            "condition": None,
            "disposition": None,
        }
    ]
    assert ret.expires_at - ret.announced_at == timedelta(days=14)
    assert get_return_by_rma(shape["rma_number"]).id == ret.id


def test_the_event_holds_the_shape_and_nothing_of_the_customer(client: Client, order: Order) -> None:
    ret, _ = announce(client, customer={"name": "Zofia Canary", "email": "zofia@example.com", "phone": None})
    event = db.session.scalars(select(Event).where(Event.type == "return.announced")).one()
    assert event.data == return_shape(ret)
    assert (event.return_id, event.owner_client_id) == (ret.id, client.id)
    assert "canary" not in json.dumps(event.data).lower()
    assert ret.contact.name == "Zofia Canary"
    told = db.session.scalars(select(OutboxMessage).where(OutboxMessage.return_id == ret.id)).one()
    assert told.kind == "message.return_announced"


def test_without_a_customer_the_buyer_is_told(client: Client, order: Order) -> None:
    ret, _ = announce(client)
    assert (ret.contact.name, ret.contact.email) == ("Ada Nowak", "ada@example.com")


def test_an_erased_buyer_stays_erased_in_a_later_return(client: Client, order: Order) -> None:
    with transaction():
        contact = db.session.get_one(Order, order.id).contact
        contact.name = contact.email = contact.phone = None
        contact.erased_at = clock.now()
    ret, created = announce(client)
    assert created
    assert (ret.contact.name, ret.contact.email, ret.contact.erased_at) == (None, None, contact.erased_at)


def test_pieces_that_are_not_collected_yet_are_said_not_to_be_returnable(
    client: Client, store: Store, shirt: Item
) -> None:
    make_order(store, client, [(shirt, 2)], external_id="1001")
    ret, _ = announce(client)
    assert (ret.lines[0].returnable, ret.lines[0].rule) == (False, "not_collected")


def test_what_may_never_come_back_is_said_so(client: Client, store: Store) -> None:
    earring = make_item("EARRING", returnable=False)
    make_stock(store, earring, 1)
    collect_order(make_order(store, client, [(earring, 1)], external_id="1001"))
    ret, _ = announce(client, lines=line(sku="EARRING"))
    assert (ret.lines[0].returnable, ret.lines[0].rule) == (False, "not_returnable")


def test_the_window_ends_with_the_last_day_in_the_stores_own_time(client: Client, order: Order) -> None:
    with transaction():
        # 23:30 in Warsaw on 1 October; thirty days later is 31 October.
        db.session.get_one(Order, order.id).collected_at = datetime(2026, 10, 1, 21, 30, tzinfo=UTC)
    values = {"order": {"external_id": "1001"}, "lines": line()}
    verdicts = []
    # Winter time began on 25 October: midnight in Warsaw is 23:00 UTC.
    for moment in (datetime(2026, 10, 31, 22, 59, tzinfo=UTC), datetime(2026, 10, 31, 23, 0, tzinfo=UTC)):
        with transaction():
            ret, _ = announce_return(values, client_id=client.id, source="channel", by=SYSTEM, at=moment)
        verdicts.append(ret.lines[0].rule)
    assert verdicts == [None, "past_window"]


def test_nobody_announces_more_than_was_ordered_and_not_announced_before(client: Client, order: Order) -> None:
    announce(client, lines=line(2))
    with pytest.raises(Invalid) as caught:
        announce(client, lines=line(2))
    assert caught.value.details["errors"] == [
        {"pointer": "/lines/0/quantity", "message": "Only 1 of this line can still be announced."}
    ]
    announce(client, lines=line(1))


def test_cancelled_pieces_cannot_be_announced(client: Client, store: Store, shirt: Item) -> None:
    order = make_order(store, client, [(shirt, 3)], external_id="1001")
    with transaction():
        cancelled = db.session.get_one(Order, order.id).lines[0]
        cancelled.open, cancelled.cancelled = 1, 2
    with pytest.raises(Invalid):
        announce(client, lines=line(2))


def test_a_cancelled_or_expired_announcement_gives_its_pieces_free(client: Client, order: Order) -> None:
    first, _ = announce(client, lines=line(3))
    with transaction():
        cancel_return(get_return(first.public_id), by=SYSTEM)
    second, _ = announce(client, lines=line(3))
    with transaction():
        assert expire_due_returns(second.expires_at, 10) == 1
    assert announce(client, lines=line(3))[1]


def test_the_same_external_id_with_the_same_lines_is_the_same_return(client: Client, order: Order) -> None:
    first, created = announce(client, external_id="R-1")
    again, created_again = announce(client, external_id="R-1", customer={"name": "Another"})
    assert (created, created_again, again.id) == (True, False, first.id)
    assert db.session.scalar(select(func.count()).select_from(Return)) == 1
    assert len(db.session.scalars(select(Event).where(Event.type == "return.announced")).all()) == 1


def test_the_same_external_id_with_other_lines_is_a_conflict(client: Client, order: Order) -> None:
    announce(client, external_id="R-1")
    with pytest.raises(ExternalIdConflict):
        announce(client, external_id="R-1", lines=line(2))


def test_a_known_external_id_answers_also_when_all_pieces_are_announced(client: Client, order: Order) -> None:
    first, _ = announce(client, external_id="R-1", lines=line(3))
    assert announce(client, external_id="R-1", lines=line(3))[0].id == first.id


def test_external_ids_are_each_clients_own(client: Client, order: Order) -> None:
    announce(client, external_id="R-1")
    other = make_client("marketplace")
    ret, created = announce(other, external_id="R-1")
    assert created
    assert ret.order_id is None
    assert find_return(client.id, "R-1") is not None


def test_a_refused_announcement_leaves_its_external_id_free(client: Client, order: Order) -> None:
    with pytest.raises(Invalid):
        announce(client, external_id="R-1", lines=line(9))
    assert announce(client, external_id="R-1")[1]


def test_an_unknown_order_carries_what_is_known(client: Client, shirt: Item) -> None:
    lines = [*line(2), *line(1, sku="FROM-ANOTHER-SHOP", line_id="2")]
    ret, _ = announce(client, order={"external_id": "from the warehouse"}, lines=lines)
    assert ret.order_id is None
    assert return_shape(ret)["order"] == {"id": None, "external_id": "from the warehouse"}
    assert [(one.item_id, one.returnable) for one in ret.lines] == [(shirt.id, True), (None, True)]


def test_an_order_may_be_named_by_our_id(client: Client, order: Order) -> None:
    assert announce(client, order={"id": order.public_id})[0].order_id == order.id


def test_a_line_that_the_order_does_not_have_is_refused(client: Client, order: Order) -> None:
    with pytest.raises(Invalid) as caught:
        announce(client, lines=line(sku="OTHER"))
    assert caught.value.details["errors"][0]["pointer"] == "/lines/0"


def test_a_piece_collected_at_another_store_is_found_in_the_child_order(
    client: Client, store: Store, shirt: Item
) -> None:
    parent = make_order(store, client, [(shirt, 1)], external_id="1001")
    other = make_store("WAW-02", name="Praga")
    make_stock(other, shirt, 1)
    child = collect_order(make_order(other, client, [(shirt, 1)], external_id=None, parent_id=parent.id))
    ret, _ = announce(client)
    assert ret.lines[0].order_line_id == child.lines[0].id
    assert ret.lines[0].returnable
    assert has_return(child.id)
    assert has_return(parent.id)


def test_a_substitute_may_be_named_by_the_line_that_it_replaced(client: Client, store: Store, shirt: Item) -> None:
    blue = make_item("SHIRT-BLUE")
    make_stock(store, blue, 1)
    order = make_order(store, client, [(shirt, 1), (blue, 1)], external_id="1001")
    with transaction():
        fresh = db.session.get_one(Order, order.id)
        fresh.lines[1].substitute_of_id = fresh.lines[0].id
    ret, _ = announce(client, lines=line(sku="SHIRT-BLUE"))
    assert ret.lines[0].order_line_id == order.lines[1].id


@pytest.mark.parametrize(
    ("values", "pointer"),
    [
        ({"lines": []}, "/lines"),
        ({"lines": line(0)}, "/lines/0/quantity"),
        ({"lines": line(reason="because")}, "/lines/0/reason"),
        ({"lines": [*line(), *line()]}, "/lines/1"),
        ({"store": "NOWHERE"}, "/store"),
        ({"order": {"id": "a", "external_id": "b"}}, "/order"),
        ({"external_id": " R"}, "/external_id"),
        ({"customer": {"email": "no address"}}, "/customer/email"),
        ({"customer": {"name": "x" * 201}}, "/customer/name"),
    ],
)
def test_wrong_values_are_answered_with_their_pointer(
    client: Client, order: Order, values: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(Invalid) as caught:
        announce(client, **values)
    assert [error["pointer"] for error in caught.value.details["errors"]] == [pointer]
    assert db.session.scalars(select(Return)).all() == []


def test_sixteen_at_once_make_one_return(app: OpenAPI, client: Client, order: Order) -> None:
    outcomes: list[tuple[int, bool]] = []

    def run() -> None:
        with app.app_context():
            ret, created = announce(client, external_id="R-1", lines=line(3))
            outcomes.append((ret.id, created))
            db.session.remove()

    threads = [threading.Thread(target=run) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 16
    assert sum(created for _, created in outcomes) == 1
    assert len({return_id for return_id, _ in outcomes}) == 1


def test_cancelling_twice_is_quiet_and_cancelling_arrived_goods_is_refused(client: Client, order: Order) -> None:
    ret, _ = announce(client)
    for _ in range(2):
        with transaction():
            cancel_return(get_return(ret.public_id), reason="keeps it", by=SYSTEM)
    types = db.session.scalars(select(Event.type).where(Event.type == "return.cancelled")).all()
    assert len(types) == 1
    other, _ = announce(client)
    with transaction():
        get_return(other.public_id).state = "received"
    with pytest.raises(WrongState), transaction():
        cancel_return(get_return(other.public_id), by=SYSTEM)


def test_only_due_announcements_expire_and_never_more_than_asked(client: Client, order: Order) -> None:
    returns = [announce(client)[0] for _ in range(3)]
    with transaction():
        assert expire_due_returns(returns[0].expires_at - timedelta(seconds=1), 10) == 0
    with transaction():
        assert expire_due_returns(returns[2].expires_at, 2) == 2
    assert [ret.state for ret in list_returns()] == ["expired", "expired", "announced"]


def test_lists_are_filtered_and_paged(client: Client, order: Order, store: Store) -> None:
    first, _ = announce(client, external_id="R-1", store=store.code)
    second, _ = announce(client, external_id="R-2")
    assert [ret.id for ret in list_returns(limit=1)] == [first.id]
    assert [ret.id for ret in list_returns(after=first.id)] == [second.id]
    assert [ret.id for ret in list_returns(store_ids=[store.id])] == [first.id]
    assert [ret.id for ret in list_returns(external_id="R-2", client_id=client.id)] == [second.id]
    assert list_returns(state="closed") == []
    assert list_returns(client_id=make_client("other").id) == []
    assert [ret.id for ret in list_returns(updated_after=first.updated_at)] == [second.id]


# --- the channel's money ---------------------------------------------------------------------------------------


def report(ret: Return, state: str, amount: str | None = None, reference: str | None = "PSP-1") -> Return:
    money = None if amount is None else {"amount": amount, "currency": "PLN"}
    with transaction():
        return report_return_refund(
            get_return(ret.public_id), state=state, amount=money, reference=reference, by=SYSTEM
        )


def test_a_refund_may_be_confirmed_before_the_goods_arrive_and_restocks_nothing(client: Client, order: Order) -> None:
    ret = report(announce(client)[0], "confirmed", "10.00")
    assert (ret.refund_state, ret.refund_confirmed_minor, ret.state) == ("confirmed", 1000, "announced")


def test_the_same_report_twice_is_one(client: Client, order: Order) -> None:
    ret, _ = announce(client)
    report(ret, "confirmed", "10.00")
    assert report(ret, "confirmed", "10.00").refund_confirmed_minor == 1000
    assert len(db.session.scalars(select(Event).where(Event.type == "return.refund_confirmed")).all()) == 1


def test_a_failed_refund_may_succeed_later_but_a_confirmed_one_stays(client: Client, order: Order) -> None:
    ret, _ = announce(client)
    report(ret, "requested")
    report(ret, "failed")
    report(ret, "confirmed", "10.00", "PSP-2")
    with pytest.raises(Exception, match="confirmed already"):
        report(ret, "failed", reference="PSP-3")


@pytest.mark.parametrize(("state", "amount"), [("confirmed", None), ("due", "1.00"), ("confirmed", "1.0")])
def test_reports_without_meaning_are_refused(client: Client, order: Order, state: str, amount: str | None) -> None:
    with pytest.raises(Invalid):
        report(announce(client)[0], state, amount)
