"""Every screen of the staff in every state: open to everybody, within its screen, quiet in the console.

A part of the states is looked at by default, each in one size and one scheme in turn; all of them in all behind
`--long`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

from tests.e2e.looks import complaints, cut_texts, enlarge_text, is_within
from tests.e2e.shops import LANDSCAPE, PORTRAIT, Shop
from tests.e2e.staff_words import (
    is_in_brackets,
    speak_in_brackets,
    tablet_in_this_process,
    unsaid,
    words_of_calendar,
    words_of_people,
)
from tests.e2e.states import State, staff_states
from tests.e2e.tours import Tour, turn

WAYS = list(product((LANDSCAPE, PORTRAIT), ("light", "dark")))
#: What people look at all day, and the languages whose words are the longest.
ALL_DAY = ("board", "walk", "staging", "handoff", "returns", "return-received", "office-today", "lock")
LONG_WORDS = ("de", "pl")
#: Of so many states one is looked at by default.
ONE_IN = 5


@pytest.fixture(scope="module")
def states(served_shop: Shop) -> list[State]:
    return staff_states(served_shop)


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
        wrong += complaints(page, f"{state.name}, {turn(page, *WAYS[number % len(WAYS)])}")
        tour.leave(state)
    assert wrong == []


@pytest.mark.long
def test_every_state_is_open_to_everybody_in_everyturn(tour: Tour, states: list[State]) -> None:
    wrong: list[str] = []
    for state in states:
        page = tour.visit(state)
        for way in WAYS:
            wrong += complaints(page, f"{state.name}, {turn(page, *way)}")
        tour.leave(state)
    assert wrong == []


@pytest.mark.long
def test_every_state_has_room_for_larger_text(tour: Tour, states: list[State]) -> None:
    wrong: list[str] = []
    for state in states:
        for size in (LANDSCAPE, PORTRAIT):
            page = tour.visit(state)
            way = turn(page, size, "light")
            enlarge_text(page)
            wrong += [] if is_within(page) else [f"{state.name}, {way}"]
            tour.leave(state)
    assert wrong == []


def test_longer_words_stay_within_the_screens_of_all_day(tour: Tour, states: list[State]) -> None:
    wrong = []
    for state in (state for state in states if state.name in ALL_DAY):
        for language in LONG_WORDS:
            page = tour.visit(state, language=language)
            assert page.locator("html").get_attribute("lang") == language
            for size in (LANDSCAPE, PORTRAIT):
                way = turn(page, size, "light")
                wrong += [] if is_within(page) else [f"{state.name}, {way}, {language}"]
                wrong += [f"{state.name}, {way}, {language}: {text}" for text in cut_texts(page)]
    assert wrong == []


def test_every_word_of_the_screens_is_in_the_catalogue(
    shop: Shop, states: list[State], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Said in brackets: whatever stands outside of them would be English for everybody."""
    speak_in_brackets(shop.app, "de", monkeypatch)
    tablets = {login: tablet_in_this_process(shop, login, "de") for login in {state.login for state in states}}
    with shop.app.app_context():
        known = words_of_people() | words_of_calendar("de")
    left: dict[str, str] = {}
    for state in states:
        if state.path.startswith(("/board", "/office", "/login", "/setup")):
            page = tablets[state.login].get(state.path, base_url=shop.base).text
            left |= dict.fromkeys(unsaid(page, known), state.name)
            assert is_in_brackets(page), state.name
    assert left == {}


def test_a_word_that_is_not_in_the_catalogue_stands_out() -> None:
    page = "<p>⟦Ready⟧ Ada</p><p title='Not said'>⟦by ⟦noon⟧⟧</p><p data-words='{\"a\": [\"said by scripts\"]}'></p>"
    assert unsaid(page, frozenset({"ada"})) == ["Not said", "said by scripts"]
