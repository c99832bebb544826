"""Views that all tablets of a store share: made once, by the first who asks, and anew after a change."""

from __future__ import annotations

import threading
import time
from functools import partial

import pytest

from omni_pickup import clock
from omni_pickup.board import boards
from omni_pickup.board.shared_views import SharedViews
from omni_pickup.queries.picking.pick_queues import pick_queue
from tests.board.floors import on_floor, second_tablet, signed_in
from tests.board.test_board import HTMX
from tests.servers import at_once
from tests.sites import Site


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
