"""The numbers of the start page and of the locked tablet."""

from __future__ import annotations

from datetime import timedelta

from flask_openapi3 import OpenAPI

from omni_pickup import clock
from omni_pickup.models import db, transaction
from omni_pickup.models.orders import Question
from omni_pickup.models.picking import FloorTask
from omni_pickup.queries.picking.floor_counts import FloorCounts, floor_counts
from tests.builders import make_client, make_item, make_order, make_stock
from tests.people import make_store


def test_an_empty_store_counts_nothing(app: OpenAPI) -> None:
    assert floor_counts(make_store()) == FloorCounts(
        received=0, picking=0, picked=0, ready=0, late=0, here=0, here_since=None, tasks=0, questions=0
    )


def test_open_orders_are_counted_by_state_and_closed_ones_are_not(app: OpenAPI) -> None:
    store, client, item = make_store(), make_client(), make_item()
    make_stock(store, item, 50)
    soon = clock.now() + timedelta(hours=1)
    for state in ("received", "received", "picking", "picked", "ready", "ready", "ready", "collected", "cancelled"):
        make_order(store, client, [(item, 1)], state=state, promised_at=soon)
    counts = floor_counts(store)
    assert (counts.received, counts.picking, counts.picked, counts.ready) == (2, 1, 1, 3)
    assert counts.late == 0


def test_late_is_what_was_promised_before_now_and_is_not_ready(app: OpenAPI) -> None:
    store, client, item = make_store(), make_client(), make_item()
    make_stock(store, item, 50)
    past = clock.now() - timedelta(minutes=1)
    for state in ("received", "picking", "picked", "ready", "expired"):
        make_order(store, client, [(item, 1)], state=state, promised_at=past)
    assert floor_counts(store).late == 3


def test_people_who_are_here_are_counted_from_the_first_who_came(app: OpenAPI) -> None:
    store, client, item = make_store(), make_client(), make_item()
    make_stock(store, item, 50)
    first = clock.now() - timedelta(minutes=9)
    make_order(store, client, [(item, 1)], state="ready", arrived_at=first + timedelta(minutes=5))
    make_order(store, client, [(item, 1)], state="picking", arrived_at=first)
    make_order(store, client, [(item, 1)], state="collected", arrived_at=first - timedelta(hours=1))
    counts = floor_counts(store)
    assert (counts.here, counts.here_since) == (2, first)


def test_open_tasks_and_questions_of_this_store_only(app: OpenAPI) -> None:
    here, there, client, item = make_store(), make_store("STO-01"), make_client(), make_item()
    now = clock.now()
    for store in (here, there):
        make_stock(store, item, 10)
        order = make_order(store, client, [(item, 1)])
        with transaction():
            for number, state in enumerate(("open", "answered")):
                line = order.lines[0]
                db.session.add(
                    Question(
                        public_id=f"qst_{store.code}_{number}",
                        order_id=order.id,
                        order_line_id=line.id,
                        reason="not_found",
                        pieces=1,
                        state=state,
                        asked_at=now,
                        deadline_at=now,
                    )
                )
            for number, state in enumerate(("open", "open", "done")):
                public_id = f"tsk_{store.code}_{number}"
                task = FloorTask(public_id=public_id, store_id=store.id, kind="count", reason="x", opened_at=now)
                task.state = state
                db.session.add(task)
    counts = floor_counts(here)
    assert (counts.tasks, counts.questions, counts.received) == (2, 1, 1)
