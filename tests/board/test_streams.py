"""The event stream as a browser opens it."""

from __future__ import annotations

import pytest
import time_machine

from omni_pickup import clock, create_app
from omni_pickup.board.streams import end_streams, hub_of
from omni_pickup.config import Settings
from omni_pickup.models import db
from omni_pickup.models.staff import StaffSession
from tests.board.floors import on_floor, signed_in
from tests.sites import ORIGIN, Site, make_site


@pytest.fixture
def site(settings: Settings) -> Site:
    """An app of its own, because its listeners go on for a moment."""
    return make_site(create_app(settings))


def test_a_stream_says_that_something_changed(site: Site) -> None:
    tablet = signed_in(site)
    stream = tablet.client.get("/board/live", base_url=ORIGIN, buffered=False)
    assert stream.content_type.startswith("text/event-stream")
    assert stream.headers["Cache-Control"] == "no-store"
    assert stream.headers["X-Accel-Buffering"] == "no"
    words = stream.response
    assert b"beat" in next(words)
    with on_floor(site) as floor:
        order = floor.queued()
        # The first look may have come before or after; an event behind it is news in any case.
        floor.arrive(order)
        floor.arrive(order, kind="on_my_way")
    # What it tells is whether the alarm is another one, and not who waits.
    tag = tablet.get("/board/alarm").json["tag"].encode()
    assert next(words) in (b"event: changed\ndata: " + tag + b"\n\n", b"event: beat\ndata: \n\n")
    stream.close()


def test_a_stream_that_was_closed_makes_room(site: Site) -> None:
    tablet = signed_in(site)
    for _ in range(3):
        stream = tablet.client.get("/board/live", base_url=ORIGIN, buffered=False)
        next(stream.response)
        stream.close()
    with site.app.app_context():
        hub = hub_of(site.app)
    for _ in range(5):
        hub.join()


def test_looking_at_its_headers_alone_takes_no_place(site: Site) -> None:
    tablet = signed_in(site)
    assert tablet.client.head("/board/live", base_url=ORIGIN).status_code == 200


def test_a_stream_is_no_sign_that_a_person_is_there(site: Site) -> None:
    tablet = signed_in(site)
    with site.app.app_context():
        seen = db.session.scalars(db.select(StaffSession.last_seen_at)).one()
    with time_machine.travel(clock.now().timestamp() + 120):
        tablet.client.get("/board/live", base_url=ORIGIN, buffered=False).close()
    with site.app.app_context():
        assert db.session.scalars(db.select(StaffSession.last_seen_at)).one() == seen


def test_a_process_that_ends_refuses_streams_with_a_sign_to_come_again(site: Site) -> None:
    tablet = signed_in(site)
    tablet.client.get("/board/live", base_url=ORIGIN, buffered=False).close()
    end_streams(site.app)
    refused = tablet.client.get("/board/live", base_url=ORIGIN)
    assert refused.status_code == 503
    assert refused.headers["Retry-After"]


def test_a_locked_tablet_hears_nothing(site: Site) -> None:
    tablet = signed_in(site)
    tablet.post("/board/lock-now")
    assert tablet.client.get("/board/live", base_url=ORIGIN).status_code == 303
