"""Random lives of an order: whatever happens in a shop, the derived state only moves as the table allows."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omni_pickup.rules.lifecycle import ORDER_MOVES, LineCounters, PackageFacts, derive_order_state, may_move

EVENTS = (
    "begin",
    "give_up_wave",
    "pick",
    "short_one",
    "found_it",
    "answer",
    "substitute",
    "cancel_open",
    "cancel_picked",
    "pack",
    "take_out",
    "unstage",
    "restage",
    "lose_bag",
    "hand_over",
    "refuse",
    "undo_handoff",
    "undo_at_counter",
    "expire",
)


@dataclass
class Order:
    """A plain model of an order with one line and one bag; ``bag`` counts the open pieces in it."""

    open: int
    picked: int = 0
    short: int = 0
    cancelled: int = 0
    collected: int = 0
    to_put_back: int = 0
    ordered: int = 0
    bag: int = 0
    staged: bool = False
    flagged: bool = False
    begun: bool = False
    question: bool = False
    was_ready: bool = False
    expired: bool = False
    given: int = 0
    refused: int = 0

    def state(self) -> str:
        line = LineCounters(
            ordered=self.ordered,
            open=self.open,
            short=self.short,
            cancelled=self.cancelled,
            collected=self.collected,
            picked=self.picked,
            to_put_back=self.to_put_back,
        )
        assert line.problems() == []
        bags = [PackageFacts(self.bag, self.staged, self.flagged)] if self.bag or self.flagged else []
        found = derive_order_state(
            [line], bags, begun=self.begun, question_open=self.question, expiry_closed_last=self.expired
        )
        self.was_ready = self.was_ready or found == "ready"
        return found

    @property
    def closed(self) -> bool:
        return self.open == 0 and not self.question

    # Each event below does what happens in the shop, or nothing when it cannot happen now.

    def begin(self) -> None:
        self.begun = self.begun or not self.closed

    def give_up_wave(self) -> None:
        # An order that was ready once has begun for good, whatever happened to its pieces since.
        untouched = self.picked == self.short == self.to_put_back == self.collected == 0 and not self.was_ready
        self.begun = self.begun and not untouched

    def pick(self) -> None:
        if self.picked < self.open:
            self.picked += 1
            self.begun = True

    def short_one(self) -> None:
        if self.picked < self.open:
            self.open -= 1
            self.short += 1
            self.question = self.begun = True

    def found_it(self) -> None:
        if self.question and self.short:
            self.short -= 1
            self.open += 1
            self.question = self.short > 0

    def answer(self) -> None:
        self.question = False

    def substitute(self) -> None:
        if self.question:
            self.question = False
            self.open += 1
            self.ordered += 1

    def cancel_open(self) -> None:
        if self.picked < self.open:
            self.open -= 1
            self.cancelled += 1

    def cancel_picked(self) -> None:
        if self.picked:
            self.open -= 1
            self.picked -= 1
            self.cancelled += 1
            self.to_put_back += 1
            if self.bag > self.picked:
                self.bag -= 1
                self.flagged, self.staged = True, False

    def pack(self) -> None:
        if self.picked and not self.flagged:
            self.bag, self.staged = self.picked, True

    def take_out(self) -> None:
        self.flagged = False

    def unstage(self) -> None:
        self.staged = False

    def restage(self) -> None:
        self.staged = not self.flagged

    def lose_bag(self) -> None:
        if self.bag:
            self.open -= self.bag
            self.picked -= self.bag
            self.short += self.bag
            self.bag = 0
            self.question = True

    def hand_over(self) -> None:
        if self.bag and self.staged and not self.flagged:
            self.given, self.refused = self.bag, 0
            self.open -= self.bag
            self.picked -= self.bag
            self.collected += self.bag
            self.bag = 0

    def refuse(self) -> None:
        """The customer takes nothing of what stands before them."""
        if self.bag and self.staged and not self.flagged:
            self.given, self.refused = 0, self.bag
            self.open -= self.bag
            self.picked -= self.bag
            self.cancelled += self.bag
            self.to_put_back += self.bag
            self.bag = 0

    def undo_handoff(self) -> None:
        back = self.given + self.refused
        if back and self.picked == self.bag == 0 and not self.expired:
            self.collected -= self.given
            self.cancelled -= self.refused
            self.to_put_back -= self.refused
            self.open += back
            self.picked += back
            self.bag, self.staged = back, True
        self.given = self.refused = 0

    def undo_at_counter(self) -> None:
        """Undo the handoff while the bag stands on the counter and has no place yet."""
        self.undo_handoff()
        self.staged = False

    def expire(self) -> None:
        if self.was_ready and self.open:
            self.cancelled += self.open
            self.to_put_back += self.picked
            self.flagged = self.flagged or self.bag > 0
            self.open = self.picked = self.bag = 0
            self.expired = True
            self.question = False


def lived(pieces: int, events: list[str]) -> list[str]:
    """Return the states of an order, before the first event and after each."""
    order = Order(open=pieces, ordered=pieces)
    states = [order.state()]
    for event in events:
        getattr(order, event)()
        states.append(order.state())
    return states


@given(st.integers(1, 3), st.lists(st.sampled_from(EVENTS), max_size=40))
@settings(max_examples=500)
def test_whatever_happens_the_state_moves_as_the_table_allows(pieces: int, events: list[str]) -> None:
    states = lived(pieces, events)
    assert states[0] == "received"
    assert all(may_move(ORDER_MOVES, old, new) for old, new in pairwise(states))


# For every move of the table one story whose last event makes it: pieces, events.
STORIES = {
    "received > picking": (1, "begin"),
    "received > picked": (1, "pick"),
    "received > cancelled": (1, "cancel_open"),
    "picking > received": (1, "begin give_up_wave"),
    "picking > picked": (2, "pick pick"),
    "picking > ready": (2, "pick pack cancel_open"),
    "picking > collected": (2, "pick pack hand_over cancel_open"),
    "picking > cancelled": (1, "begin cancel_open"),
    "picking > expired": (1, "pick pack lose_bag substitute expire"),
    "picked > picking": (2, "pick short_one found_it"),
    "picked > ready": (1, "pick pack"),
    "picked > collected": (2, "pick pack pick hand_over cancel_picked"),
    "picked > cancelled": (1, "pick cancel_picked"),
    "picked > expired": (1, "pick pack unstage expire"),
    "ready > picked": (1, "pick pack unstage"),
    "ready > picking": (1, "pick pack lose_bag"),
    "ready > collected": (1, "pick pack hand_over"),
    "ready > cancelled": (1, "pick pack cancel_picked"),
    "ready > expired": (1, "pick pack expire"),
    "collected > ready": (1, "pick pack hand_over undo_handoff"),
    "collected > picked": (1, "pick pack hand_over undo_at_counter"),
    "cancelled > ready": (1, "pick pack refuse undo_handoff"),
    "cancelled > picked": (1, "pick pack refuse undo_at_counter"),
}


def test_every_move_of_the_table_has_a_story() -> None:
    assert set(STORIES) == {f"{old} > {new}" for old, moves in ORDER_MOVES.items() for new in moves}


@pytest.mark.parametrize("move", STORIES)
def test_the_last_event_of_a_story_makes_its_move(move: str) -> None:
    pieces, events = STORIES[move]
    states = lived(pieces, events.split())
    assert f"{states[-2]} > {states[-1]}" == move
