"""The work that waits at a store, and who takes it."""

from __future__ import annotations

import threading

import pytest
from flask_openapi3 import OpenAPI

from omni_pickup.errors import Forbidden, NotFound, WrongState
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM, Actor
from omni_pickup.models.picking import FloorTask
from omni_pickup.models.stores import Store
from omni_pickup.queries.picking.floor_tasks import get_floor_task, open_task_counts, open_tasks
from omni_pickup.services.floor_tasks import cancel_task, claim_task, do_task, open_task, release_task
from tests.builders import make_item
from tests.people import make_staff, make_store


@pytest.fixture
def store(app: OpenAPI) -> Store:
    return make_store()


def task_of(store: Store, kind: str = "search", quantity: int = 1) -> FloorTask:
    with transaction():
        return open_task(kind, store_id=store.id, reason="test", quantity=quantity, by=SYSTEM)


def person(store: Store, login: str) -> Actor:
    return Actor("staff", staff_id=make_staff(login, store, pin=None).id)


def test_only_open_tasks_of_the_store_are_counted_by_kind(store: Store) -> None:
    other = make_store("WAW-02")
    first, second = task_of(store), task_of(store)
    put_back = task_of(store, "put_back")
    task_of(other)
    with transaction():
        cancel_task(get_floor_task(second.public_id, store), by=SYSTEM)
    assert open_task_counts(store) == {"search": 1, "put_back": 1}
    assert [task.id for task in open_tasks(store)] == [first.id, put_back.id]
    assert [task.id for task in open_tasks(store, kind="put_back")] == [put_back.id]
    assert [task.id for task in open_tasks(store, limit=1)] == [first.id]


def test_a_task_of_another_store_is_not_found(store: Store) -> None:
    task = task_of(make_store("WAW-02"))
    with pytest.raises(NotFound):
        get_floor_task(task.public_id, store)


def test_the_first_to_claim_a_task_has_it(app: OpenAPI, store: Store) -> None:
    task = task_of(store)
    people = [person(store, f"p{number}") for number in range(4)]
    won: list[int | None] = []

    def claim(by: Actor) -> None:
        with app.app_context():
            try:
                with transaction():
                    claim_task(get_floor_task(task.public_id, store), by=by)
                won.append(by.staff_id)
            except WrongState:
                won.append(None)
            db.session.remove()

    threads = [threading.Thread(target=claim, args=(by,)) for by in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([one for one in won if one is not None]) == 1
    with transaction():
        assert get_floor_task(task.public_id, store).assigned_id in won


def test_claiming_ones_own_task_again_is_quiet_and_a_released_one_is_anybodys(store: Store) -> None:
    task, ola, jan = task_of(store), person(store, "ola"), person(store, "jan")
    with transaction():
        claim_task(get_floor_task(task.public_id, store), by=ola)
        claim_task(get_floor_task(task.public_id, store), by=ola)
    with pytest.raises(WrongState), transaction():
        claim_task(get_floor_task(task.public_id, store), by=jan)
    with transaction():
        release_task(get_floor_task(task.public_id, store), by=ola)
        claim_task(get_floor_task(task.public_id, store), by=jan)
    assert get_floor_task(task.public_id, store).assigned_id == jan.staff_id


def test_a_machine_claims_nothing_and_nobody_claims_what_is_done(store: Store) -> None:
    task, ola = task_of(store), person(store, "ola")
    with pytest.raises(Forbidden), transaction():
        claim_task(get_floor_task(task.public_id, store), by=SYSTEM)
    with transaction():
        do_task(get_floor_task(task.public_id, store), pieces=1, by=SYSTEM)
    with pytest.raises(WrongState), transaction():
        claim_task(get_floor_task(task.public_id, store), by=ola)


def test_a_task_is_done_with_its_last_piece_and_a_count_joins_the_open_one(store: Store) -> None:
    task = task_of(store, "put_back", quantity=2)
    for state in ("open", "done"):
        with transaction():
            assert do_task(get_floor_task(task.public_id, store), pieces=1, by=SYSTEM).state == state
    item = make_item()
    with transaction():
        counts = [open_task("count", store_id=store.id, item_id=item.id, reason="x", by=SYSTEM) for _ in range(2)]
    assert counts[0].id == counts[1].id
