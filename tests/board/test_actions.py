"""The one route of commands, as script, htmx and plain form use it."""

from __future__ import annotations

from typing import Any

import pytest

from omni_pickup.models import db
from omni_pickup.models.events import Event
from omni_pickup.models.orders import CheckIn, Order
from omni_pickup.models.picking import FloorAction, Wave
from tests.board.floors import far_tablet, on_floor, signed_in
from tests.sites import ORIGIN, Browser, Site


def send(tablet: Browser, **command: Any) -> Any:
    """A command as actions.js sends it."""
    return tablet.client.post(
        "/board/actions",
        json=command,
        base_url=ORIGIN,
        headers={"Accept": "application/json", "X-CSRFToken": tablet.csrf()},
    )


@pytest.fixture
def waiting(site: Site) -> str:
    """The public id of an order whose customer is here."""
    with on_floor(site) as floor:
        order = floor.ready()
        floor.arrive(order)
        return order.public_id


def test_a_command_is_done_and_says_so(site: Site, waiting: str) -> None:
    answer = send(signed_in(site), action_id="a1", kind="take", order=waiting)
    assert answer.status_code == 200
    assert answer.json["result"]["order"]["id"] == waiting
    assert site.count(CheckIn, CheckIn.taken_by_id.is_not(None)) == 1


def test_the_same_command_twice_is_one(site: Site, waiting: str) -> None:
    tablet = signed_in(site)
    first = send(tablet, action_id="a1", kind="take", order=waiting)
    events = site.count(Event)
    second = send(tablet, action_id="a1", kind="take", order=waiting)
    assert first.json["result"] == second.json["result"]
    assert site.count(Event) == events
    assert site.count(FloorAction) == 1


def test_the_second_tablet_is_told_who_goes(site: Site, waiting: str) -> None:
    send(signed_in(site), action_id="a1", kind="take", order=waiting)
    refused = send(signed_in(site, "bartek"), action_id="a2", kind="take", order=waiting)
    assert refused.status_code == 409
    assert refused.content_type == "application/problem+json"
    assert refused.json["detail"] == "Ania is going."


def test_pick_next_leads_to_the_walk(site: Site) -> None:
    with on_floor(site) as floor:
        floor.queued()
    answer = send(signed_in(site), action_id="a1", kind="release_wave", size=6)
    with site.app.app_context():
        wave = db.session.scalars(db.select(Wave)).one()
        assert answer.json["go"] == f"/board/waves/{wave.public_id}"


def test_a_plain_form_is_answered_with_the_next_page(site: Site, waiting: str) -> None:
    form = {"kind": "check_in", "order": waiting, "next": "/board/orders/100001"}
    answer = signed_in(site).post("/board/actions", form)
    assert (answer.status_code, answer.location) == (303, "/board/orders/100001")


def test_form_values_say_what_they_are(site: Site) -> None:
    with on_floor(site) as floor:
        floor.queued()
    answer = signed_in(site).post("/board/actions", {"kind": "release_wave", "size:int": "6"})
    assert answer.status_code == 303
    assert answer.location.startswith("/board/waves/")


def test_htmx_gets_nothing_but_the_sign_to_look_again(site: Site, waiting: str) -> None:
    answer = signed_in(site).post("/board/actions", {"kind": "take", "order": waiting}, **{"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Trigger"]) == (204, "live")


@pytest.mark.parametrize(
    "command",
    [
        {"action_id": "a1", "kind": "dance"},
        {"action_id": "a1"},
        {"kind": "take"},
        {"action_id": 7, "kind": "take"},
        {"action_id": "a1", "kind": "take", "order": ["x"]},
        {"action_id": "a1", "kind": "release_wave", "size": "six"},
        {"action_id": "a1", "kind": "take", "tapped_at": "yesterday"},
        {"action_id": "a1", "kind": "take", "tapped_at": "2026-01-01T10:00:00"},
    ],
)
def test_a_command_that_makes_no_sense_is_refused_and_changes_nothing(site: Site, command: dict[str, Any]) -> None:
    tablet = signed_in(site)
    events = site.count(Event)
    answer = send(tablet, **command)
    assert 400 <= answer.status_code < 500
    assert answer.json["title"]
    assert (site.count(Event), site.count(FloorAction)) == (events, 0)


@pytest.mark.parametrize("field", ["size:int", "size:json", "size:what"])
def test_a_form_value_of_the_wrong_type_is_refused(site: Site, field: str) -> None:
    answer = signed_in(site).post("/board/actions", {"kind": "release_wave", field: "{six"})
    assert answer.status_code == 422


def test_an_order_of_another_store_cannot_be_commanded(site: Site, waiting: str) -> None:
    other = far_tablet(site)
    events = site.count(Event)
    assert send(other, action_id="a1", kind="cancel_order", order=waiting, reason="x").status_code == 404
    assert site.count(Event) == events


def test_a_body_that_is_no_object_is_refused(site: Site) -> None:
    tablet = signed_in(site)
    answer = tablet.client.post(
        "/board/actions",
        json=[1],
        base_url=ORIGIN,
        headers={"Accept": "application/json", "X-CSRFToken": tablet.csrf()},
    )
    assert answer.status_code == 400


def test_a_locked_tablet_does_nothing(site: Site, waiting: str) -> None:
    tablet = signed_in(site)
    tablet.post("/board/lock-now")
    assert send(tablet, action_id="a1", kind="take", order=waiting).status_code == 401
    assert site.count(CheckIn, CheckIn.taken_by_id.is_not(None)) == 0


def test_cancelling_tells_the_customer_and_says_so(site: Site, waiting: str) -> None:
    answer = send(signed_in(site), action_id="a1", kind="cancel_order", order=waiting, reason="customer")
    assert answer.json["says"] == "The order is cancelled."
    assert site.count(Order, Order.state == "cancelled") == 1


def test_the_message_is_sent_again(site: Site, waiting: str) -> None:
    answer = send(signed_in(site), action_id="a1", kind="resend", order=waiting)
    assert answer.json["result"] == {"message": "ready"}
    assert site.count(Event, Event.type == "order.message_resent") == 1


def test_work_is_handed_to_a_colleague_but_not_to_oneself_or_a_stranger(site: Site) -> None:
    with on_floor(site) as floor:
        floor.queued()
    tablet = signed_in(site)
    send(tablet, action_id="a1", kind="release_wave", size=6)
    assert send(tablet, action_id="a2", kind="hand_over_work", to=site.ids.ania).status_code == 422
    assert send(tablet, action_id="a3", kind="hand_over_work", to=site.ids.far).status_code == 404
    assert send(tablet, action_id="a4", kind="hand_over_work", to=site.ids.bartek).json["result"] == {"moved": 1}
