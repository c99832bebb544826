"""Which event tells the customer something."""

from __future__ import annotations

import re

import pytest

from omni_pickup.rules.messages import MESSAGE_KINDS, MESSAGE_OF_EVENT, message_of


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ("order.received", "received"),
        ("order.ready", "ready"),
        ("order.reminder_due", "reminder"),
        ("order.short_picked", "short_pick"),
        ("order.expired", "expired"),
        ("order.cancelled", "cancelled"),
        ("return.announced", "return_announced"),
    ],
)
def test_these_events_are_told_to_the_customer(event: str, kind: str) -> None:
    assert message_of(event) == kind


@pytest.mark.parametrize("event", ["stock.changed", "order.picked", "order", ""])
def test_other_events_are_not(event: str) -> None:
    assert message_of(event) is None


def test_events_are_nouns_with_what_happened_and_share_a_message_only_for_a_later_time() -> None:
    assert all(re.fullmatch(r"(order|return)\.[a-z_]+", event) for event in MESSAGE_OF_EVENT)
    later = {"order.promise_changed", "order.delay_expected"}
    assert {message_of(event) for event in later} == {"delayed"}
    assert len(MESSAGE_KINDS) == len(MESSAGE_OF_EVENT) - 1
