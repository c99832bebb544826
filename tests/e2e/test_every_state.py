"""Every screen of the staff in every state: open to everybody, within its screen, quiet in the console.

A part of the states is looked at by default, each in one size and one scheme in turn; all of them in all behind
`--long`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from playwright.sync_api import ConsoleMessage, Page

from tests.e2e.looks import complaints, enlarge_text, is_within
from tests.e2e.shops import LANDSCAPE, PORTRAIT, Shop
from tests.e2e.states import State, staff_states

WAYS = list(product((LANDSCAPE, PORTRAIT), ("light", "dark")))
#: Of so many states one is looked at by default.
ONE_IN = 3


@pytest.fixture(scope="module")
def states(served_shop: Shop) -> list[State]:
    return staff_states(served_shop)


class Tour:
    """One tablet for each person, which goes from state to state; what its console says is kept."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.said: list[str] = []
        self._pages: dict[str | None, Page] = {}

    def visit(self, state: State) -> Page:
        page = self._page(state)
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
        """Pages that are refused and connections that are cut are what some states are about."""
        expected = ("status of 40", "status of 422", "net::ERR_INTERNET_DISCONNECTED")
        if message.type == "error" and not any(words in message.text for words in expected):
            self.said.append(f"{message.text} at {message.location['url']}")


def _way(page: Page, size: tuple[int, int], scheme: str) -> str:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    # Without motion, because colours that are still changing are nobody's to judge.
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    return f"{'lying' if size == LANDSCAPE else 'upright'} and {scheme}"


@pytest.fixture
def tour(shop: Shop) -> Iterator[Tour]:
    tour = Tour(shop)
    yield tour
    assert tour.said == []


def test_a_part_of_the_states_is_open_to_everybody(tour: Tour, states: list[State]) -> None:
    assert len(states) > 80
    wrong: list[str] = []
    for number, state in enumerate(states[::ONE_IN]):
        page = tour.visit(state)
        wrong += complaints(page, f"{state.name}, {_way(page, *WAYS[number % len(WAYS)])}")
        tour.leave(state)
    assert wrong == []


@pytest.mark.long
def test_every_state_is_open_to_everybody_in_every_way(tour: Tour, states: list[State]) -> None:
    wrong: list[str] = []
    for state in states:
        page = tour.visit(state)
        for way in WAYS:
            wrong += complaints(page, f"{state.name}, {_way(page, *way)}")
        tour.leave(state)
    assert wrong == []


@pytest.mark.long
def test_every_state_has_room_for_larger_text(tour: Tour, states: list[State]) -> None:
    wrong: list[str] = []
    for state in states:
        for size in (LANDSCAPE, PORTRAIT):
            page = tour.visit(state)
            way = _way(page, size, "light")
            enlarge_text(page)
            wrong += [] if is_within(page) else [f"{state.name}, {way}"]
            tour.leave(state)
    assert wrong == []
