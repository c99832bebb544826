"""A tablet whose own clock is wrong: what was tapped is dated by the server's time (R14)."""

from __future__ import annotations

import json
import time
from datetime import datetime

import pytest
from playwright.sync_api import Page, Request

from tests.e2e.shops import Shop

#: Seconds that a page may need from the server's answer to its first line of script, on a busy machine.
SLACK = 20.0


def tapped(page: Page) -> float:
    """The moment that a command of this page says, in seconds since 1970."""
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.url.endswith("/actions") else None)
    # Nobody has this task: what counts is the moment that the command says.
    page.evaluate("omni.act('claim_task', {task: 'tsk_nobody'}, {quiet: true})")
    own = page.evaluate("Date.now()") / 1000
    assert abs(own - time.time()) > 10 * 60 - SLACK, "the tablet's own clock is off, or this proves nothing"
    return datetime.fromisoformat(json.loads(sent[0].post_data or "")["tapped_at"]).timestamp()


def wrong_tablet(shop: Shop, minutes: int) -> Page:
    page = shop.tablet("ania")
    page.add_init_script(f"const real = Date.now; Date.now = () => real.call(Date) + {minutes * 60_000};")
    page.reload()
    return page


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_tablet_that_is_ten_minutes_off_dates_its_taps_by_the_server(shop: Shop, minutes: int) -> None:
    assert abs(tapped(wrong_tablet(shop, minutes)) - time.time()) < SLACK


@pytest.mark.long
def test_a_tablet_that_does_not_know_the_servers_time_dates_its_taps_wrongly(shop: Shop) -> None:
    """The twin: without the correction the tap is ten minutes off."""
    page = wrong_tablet(shop, -10)
    page.evaluate("Object.defineProperty(omni, 'now', {get: () => Date.now, set: () => {}})")
    assert abs(tapped(page) - time.time()) > 10 * 60 - SLACK
