"""What has to be checked at the counter."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from omni_pickup.rules.handoff_policies import CHECKS, HandoffPolicy, missing_checks, required_checks

PLAIN = HandoffPolicy()
STRICT = HandoffPolicy(
    photo_id_from=Decimal(300),
    signature_from=Decimal(1000),
    manager_without_code_from=Decimal(500),
    photo_id_for_collector=True,
)


def required(policy: HandoffPolicy = PLAIN, *, value: int = 100, **change: Any) -> set[str]:
    question: dict[str, Any] = {"has_code": True, "min_age": None, "is_collector": False, **change}
    return set(required_checks(policy, value=Decimal(value), **question))


def test_the_code_is_enough_by_default() -> None:
    assert required() == {"code"}
    assert required(is_collector=True, value=10_000) == {"code"}


def test_without_a_code_an_id_is_an_equal_path_and_no_manager_is_needed() -> None:
    assert required(has_code=False) == {"photo_id"}
    assert required(STRICT, has_code=False, value=499) == {"photo_id"}


def test_from_the_limit_on_a_person_without_a_code_needs_a_manager() -> None:
    assert required(STRICT, has_code=False, value=500) == {"photo_id", "manager"}
    assert "manager" not in required(STRICT, value=500)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (299, {"code"}),
        (300, {"code", "photo_id"}),
        (999, {"code", "photo_id"}),
        (1000, {"code", "photo_id", "signature"}),
    ],
)
def test_valuable_orders_ask_for_more(value: int, expected: set[str]) -> None:
    assert required(STRICT, value=value) == expected


def test_somebody_else_than_the_buyer_shows_an_id_where_the_store_wants_it() -> None:
    assert required(STRICT, is_collector=True) == {"code", "photo_id"}


def test_a_store_may_insist_on_the_qr_code_from_those_who_have_one() -> None:
    assert required(HandoffPolicy(require_qr=True)) == {"qr"}
    assert required(HandoffPolicy(require_qr=True), has_code=False) == {"photo_id"}


@pytest.mark.parametrize(("min_age", "asked"), [(None, False), (0, False), (16, True), (18, True)])
def test_an_age_is_checked_for_items_that_have_one(min_age: int | None, asked: bool) -> None:
    assert ("age" in required(min_age=min_age)) is asked


def test_a_limit_of_zero_means_always_and_none_means_never() -> None:
    assert "signature" in required(HandoffPolicy(signature_from=Decimal(0)), value=0)
    assert "signature" not in required(HandoffPolicy(signature_from=None), value=10**9)


def test_every_handoff_identifies_somebody_by_known_checks() -> None:
    switches = product((PLAIN, STRICT, HandoffPolicy(require_qr=True)), (0, 10_000), (True, False), (True, False))
    for policy, value, has_code, is_collector in switches:
        checks = required(policy, value=value, has_code=has_code, is_collector=is_collector, min_age=18)
        assert checks <= set(CHECKS)
        assert checks & {"code", "qr", "photo_id"}


def test_what_was_not_given_is_missing() -> None:
    assert missing_checks({"code", "age"}, {"code"}) == {"age"}
    assert missing_checks({"code", "age"}, {"age", "code", "signature"}) == frozenset()
    assert missing_checks(set(), set()) == frozenset()


def test_a_scanned_qr_stands_for_the_code_but_not_the_other_way() -> None:
    assert missing_checks({"code"}, {"qr"}) == frozenset()
    assert missing_checks({"qr"}, {"code"}) == {"qr"}
