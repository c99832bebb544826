"""What single values of a document mean, and that everything wrong is told in one go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from omni_pickup.errors import Invalid
from omni_pickup.rules.problems import RuleProblem
from omni_pickup.services.meanings import (
    Findings,
    email_of,
    instant_of,
    key_of,
    language_of,
    money_of,
    phone_of,
    require,
    whole_number,
)


@pytest.mark.parametrize(
    "address", ["ada@example.com", "ada@shop.local", "ada@example.invalid", "ada+x@example.com", "łucja@example.pl"]
)
def test_addresses_are_checked_for_syntax_only(address: str) -> None:
    assert email_of(address) == address


@pytest.mark.parametrize("text", ["", "ada", "ada@", "@example.com", "a b@example.com", "ada@x..y", "ada@-x.pl"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(RuleProblem) as caught:
        email_of(text)
    assert caught.value.code == "invalid_email"


@pytest.mark.parametrize("tag", ["pl", "pt-BR", "zh-Hant-TW", "deu"])
def test_language_tags(tag: str) -> None:
    assert language_of(tag) == tag


@pytest.mark.parametrize("text", ["", "p", "polish language", "pl_PL", "pl-", "x" * 17])
def test_what_is_no_language_tag_is_refused(text: str) -> None:
    with pytest.raises(RuleProblem):
        language_of(text)


def test_instants_are_read_from_text_and_kept_when_they_are_instants() -> None:
    noon = datetime(2026, 11, 21, 12, tzinfo=timezone(timedelta(hours=1)))
    assert instant_of("2026-11-21T12:00:00+01:00") == noon
    assert instant_of("2026-11-21T11:00:00Z") == noon
    assert instant_of(noon) is noon


@pytest.mark.parametrize(
    "value", ["noon", "2026-11-21T12:00:00", datetime(9999, 1, 1, tzinfo=UTC), datetime(1800, 1, 1, tzinfo=UTC)]
)
def test_what_is_no_instant_is_refused(value: Any) -> None:
    with pytest.raises(RuleProblem):
        instant_of(value)


def test_numbers_without_a_prefix_belong_to_the_stores_country() -> None:
    assert phone_of("601 234 567", "PL") == "+48601234567"
    with pytest.raises(RuleProblem):
        phone_of("601 234 567", None)


@pytest.mark.parametrize("key", ["A", "A/B", "Größe 44", "x" * 10])
def test_keys_may_hold_anything_printable(key: str) -> None:
    assert key_of(key, longest=10) == key


@pytest.mark.parametrize("key", ["", " A", "A ", "A\n", "A\x00", "x" * 11, None, 7])
def test_what_is_no_key_is_refused(key: Any) -> None:
    with pytest.raises(RuleProblem):
        key_of(key, longest=10)


def test_nothing_means_nothing() -> None:
    assert [read(None) for read in (email_of, instant_of, language_of, money_of)] == [None] * 4
    assert phone_of(None, "PL") is None


def test_everything_wrong_is_told_at_once_with_its_pointer() -> None:
    findings = Findings("/lines/0")
    with findings.at("/quantity"):
        whole_number(0, least=1, most=9)
    with findings.at("/price"):
        money_of({"amount": "1", "currency": "PLN"})
    with findings.at("/sku"):
        require(True, "never told")
    with pytest.raises(Invalid) as caught:
        findings.settle()
    assert [error["pointer"] for error in caught.value.details["errors"]] == [
        "/lines/0/quantity",
        "/lines/0/price/amount",
    ]


def test_nothing_wrong_settles_quietly() -> None:
    findings = Findings()
    findings.settle()
    assert findings.errors == []
