"""Several workers watch the same promises: each delay is told once all the same. Its twin forgets who was told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask_openapi3 import OpenAPI

from omni_pickup import clock
from omni_pickup.models import db, transaction
from omni_pickup.models.events import OutboxMessage
from omni_pickup.models.orders import Order
from omni_pickup.models.stores import Store
from omni_pickup.queries.promises.estimates import Estimate, estimates_of
from omni_pickup.services.promises import promise_checks
from omni_pickup.services.promises.promise_checks import recheck_promises
from tests.builders import make_stock
from tests.floor import make_queued, make_shop

pytestmark = pytest.mark.one_database

WORKERS = 4
LATE = 3


@pytest.fixture
def database_kind() -> str:
    return "postgresql"


@pytest.fixture
def late(app: OpenAPI) -> OpenAPI:
    """Three orders that were promised an hour ago."""
    shop = make_shop()
    make_stock(shop.store, shop.shirt, 100)
    for _ in range(LATE):
        at = clock.now() - timedelta(hours=1)
        make_queued(shop.store, shop.client, [(shop.shirt, 1)], promised_at=at)
    return app


def watch_together(app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> int:
    """Workers that have all looked before the first of them writes; returns how many delays they told."""
    looked = Barrier(WORKERS)

    def look_together(store: Store, now: object) -> list[Estimate]:
        found = estimates_of(store, clock.now())
        looked.wait(timeout=30)
        return found

    monkeypatch.setattr(promise_checks, "estimates_of", look_together)
    # The floor would let them in one by one, and the question is what happens when it does not.
    monkeypatch.setattr(promise_checks, "enter_floor", lambda *stores: None)

    def one(number: int) -> int:
        with app.app_context(), transaction():
            store = db.session.scalars(db.select(Store)).one()
            return recheck_promises(store, now=clock.now())

    with ThreadPoolExecutor(WORKERS) as pool:
        return sum(pool.map(one, range(WORKERS)))


def messages() -> int:
    with transaction():
        rows = db.session.scalars(db.select(OutboxMessage.id).where(OutboxMessage.kind == "message.delayed"))
        return len(rows.all())


def test_a_delay_that_four_workers_see_at_once_is_told_once(late: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    assert watch_together(late, monkeypatch) == LATE
    assert messages() == LATE


def test_without_a_look_at_the_locked_order_it_is_told_by_each(late: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    told = promise_checks._tell_delay

    def forget_and_tell(order: Order, *rest: object) -> bool:
        order.delay_told_at = None
        return told(order, *rest)  # type: ignore[arg-type] # Whatever it takes.

    monkeypatch.setattr(promise_checks, "_tell_delay", forget_and_tell)
    assert watch_together(late, monkeypatch) == LATE * WORKERS
    assert messages() == LATE * WORKERS
