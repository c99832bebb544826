from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from omni_pickup import clock, keys
from omni_pickup.delivery.failures import NothingToTell
from omni_pickup.delivery.messages import Message, compose, said_instant
from omni_pickup.delivery.outboxes import claim_due
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.events import Event, OutboxMessage
from omni_pickup.models.orders import Order, PickupCode, Question
from omni_pickup.models.returns import Return, ReturnContact, ReturnLine
from omni_pickup.services import events
from omni_pickup.services.customers.order_links import status_url
from tests.builders import make_client, make_item, make_order, make_stock
from tests.people import make_store


def order_for(contact: dict[str, Any] | None = None, *, pieces: int = 2, **values: Any) -> Order:
    store = make_store()
    with transaction():
        store.address = {"street": "Marszałkowska 1", "city": "Warszawa", "postal_code": "00-001", "country": "PL"}
    item = make_item("A", name="Koszulka")
    make_stock(store, item, 10)
    return make_order(store, make_client(), [(item, pieces)], contact=contact or {}, **values)


def tell(kind: str, order: Order) -> None:
    with transaction():
        events.enqueue(f"message.{kind}", subject=f"order:{order.id}", order_id=order.id, due_at=clock.now())


def composed(kind: str, order: Order) -> Message:
    tell(kind, order)
    with transaction():
        claim = claim_due(1)[0]
    return compose(claim)


def refused(kind: str, order: Order) -> str:
    with pytest.raises(NothingToTell) as refusal:
        composed(kind, order)
    return str(refusal.value)


def test_a_message_joins_order_store_and_contact(app: Flask) -> None:
    order = order_for({"language": "pl"}, promised_at=datetime(2026, 11, 21, 17, 0, tzinfo=UTC))
    message = composed("received", order)
    assert (message.name, message.email) == ("Ada Nowak", "ada@example.com")
    assert message.letter.subject == f"Mamy Twoje zamówienie {order.number}"
    for fact in ("- 2 × Koszulka", "sobota, 21 listopada 2026, 18:00", "Marszałkowska 1, 00-001 Warszawa"):
        assert fact in message.letter.text
    assert status_url(order) in message.letter.text


def test_the_pickup_code_is_never_in_a_mail(app: Flask) -> None:
    order = order_for(state="ready")
    with transaction():
        db.session.add(PickupCode(order_id=order.id, store_id=order.store_id, code="QK7P2M"))
    assert "QK7P2M" not in composed("ready", order).letter.text


@pytest.mark.parametrize("contact", [{"email": None}, {"email": ""}, {"erased_at": datetime(2026, 1, 1, tzinfo=UTC)}])
def test_without_an_address_nothing_is_told(app: Flask, contact: dict[str, Any]) -> None:
    assert refused("received", order_for(contact)) in ("There is no e-mail address.", "The contact was erased.")


@pytest.mark.parametrize("kind", ["ready", "reminder", "hold_extended"])
def test_an_order_that_is_no_longer_ready_is_not_called_ready(app: Flask, kind: str) -> None:
    assert refused(kind, order_for(state="picked")) == "The order is picked by now."


def test_a_delay_is_not_told_once_the_order_is_ready(app: Flask) -> None:
    assert refused("delayed", order_for(state="ready")) == "The order is ready by now."


def test_of_two_waiting_messages_only_the_newer_is_told(app: Flask) -> None:
    order = order_for(state="ready")
    tell("ready", order)
    assert refused("ready", order) == "A newer message says it."


def test_a_payment_that_is_due_is_named(app: Flask) -> None:
    order = order_for({"language": "de"}, state="ready", payment_state="due", payment_due_minor=1990)
    assert "Zu zahlen: 19,90 PLN." in composed("ready", order).letter.text.replace("zł", "PLN")


def test_a_refund_is_promised_only_where_one_is_due(app: Flask) -> None:
    order = order_for(state="cancelled", pieces=1)
    assert "pay back" not in composed("cancelled", order).letter.text
    with transaction():
        db.session.get_one(Order, order.id).refund_state = "due"
        db.session.query(OutboxMessage).update({"state": "sent"})
    assert "will pay back your money" in composed("cancelled", order).letter.text


def test_open_questions_are_listed_with_the_nearest_deadline(app: Flask) -> None:
    order = order_for()
    with transaction():
        for hours in (3, 2):
            db.session.add(
                Question(
                    public_id=keys.new_id("que"),
                    order_id=order.id,
                    order_line_id=order.lines[0].id,
                    reason="not_found",
                    pieces=1,
                    asked_at=clock.now(),
                    deadline_at=datetime(2026, 11, 21, 10 + hours, tzinfo=UTC),
                )
            )
    text = composed("short_pick", order).letter.text
    assert "- 1 × Koszulka" in text
    assert "by Saturday, 21 November 2026, 13:00" in text


def test_a_message_about_nothing_is_dropped(app: Flask) -> None:
    with transaction():
        events.enqueue("message.received", subject="x", due_at=clock.now())
    with transaction():
        claim = claim_due(1)[0]
    with pytest.raises(NothingToTell):
        compose(claim)


def make_return(**contact: Any) -> Return:
    now = clock.now()
    with transaction():
        goods = Return(
            public_id=keys.new_id("ret"),
            fingerprint="",
            announced_at=now,
            expires_at=datetime(2026, 12, 1, 11, 0, tzinfo=UTC),
            link_digest=keys.new_id("x"),
            updated_at=now,
        )
        goods.contact = ReturnContact(**{"name": "Ada", "email": "ada@example.com", **contact})
        goods.lines.append(ReturnLine(line_id="1", position=1, sku="OLD-1", said=2))
        db.session.add(goods)
        db.session.flush()
        events.record("return.announced", by=SYSTEM, data={}, return_id=goods.id)
    return goods


def test_a_return_of_goods_bought_elsewhere_is_told_too(app: Flask) -> None:
    goods = make_return(language="sv")
    with transaction():
        claim = claim_due(1)[0]
    letter = compose(claim).letter
    assert letter.subject == f"Din retur {goods.rma_number}"
    assert "- 2 × OLD-1" in letter.text
    assert "/r/" in letter.text


def test_a_returns_erased_contact_is_told_nothing(app: Flask) -> None:
    make_return(erased_at=clock.now())
    with transaction():
        claim = claim_due(1)[0]
    with pytest.raises(NothingToTell):
        compose(claim)


def test_instants_are_said_in_the_stores_time_on_both_sides_of_a_clock_change() -> None:
    before = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert said_instant(before, "Europe/Warsaw", "de") == "Sonntag, 25. Oktober 2026, 02:30"
    assert said_instant(before + timedelta(hours=1), "Europe/Warsaw", "de") == "Sonntag, 25. Oktober 2026, 02:30"
    assert said_instant(None, "Europe/Warsaw", "de") == ""


def test_composing_changes_nothing_and_records_no_contact(app: Flask) -> None:
    order = order_for()
    composed("received", order)
    db.session.rollback()
    assert "ada@example.com" not in str([event.data for event in db.session.scalars(select(Event))])
    assert all(message.details == {} for message in db.session.scalars(select(OutboxMessage)))
