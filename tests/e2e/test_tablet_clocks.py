"""A tablet whose own clock is wrong: what was tapped is dated by the server's time (R14)."""

from __future__ import annotations

import json
import time
from datetime import datetime

import pytest
from playwright.sync_api import Request

from tests.e2e.shops import Shop

#: Seconds that a page may need from the server's answer to its first line of script, on a busy machine.
SLACK = 20.0


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_tablet_that_is_ten_minutes_off_dates_its_taps_by_the_server(shop: Shop, minutes: int) -> None:
    page = shop.tablet("ania")
    page.add_init_script(f"const real = Date.now; Date.now = () => real.call(Date) + {minutes * 60_000};")
    page.reload()
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.url.endswith("/actions") else None)
    # Nobody has this task: what counts is the moment that the command says.
    page.evaluate("omni.act('claim_task', {task: 'tsk_nobody'}, {quiet: true})")
    now = time.time()
    own = page.evaluate("Date.now()") / 1000
    tapped = datetime.fromisoformat(json.loads(sent[0].post_data or "")["tapped_at"]).timestamp()
    assert abs(tapped - now) < SLACK
    assert abs(own - now) > 10 * 60 - SLACK, "the tablet's own clock is off, or this proves nothing"
