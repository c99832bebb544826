"""The door of commands on both databases: one of each kind, the same one twice, another one under its name."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextvars import Context
from datetime import datetime
from typing import Any

import pytest
from flask_openapi3 import OpenAPI

from omni_pickup.models import db
from omni_pickup.models.actors import SYSTEM, Actor
from omni_pickup.models.events import Event
from omni_pickup.models.picking import FloorAction
from omni_pickup.models.stores import Store
from omni_pickup.services.floor.floor_kinds import KINDS
from tests.board.floors import far_tablet, signed_in
from tests.board.test_actions import send
from tests.builders import make_client, make_item, make_stock
from tests.floor import Shop, counters, make_queued
from tests.services.floor import test_floor_actions as stories
from tests.sites import Browser, Site

_ids = itertools.count(1)


class Tablet:
    """Ania's tablet, which speaks to the door as its script does; what is refused fails the test.

    Its requests know nothing of the context in which the test looks at the rows.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.by: Actor = SYSTEM

    def send(self, kind: str, /, *, action_id: str = "", **payload: Any) -> Any:
        # A command has one kind only; whoever checks in is here unless told otherwise.
        body = {**payload, "kind": kind, "action_id": action_id or f"door-{next(_ids)}"}
        answer = Context().run(lambda: send(self._browser, **body))
        # The test's own session outlives the request, and with it rows that no server would keep.
        db.session.rollback()
        db.session.expire_all()
        return answer

    def do(self, kind: str, /, *, at: datetime | None = None, **payload: Any) -> dict[str, Any]:
        answer = self.send(kind, **payload, **({} if at is None else {"tapped_at": at.isoformat()}))
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json["result"]
        return result


@pytest.fixture
def tablet(app: OpenAPI, site: Site) -> Tablet:
    return Tablet(Context().run(lambda: signed_in(site)))


@pytest.fixture
def shop(app: OpenAPI, site: Site) -> Shop:
    """Ten shirts and ten mugs in the store of the tablet."""
    store = db.session.get_one(Store, site.ids.store)
    made = Shop(store, make_client(), make_item("SHIRT"), make_item("MUG", price_minor=500, name="Mug"))
    make_stock(store, made.shirt, 10)
    make_stock(store, made.mug, 10)
    return made


@pytest.mark.parametrize(
    "story",
    [
        stories.test_a_whole_day_on_the_floor_goes_through_the_one_door,
        stories.test_an_order_can_be_pulled_out_and_picked_at_once,
        stories.test_a_substitute_is_proposed_and_a_cancelled_piece_taken_out_by_scan,
        stories.test_a_late_pick_from_a_tablet_that_was_offline_is_recorded,
    ],
)
def test_what_people_do_goes_through_the_door(
    shop: Shop, tablet: Tablet, story: Callable[[Shop, Tablet], None]
) -> None:
    story(shop, tablet)


def test_the_same_command_twice_is_one_with_one_answer(shop: Shop, tablet: Tablet) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 3)])
    task = stories.task_id(order)
    first = tablet.send("pick", action_id="a-1", task=task, pieces=1)
    events = db.session.query(Event).count()
    second = tablet.send("pick", action_id="a-1", task=task, pieces=1)
    assert (first.status_code, second.json["result"]) == (200, first.json["result"])
    assert (db.session.query(Event).count(), db.session.query(FloorAction).count()) == (events, 1)
    assert counters(order) == {"open": 3, "picked": 1}


def test_another_command_under_its_name_is_a_conflict_that_changes_nothing(shop: Shop, tablet: Tablet) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 3)])
    task = stories.task_id(order)
    tablet.do("pick", action_id="a-1", task=task, pieces=1)
    other = tablet.send("pick", action_id="a-1", task=task, pieces=2)
    assert (other.status_code, other.json["code"]) == (409, "action_reused")
    assert counters(order) == {"open": 3, "picked": 1}


def test_a_refused_command_leaves_its_name_free(shop: Shop, tablet: Tablet) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    task = stories.task_id(order)
    assert tablet.send("pick", action_id="a-1", task=task, pieces=2).status_code == 409
    assert db.session.query(FloorAction).count() == 0
    tablet.do("pick", action_id="a-1", task=task, pieces=1)
    assert counters(order) == {"open": 1, "picked": 1}


def test_the_tablet_of_another_store_finds_nothing_here(site: Site, shop: Shop) -> None:
    order = make_queued(shop.store, shop.client, [(shop.shirt, 1)])
    far = Tablet(Context().run(lambda: far_tablet(site)))
    for kind, payload in (("pick", {"task": stories.task_id(order)}), ("check_in", {"order": order.public_id})):
        assert far.send(kind, **payload).status_code == 404
    assert counters(order) == {"open": 1}
    assert db.session.query(FloorAction).count() == 0


def test_every_kind_refuses_a_command_that_says_nothing(site: Site, tablet: Tablet) -> None:
    events = db.session.query(Event).count()
    seen = {kind: tablet.send(kind).status_code for kind in sorted(KINDS)}
    assert {kind: status for kind, status in seen.items() if status not in (403, 404, 409, 422)} == {}
    assert (db.session.query(Event).count(), db.session.query(FloorAction).count()) == (events, 0)
