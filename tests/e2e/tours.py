"""Going from state to state of the staff's screens, one tablet for each person."""

from __future__ import annotations

from playwright.sync_api import ConsoleMessage, Page

from omni_pickup.page_languages import LANGUAGE
from tests.e2e.shops import LANDSCAPE, Shop
from tests.e2e.states import State


class Tour:
    """One tablet for each person, which goes from state to state; what its console says is kept."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.said: list[str] = []
        self._pages: dict[str | None, Page] = {}

    def visit(self, state: State, *, language: str | None = None) -> Page:
        page = self._page(state)
        if language is not None:
            page.context.add_cookies([{"name": LANGUAGE, "value": language, "url": self.shop.base}])
        page.goto(self.shop.base + state.path)
        page.wait_for_load_state("load")
        if state.bring is not None:
            state.bring(page)
        return page

    def leave(self, state: State) -> None:
        if state.offline or not state.begun:
            self._pages.pop(state.login).context.close()

    def _page(self, state: State) -> Page:
        if state.login not in self._pages:
            page = self.shop.tablet(state.login, path="/board/lock") if state.login else self.shop.stranger()
            page.on("console", self._hear)
            page.on("pageerror", lambda error: self.said.append(str(error)))
            self._pages[state.login] = page
        if not state.begun:
            self._pages[state.login].add_init_script("sessionStorage.clear()")
        return self._pages[state.login]

    def _hear(self, message: ConsoleMessage) -> None:
        """Pages that are refused and connections that are cut are what some states are about.

        A request that was on its way when its page was left is told by htmx as not sent; of one that really failed
        the browser speaks, too.
        """
        refusals = tuple(f"status of {status}" for status in ("40", "422", "429", "503"))
        left = ("htmx:afterRequest", "htmx:sendAbort", "htmx:sendError")
        expected = (*refusals, "net::ERR_INTERNET_DISCONNECTED", *left)
        if message.type == "error" and not any(words in message.text for words in expected):
            self.said.append(f"{message.text} at {message.location['url']}")


def turn(page: Page, size: tuple[int, int], scheme: str) -> str:
    """Hold the tablet that way; returns the way in words."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    # Without motion, because colours that are still changing are nobody's to judge.
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    return f"{'lying' if size == LANDSCAPE else 'upright'} and {scheme}"
