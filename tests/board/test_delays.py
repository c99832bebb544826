"""The order sheet of an order that is in time, at risk, or late: stage by stage, and what to say on the phone."""

from __future__ import annotations

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

from omni_pickup import clock
from omni_pickup.models import db, transaction
from omni_pickup.models.orders import Order
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.queries.promises.estimates import delayed_until
from tests.board.floors import on_floor, signed_in
from tests.sites import Site


def stages(page: str) -> list[str]:
    """How the stages stand, in their order."""
    return re.findall(r'class="stage iconed sla-([a-z_]+)"', page)


def test_stages_say_until_when_each_has_to_be_done(site: Site) -> None:
    with on_floor(site) as floor:
        easy = floor.queued(2, promised_at=clock.now() + timedelta(hours=2)).number
        tight = floor.queued(2, promised_at=clock.now() + timedelta(minutes=6)).number
        late = floor.queued(2, promised_at=clock.now() - timedelta(minutes=1)).number
        ready = floor.ready(promised_at=clock.now() + timedelta(hours=1)).number
    tablet = signed_in(site)
    pages = {number: tablet.get(f"/board/orders/{number}").text for number in (easy, tight, late, ready)}
    assert stages(pages[easy]) == ["on_time"] * 3
    assert stages(pages[tight]) == ["late", "at_risk", "at_risk"]
    assert stages(pages[late]) == ["late"] * 3
    assert stages(pages[ready]) == []
    assert "Start by" in pages[easy]


def test_after_a_delay_was_told_the_sentence_for_the_phone_names_the_same_time(site: Site) -> None:
    with on_floor(site) as floor:
        order = floor.queued(promised_at=clock.now() + timedelta(minutes=30))
        with transaction():
            told = get_order_by_key(order.id)
            told.expected_at, told.delay_told_at = clock.now() + timedelta(days=1), clock.now()
        ready_by = delayed_until(db.session.get_one(Order, order.id), clock.now())
    page = signed_in(site).get(f"/board/orders/{order.number}").text
    assert ready_by is not None
    at = ready_by.astimezone(ZoneInfo("Europe/Warsaw"))
    assert re.search(rf"Not started yet, 1 piece, ready by {at:%a} {at.day} {at:%b}, {at:%H:%M}", page)
    assert "The customer was told of a delay." in page
