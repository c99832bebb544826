"""Every screen of the staff in every state: open to everybody, within its screen, quiet in the console.

A part of the states is looked at by default, each in one size and one scheme in turn; all of them in all behind
`--long`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

from tests.e2e.looks import complaints, enlarge_text, is_within
from tests.e2e.shops import LANDSCAPE, PORTRAIT, Shop
from tests.e2e.states import State, staff_states
from tests.e2e.tours import Tour, turn

WAYS = list(product((LANDSCAPE, PORTRAIT), ("light", "dark")))
#: Of so many states one is looked at by default.
ONE_IN = 3


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
