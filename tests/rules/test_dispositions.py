"""What becomes of a returned piece."""

from __future__ import annotations

from itertools import product

import pytest

from omni_pickup.rules.dispositions import (
    CONDITIONS,
    DISPOSITIONS,
    PROPOSALS,
    RETURN_REASONS,
    TEMPERATURES,
    propose_disposition,
)
from omni_pickup.rules.problems import RuleProblem

PAIRS = list(product(RETURN_REASONS, CONDITIONS))


def test_every_pair_of_reason_and_condition_has_a_proposal() -> None:
    assert set(PROPOSALS) == set(PAIRS)
    assert set(PROPOSALS.values()) <= set(DISPOSITIONS)


def test_every_disposition_is_proposed_for_something() -> None:
    assert set(PROPOSALS.values()) == set(DISPOSITIONS)


@pytest.mark.parametrize(
    ("reason", "condition", "expected"),
    [
        ("too_small", "as_new", "restock"),
        ("too_small", "opened", "restock"),
        ("changed_mind", "worn", "refurbish"),
        ("changed_mind", "damaged", "scrap"),
        ("wrong_item", "opened", "return_to_dc"),
        ("defective", "as_new", "return_to_vendor"),
        ("damaged_in_transit", "as_new", "quarantine"),
        ("recalled", "as_new", "quarantine"),
        ("other", "opened", "quarantine"),
    ],
)
def test_the_proposal_is_what_a_returns_desk_would_do(reason: str, condition: str, expected: str) -> None:
    assert propose_disposition(reason, condition) == expected


@pytest.mark.parametrize(("reason", "condition"), PAIRS)
def test_a_recalled_item_is_always_kept_apart(reason: str, condition: str) -> None:
    for temperature in TEMPERATURES:
        assert propose_disposition(reason, condition, stop_sale=True, temperature=temperature) == "quarantine"


@pytest.mark.parametrize(("reason", "condition"), PAIRS)
@pytest.mark.parametrize("temperature", ["chilled", "frozen"])
def test_cold_goods_are_never_sold_again(reason: str, condition: str, temperature: str) -> None:
    proposed = propose_disposition(reason, condition, temperature=temperature)
    assert proposed not in {"restock", "refurbish", "return_to_dc"}


@pytest.mark.parametrize("reason", RETURN_REASONS)
def test_nothing_damaged_goes_back_to_the_shelf(reason: str) -> None:
    assert propose_disposition(reason, "damaged") != "restock"


@pytest.mark.parametrize(
    ("reason", "condition", "temperature", "code"),
    [
        ("bored", "as_new", "ambient", "unknown_reason"),
        ("bored", "shiny", "ambient", "unknown_reason"),
        ("too_small", "shiny", "ambient", "unknown_condition"),
        ("too_small", "as_new", "tepid", "unknown_temperature"),
    ],
)
def test_a_word_outside_the_tables_is_refused(reason: str, condition: str, temperature: str, code: str) -> None:
    with pytest.raises(RuleProblem) as caught:
        propose_disposition(reason, condition, temperature=temperature)
    assert caught.value.code == code
