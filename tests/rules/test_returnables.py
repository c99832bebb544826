"""Whether pieces may come back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omni_pickup.rules.returnables import RULES, LineFacts, Verdict, verdict

COLLECTED_ON = date(2026, 1, 15)


def facts(*, ordered: int = 3, short: int = 0, cancelled: int = 0, collected: int = 3, claimed: int = 0) -> LineFacts:
    return LineFacts(ordered=ordered, short=short, cancelled=cancelled, collected=collected, claimed=claimed)


def judge(line: LineFacts, **change: Any) -> Verdict:
    question: dict[str, Any] = {
        "quantity": 1,
        "item_returnable": True,
        "return_days": 30,
        "collected_on": COLLECTED_ON,
        "today": COLLECTED_ON,
        **change,
    }
    return verdict(line, **question)


def test_a_collected_piece_can_come_back() -> None:
    assert judge(facts(), quantity=3) == Verdict(True, None, "Can be returned.")


def test_pieces_that_were_not_collected_cannot_come_back() -> None:
    answer = judge(facts(collected=0), collected_on=None)
    assert (answer.returnable, answer.rule) == (False, "not_collected")


def test_only_the_collected_part_of_a_line_can_come_back() -> None:
    line = facts(ordered=3, collected=1)
    assert judge(line, quantity=1).returnable
    answer = judge(line, quantity=2)
    assert (answer.rule, answer.sentence) == ("not_collected", "Only 1 piece of this line has been collected.")


def test_an_item_that_the_shop_never_takes_back_is_refused_before_anything_else() -> None:
    assert judge(facts(collected=0), item_returnable=False).rule == "not_returnable"


def test_the_last_day_of_the_window_counts_whole() -> None:
    last_day = COLLECTED_ON + timedelta(days=30)
    assert judge(facts(), today=last_day).returnable
    answer = judge(facts(), today=last_day + timedelta(days=1))
    assert (answer.rule, answer.sentence) == ("past_window", "The time to return this item ended on 2026-02-14.")


def test_a_window_of_zero_days_is_the_day_itself() -> None:
    assert judge(facts(), return_days=0).returnable
    assert judge(facts(), return_days=0, today=COLLECTED_ON + timedelta(days=1)).rule == "past_window"


def test_a_window_that_ends_on_29_february_ends_there() -> None:
    collected = date(2028, 1, 30)
    assert judge(facts(), collected_on=collected, today=date(2028, 2, 29)).returnable
    assert judge(facts(), collected_on=collected, today=date(2028, 3, 1)).rule == "past_window"


def test_without_a_number_of_days_there_is_no_window() -> None:
    assert judge(facts(), return_days=None, today=date(2099, 1, 1)).returnable


def test_what_was_announced_or_returned_before_cannot_come_back_again() -> None:
    assert judge(facts(claimed=3)).rule == "already_returned"
    answer = judge(facts(claimed=2), quantity=2)
    assert (answer.rule, answer.sentence) == ("quantity", "Only 1 piece of this line can still be returned.")
    assert judge(facts(claimed=2), quantity=1).returnable


def test_pieces_that_were_short_or_cancelled_do_not_count() -> None:
    line = facts(ordered=5, short=1, cancelled=2, collected=2)
    assert judge(line, quantity=2).returnable
    assert judge(line, quantity=3).sentence == "Only 2 pieces of this line can still be returned."


def test_a_line_that_was_cancelled_as_a_whole_was_never_collected() -> None:
    assert judge(facts(ordered=2, cancelled=2, collected=0)).rule == "not_collected"


@pytest.mark.parametrize("quantity", [0, -1])
def test_a_return_of_nothing_is_refused(quantity: int) -> None:
    assert judge(facts(), quantity=quantity).rule == "quantity"


small = st.integers(0, 4)


@given(small, small, small, small, st.data(), st.integers(0, 10), st.booleans(), st.integers(0, 60))
def test_an_allowed_return_never_exceeds_what_the_customer_holds(
    open_: int,
    short: int,
    cancelled: int,
    collected: int,
    data: st.DataObject,
    quantity: int,
    item_returnable: bool,
    age: int,
) -> None:
    line = facts(
        ordered=open_ + short + cancelled + collected,
        short=short,
        cancelled=cancelled,
        collected=collected,
        claimed=data.draw(st.integers(0, collected)),
    )
    answer = judge(line, quantity=quantity, item_returnable=item_returnable, today=COLLECTED_ON + timedelta(days=age))
    right = item_returnable and age <= 30 and 1 <= quantity <= line.collected - line.claimed
    assert answer.returnable is right
    assert (answer.rule is None) is answer.returnable
    assert answer.rule is None or answer.rule in RULES
    assert answer.sentence.endswith(".")
