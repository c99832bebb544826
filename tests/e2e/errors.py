"""Answers that a shop on one machine rarely gives: what the program would say is given to the browser in its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import g
from playwright.sync_api import Page, Route
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

from omni_pickup.errors import OutOfService, Throttled
from tests.e2e.shops import Shop

#: What goes wrong, by the name of its state: somebody was faster, too many tries, no place in the queue, no database.
WRONG: dict[str, Callable[[], Exception]] = {
    "409": StaleDataError,
    "429": lambda: Throttled(retry_after=90),
    "503-busy": PoolTimeout,
    "503-out-of-service": OutOfService,
}


def answer_with(shop: Shop, path: str, error: Exception) -> Callable[[Page], None]:
    """Shows in a page what the program answers when a request for `path` ends in `error`."""
    with shop.app.test_request_context(path, base_url=shop.base):
        g.request_id = "req_shown0to0the0browser"
        made: Any = shop.app.make_response(shop.app.handle_user_exception(error))
        status, body = made.status_code, made.get_data(as_text=True)

    def show(page: Page) -> None:
        def fulfil(route: Route) -> None:
            route.fulfill(status=status, content_type="text/html; charset=utf-8", body=body)

        address = page.url
        page.route(address, fulfil)
        page.goto(address)
        page.unroute(address)

    return show
