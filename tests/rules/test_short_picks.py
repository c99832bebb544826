"""The table of short-pick reasons, line by line as the domain page has it."""

from __future__ import annotations

import pytest

from omni_pickup.rules.problems import RuleProblem
from omni_pickup.rules.short_picks import SHORT_PICK_REASONS, UNAVAILABLE, effect_like


@pytest.mark.parametrize(
    ("reason", "short", "stock"),
    [
        ("not_found", 1, {"reserved": -3}),
        ("mismatch", 1, {"reserved": -3, "on_hand": -3}),
        ("damaged", 1, {"reserved": -3, "on_hand": -3, "quarantine": 3}),
        ("display", 1, {"reserved": -3, "display": 3}),
        ("pick_later", 0, {}),
    ],
)
def test_a_reason_moves_the_stock_as_the_table_says(reason: str, short: int, stock: dict[str, int]) -> None:
    assert SHORT_PICK_REASONS[reason].short == short
    assert SHORT_PICK_REASONS[reason].stock_deltas(3) == stock


def test_there_are_exactly_five_reasons() -> None:
    assert set(SHORT_PICK_REASONS) == {"not_found", "mismatch", "damaged", "display", "pick_later"}


@pytest.mark.parametrize(
    ("flag", "reasons"),
    [
        ("blocks_item", {"not_found"}),
        ("flags_others", {"not_found"}),
        ("opens_count", {"not_found", "mismatch"}),
        ("returns_to_queue", {"pick_later"}),
        ("asks_customer", {"not_found", "mismatch", "damaged", "display"}),
    ],
)
def test_what_else_happens_belongs_to_these_reasons(flag: str, reasons: set[str]) -> None:
    assert {reason for reason, effect in SHORT_PICK_REASONS.items() if getattr(effect, flag)} == reasons


@pytest.mark.parametrize("reason", SHORT_PICK_REASONS)
def test_every_short_piece_gives_its_reservation_back(reason: str) -> None:
    effect = SHORT_PICK_REASONS[reason]
    assert effect.reserved == -effect.short


@pytest.mark.parametrize("reason", SHORT_PICK_REASONS)
def test_no_reason_makes_pieces_out_of_nothing(reason: str) -> None:
    """On hand falls by at least what quarantine gains; display pieces stay on hand and are only not promised."""
    effect = SHORT_PICK_REASONS[reason]
    assert effect.on_hand + effect.quarantine <= 0


def test_an_owners_own_reason_works_like_a_known_one() -> None:
    assert effect_like("damaged") is SHORT_PICK_REASONS["damaged"]


@pytest.mark.parametrize("reason", ["", "stolen", UNAVAILABLE])
def test_a_reason_that_nobody_defined_is_refused_and_the_known_ones_are_named(reason: str) -> None:
    with pytest.raises(RuleProblem, match="not_found, mismatch") as caught:
        effect_like(reason)
    assert caught.value.code == "unknown_reason"
