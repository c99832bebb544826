"""Views that all tablets of a store share: made once, by the first who asks, and anew after a change."""

from __future__ import annotations

import re
import threading
import time
from functools import partial

import pytest
from flask import template_rendered
from sqlalchemy import event

from omni_pickup import clock
from omni_pickup.board import alarms, boards
from omni_pickup.board.shared_views import SharedViews
from omni_pickup.models import db
from omni_pickup.queries.picking.pick_queues import pick_queue
from omni_pickup.queries.picking.waiting_people import waiting_people
from tests.board.floors import on_floor, second_tablet, signed_in
from tests.board.test_actions import send
from tests.board.test_board import HTMX
from tests.servers import at_once
from tests.sites import ORIGIN, Browser, Site


def test_who_asks_at_once_gets_what_the_first_one_made() -> None:
    views = SharedViews(2)
    made: list[int] = []

    def make() -> int:
        time.sleep(0.05)
        made.append(threading.get_ident())
        return len(made)

    assert at_once(8, lambda _number: views.get("board", make)) == [1] * 8
    assert len(made) == 1


def test_only_the_newest_views_are_kept() -> None:
    views = SharedViews(2)
    made: list[str] = []
    for key in ("a", "b", "a", "c", "a"):
        views.get(key, partial(made.append, key))
    assert made == ["a", "b", "c", "a"]


def test_what_could_not_be_made_is_tried_again() -> None:
    views = SharedViews(2)

    def fail() -> None:
        raise ValueError

    with pytest.raises(ValueError):
        views.get("board", fail)
    assert views.get("board", lambda: 7) == 7


def test_the_rows_are_read_once_for_two_tablets_and_anew_after_a_change(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[str] = []

    def read(store, now):  # type: ignore[no-untyped-def]
        reads.append(store.code)
        return pick_queue(store, now)

    monkeypatch.setattr(boards, "pick_queue", read)
    noon = clock.now().replace(second=0)
    monkeypatch.setattr(clock, "now", lambda: noon)
    one, other = signed_in(site), second_tablet(site)
    reads.clear()
    for tablet in (one, other, one):
        assert tablet.get("/board/", **HTMX).status_code == 200
    assert len(reads) == 1
    with on_floor(site) as floor:
        order = floor.queued(3)
        floor.arrive(order)
    for tablet in (one, other):
        assert order.number[-4:] in tablet.get("/board/", **HTMX).text
    assert len(reads) == 2


def test_a_shared_board_has_each_readers_own_name_walk_and_token(site: Site) -> None:
    with on_floor(site) as floor:
        floor.queued(3)
        floor.queued(2)
    ania, bartek = signed_in(site), second_tablet(site)
    walk = send(bartek, action_id="w", kind="release_wave", size=1).json["result"]["wave"]["id"]
    with_a_walk, without = bartek.get("/board/", **HTMX).text, ania.get("/board/", **HTMX).text
    assert f'href="/board/waves/{walk}"' in with_a_walk
    assert 'data-action="release_wave"' not in with_a_walk
    assert walk not in without
    assert 'data-action="release_wave"' in without
    for text, name, other in ((with_a_walk, "Bartek", "Ania"), (without, "Ania", "Bartek")):
        assert f">{name}</span>" in text
        assert f"{other}: shift and lock" not in text
        assert "<!--" not in text
    tokens = [set(re.findall(r'name="csrf_token" value="([^"]+)"', text)) for text in (with_a_walk, without)]
    assert tokens[1]
    assert not tokens[0] & tokens[1]
    # The token is the reader's own: what its form sends is done.
    (token,) = tokens[1]
    form = {"csrf_token": token, "kind": "release_wave", "size:int": "6"}
    assert ania.client.post("/board/actions", data=form, base_url=ORIGIN).status_code == 303
    assert bartek.client.post("/board/actions", data=form, base_url=ORIGIN).status_code == 400


def test_a_name_cannot_open_a_gap_of_the_shared_board(site: Site) -> None:
    with on_floor(site) as floor:
        floor.arrive(floor.ready(contact={"name": "Jan Lis", "vehicle": "<!--own token-->"}))
    text = signed_in(site).get("/board/", **HTMX).text
    assert "<!--" not in text
    assert "&lt;!--own token--&gt;" in text


def test_the_alarm_is_read_once_for_two_tablets_and_anew_after_a_change(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[str] = []

    def read(store):  # type: ignore[no-untyped-def]
        reads.append(store.code)
        return waiting_people(store)

    monkeypatch.setattr(alarms, "waiting_people", read)
    noon = clock.now().replace(second=0)
    monkeypatch.setattr(clock, "now", lambda: noon)
    one, other = signed_in(site), second_tablet(site)
    tags = [tablet.get("/board/alarm", **HTMX).json["tag"] for tablet in (one, other)]
    assert len(reads) == 1
    with on_floor(site) as floor:
        order = floor.queued()
        floor.arrive(order, kind="on_my_way")
        tags.append(one.get("/board/alarm", **HTMX).json["tag"])
        floor.arrive(order)
    tags.append(one.get("/board/alarm", **HTMX).json["tag"])
    assert len(reads) == 3
    # Somebody on the way is no alarm, somebody at the door is one.
    assert tags[0] == tags[1] == tags[2] != tags[3]


#: What a tablet asks whose board another one has asked for: who is there, and whether something changed.
SHARED_STATEMENTS = 2


def test_a_shared_board_asks_only_who_is_there_and_what_is_new(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with on_floor(site) as floor:
        floor.arrive(floor.queued(3))
    noon = clock.now().replace(second=0)
    monkeypatch.setattr(clock, "now", lambda: noon)
    one, other = signed_in(site), second_tablet(site)
    known = {"If-None-Match": one.get("/board/", **HTMX).headers["ETag"]}
    for path in ("/board/", "/board/alarm"):
        other.get(path, **HTMX)
    seen = {
        status: work_of(site, tablet, path, **more)
        for tablet, path, more, status in (
            (one, "/board/", known, "unchanged"),
            (other, "/board/", {}, "shared"),
            (other, "/board/alarm", {}, "alarm"),
        )
    }
    assert seen == dict.fromkeys(("unchanged", "shared", "alarm"), (SHARED_STATEMENTS, 0))


def test_the_first_board_after_a_change_is_read_and_drawn(site: Site) -> None:
    tablet = signed_in(site)
    tablet.get("/board/", **HTMX)
    with on_floor(site) as floor:
        floor.arrive(floor.queued())
    statements, drawn = work_of(site, tablet, "/board/")
    assert statements > SHARED_STATEMENTS
    assert drawn > 0


def work_of(site: Site, tablet: Browser, path: str, **headers: str) -> tuple[int, int]:
    """Statements and templates that one answer takes."""
    statements: list[str] = []
    drawn: list[object] = []

    def note(_connection, _cursor, statement, *_rest):  # type: ignore[no-untyped-def]
        if not statement.startswith(("BEGIN", "PRAGMA")):
            statements.append(statement)

    def draw(_app: object, template: object, **_more: object) -> None:
        drawn.append(template)

    with site.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        with template_rendered.connected_to(draw, site.app):
            assert tablet.get(path, **HTMX, **headers).status_code in (200, 304)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(statements), len(drawn)
