"""Dead messages: sent again, or left to rest, by one person only."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask_openapi3 import OpenAPI

from omni_pickup import clock
from omni_pickup.errors import NotFound, WrongState
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.events import OutboxMessage
from omni_pickup.queries.stores.attention import attention, dead_message
from omni_pickup.services import events
from omni_pickup.services.customers.message_retries import give_up_message, retry_message
from tests.builders import dump_tables, event_types
from tests.floor import Shop, make_queued, make_shop
from tests.people import make_store


def _message(shop: Shop, state: str) -> OutboxMessage:
    order = make_queued(shop.store, shop.client, [(shop.mug, 1)])
    with transaction():
        events.enqueue("message.ready", subject=f"order:{order.id}", due_at=clock.now(), order_id=order.id)
        message = db.session.scalars(db.select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
        assert message is not None
        message.state, message.attempts, message.last_error = state, 9, "no such mailbox"
    return message


def test_a_dead_message_lives_again_with_all_its_attempts(app: OpenAPI) -> None:
    shop = make_shop()
    message = _message(shop, "dead")
    assert [one.message_id for one in attention(shop.store, clock.now()).messages] == [message.public_id]
    with transaction():
        retry_message(dead_message(shop.store, message.public_id), store_id=shop.store.id, by=SYSTEM)
    assert (message.state, message.attempts, message.lease_token) == ("pending", 0, None)
    assert attention(shop.store, clock.now()).messages == []
    assert event_types("message.") == ["message.retried"]


def test_a_message_that_rests_is_not_sent(app: OpenAPI) -> None:
    shop = make_shop()
    message = _message(shop, "dead")
    with transaction():
        give_up_message(dead_message(shop.store, message.public_id), store_id=shop.store.id, by=SYSTEM)
    assert message.state == "dropped"
    assert event_types("message.") == ["message.given_up"]


@pytest.mark.parametrize("state", ["pending", "sent", "dropped"])
@pytest.mark.parametrize("act", [retry_message, give_up_message])
def test_a_message_that_is_not_dead_stays_as_it_is(app: OpenAPI, state: str, act: Callable[..., None]) -> None:
    shop = make_shop()
    message = _message(shop, state)
    before = dump_tables()
    with pytest.raises(WrongState), transaction():
        act(dead_message(shop.store, message.public_id), store_id=shop.store.id, by=SYSTEM)
    assert dump_tables() == before


def test_another_stores_message_is_not_there(app: OpenAPI) -> None:
    shop = make_shop()
    message = _message(shop, "dead")
    other = make_store("STO-01")
    assert attention(other, clock.now()).messages == []
    with pytest.raises(NotFound):
        dead_message(other, message.public_id)
