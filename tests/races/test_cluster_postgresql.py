"""Races against several web servers on PostgreSQL (R1), and what one of them changes heard through the other."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from omni_pickup import clock
from omni_pickup.models import db
from omni_pickup.models.clients import Client
from omni_pickup.models.events import OutboxMessage
from omni_pickup.models.items import Item
from omni_pickup.models.packages import Package
from omni_pickup.models.stores import Store
from tests.builders import make_item, make_stock
from tests.floor import make_place, make_queued, make_ready, tasks_of
from tests.people import make_device, make_staff, make_store
from tests.postgresql import Server
from tests.races.clusters import Cluster, Tablet, running_cluster
from tests.races.contests import RACERS, level, outcomes, race_for_pieces, race_with_one_external_id
from tests.servers import HttpClient, Reply, at_once, order_body, stock_up

FEW, MANY = 3, pytest.param(50, marks=pytest.mark.long)
PIECES = 10


@pytest.fixture(scope="module")
def cluster(postgresql_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running_cluster(tmp_path_factory.mktemp("cluster"), postgresql_server.new_database(), workers=2) as cluster:
        yield cluster


@dataclass
class Crew:
    """A store with goods, two tablets that people have unlocked, and connections of theirs to every server."""

    cluster: Cluster
    store_id: int
    client_id: int
    item_id: int
    tablets: list[Tablet]

    def racers(self) -> list[Tablet]:
        turns = zip(itertools.cycle(self.tablets), itertools.cycle(self.cluster.ports), strict=False)
        return [tablet.twin(port) for tablet, port in itertools.islice(turns, RACERS)]

    def race(self, kind: str, **payload: object) -> list[Reply]:
        racers = self.racers()
        return at_once(RACERS, lambda number: racers[number].act(kind, **payload))

    @property
    def parts(self) -> tuple[Store, Client, Item]:
        get = db.session.get_one
        return get(Store, self.store_id), get(Client, self.client_id), get(Item, self.item_id)


@pytest.fixture(scope="module")
def crew(cluster: Cluster) -> Crew:
    with cluster.inside():
        store, item = make_store("CREW"), make_item("CREW-MUG")
        make_stock(store, item, 1000)
        make_place(store)
        client = db.session.scalars(db.select(Client)).first()
        assert client is not None
        tablets = []
        for login, port in zip(("ania", "bartek"), cluster.ports, strict=True):
            person, (_, secret) = make_staff(login, store), make_device(store, name=login)
            tablet = Tablet(port, {"device": secret})
            tablet.unlock(person.public_id)
            tablets.append(tablet)
        return Crew(cluster, store.id, client.id, item.id, tablets)


def verify(cluster: Cluster) -> None:
    proof = cluster.verify()
    assert proof.returncode == 0, proof.stdout + proof.stderr


@pytest.mark.parametrize("rounds", [FEW, MANY])
def test_of_32_racers_for_10_pieces_exactly_10_win_and_the_rest_get_a_clean_refusal(
    cluster: Cluster, rounds: int
) -> None:
    client = cluster.client()
    for number in range(rounds):
        sku = f"LAST-{rounds}-{number}"
        stock_up(client, "WAW-01", {sku: PIECES})
        replies = race_for_pieces(cluster, "WAW-01", sku)
        assert outcomes(replies) == {"201": PIECES, "409 insufficient_stock": RACERS - PIECES}
        after = level(client, "WAW-01", sku)
        assert (after["on_hand"], after["reserved"], after["available"]) == (PIECES, PIECES, 0)


@pytest.mark.parametrize("rounds", [FEW, MANY])
def test_one_external_id_sent_32_times_at_once_is_one_order(cluster: Cluster, rounds: int) -> None:
    client = cluster.client()
    stock_up(client, "WAW-03", {f"ONE-{rounds}": 100})
    for number in range(rounds):
        replies = race_with_one_external_id(cluster, "WAW-03", f"ONE-{rounds}")
        assert outcomes(replies) == {"201": 1, "200": RACERS - 1}
        assert len({reply.json["id"] for reply in replies}) == 1
        assert level(client, "WAW-03", f"ONE-{rounds}")["reserved"] == number + 1


@pytest.mark.parametrize("rounds", [FEW, MANY])
def test_one_pick_task_is_picked_once(crew: Crew, rounds: int) -> None:
    with crew.cluster.inside():
        for _ in range(rounds):
            store, client, item = crew.parts
            order = make_queued(store, client, [(item, 1)])
            (task,) = tasks_of(order)
            replies = crew.race("pick", task=task.public_id, pieces=1)
            assert outcomes(replies) == {"200": 1, "409 wrong_state": RACERS - 1}
            assert [(task.picked, task.state) for task in tasks_of(order)] == [(1, "done")]


@pytest.mark.parametrize("rounds", [FEW, MANY])
def test_one_order_is_handed_over_once(crew: Crew, rounds: int) -> None:
    with crew.cluster.inside():
        for _ in range(rounds):
            store, client, item = crew.parts
            order = make_ready(store, client, [(item, 1)])
            bag = db.session.scalars(db.select(Package.public_id).where(Package.order_id == order.id)).one()
            given = level(crew.cluster.client(), "CREW", "CREW-MUG")["on_hand"]
            replies = crew.race("hand_over", order=order.public_id, bags=[bag], method="id", checks=["photo_id"])
            assert set(outcomes(replies)) <= {"200", "409 wrong_state"}
            assert len({reply.json["result"]["handoff"]["id"] for reply in replies if reply.status == 200}) == 1
            assert level(crew.cluster.client(), "CREW", "CREW-MUG")["on_hand"] == given - 1


def test_what_one_server_changes_is_heard_through_the_other_at_once(crew: Crew) -> None:
    """Measured from the answer to the change; the floor is the 10 ms in which news is gathered."""
    here, there = crew.cluster.ports
    stream, shop = crew.tablets[0].twin(there).listen(), HttpClient(here, crew.cluster.key)
    assert stream.status == 200
    took: list[float] = []
    clock.sleep(1)
    for _ in range(10):
        shop.must("POST", "/api/v1/orders", order_body("CREW", [("CREW-MUG", 1)]))
        told = clock.monotonic()
        while b"changed" not in stream.readline():
            assert clock.monotonic() - told < 10
        took.append(clock.monotonic() - told)
        clock.sleep(0.1)
    assert statistics.median(took) < 0.5, took


def test_two_workers_tell_every_customer_once(cluster: Cluster) -> None:
    client = cluster.client()
    stock_up(client, "WAW-04", {"TOLD": 100})
    for _ in range(20):
        client.must("POST", "/api/v1/orders", order_body("WAW-04", [("TOLD", 1)]))
    deadline = clock.monotonic() + 60
    with cluster.inside():
        waiting = db.select(db.func.count()).select_from(OutboxMessage).where(OutboxMessage.state == "pending")
        while db.session.scalar(waiting) and clock.monotonic() < deadline:
            db.session.rollback()
            clock.sleep(0.2)
        sent = db.session.execute(db.select(OutboxMessage.state, OutboxMessage.attempts)).all()
    assert len(sent) >= 20
    assert {(row.state, row.attempts) for row in sent} <= {("sent", 1), ("dropped", 0), ("dropped", 1)}


def test_nothing_ended_in_a_server_error_or_a_deadlock(cluster: Cluster, postgresql_server: Server) -> None:
    errors = [line for line in cluster.log.splitlines() if '"level": "ERROR"' in line or "Traceback" in line]
    assert errors == []
    assert postgresql_server.deadlocks(cluster.environment["OMNI_DATABASE_URL"]) == 0
    verify(cluster)
