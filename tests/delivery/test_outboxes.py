from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from omni_pickup import clock
from omni_pickup.delivery import outboxes
from omni_pickup.models import transaction
from omni_pickup.models.events import OutboxMessage
from tests.delivery.queues import lapse_leases, move_clock, put, row


def claim_due(limit: int = 10, lease: timedelta = outboxes.LEASE) -> list[outboxes.Claim]:
    with transaction():
        return outboxes.claim_due(limit, lease=lease)


def mark(function: object, *args: object) -> bool:
    with transaction():
        return function(*args)  # type: ignore[operator]


def test_due_messages_are_claimed_in_the_order_of_their_writing(app: Flask) -> None:
    ids = put("a", "b", "c")
    assert [claim.id for claim in claim_due(2)] == ids[:2]


def test_nothing_is_claimed_before_it_is_due(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    put("a", due_at=clock.now() + timedelta(minutes=1))
    assert claim_due() == []
    assert not outboxes.has_due()
    move_clock(monkeypatch, timedelta(minutes=2))
    assert outboxes.has_due()
    assert len(claim_due()) == 1


def test_a_leased_message_is_not_claimed_again(app: Flask) -> None:
    put("a")
    assert len(claim_due()) == 1
    assert not outboxes.has_due()
    assert claim_due() == []


def test_a_lapsed_lease_is_claimed_by_the_next_worker(app: Flask) -> None:
    (message,) = put("a")
    first = claim_due()[0]
    lapse_leases()
    second = claim_due()[0]
    assert (second.id, second.public_id) == (message, first.public_id)
    assert second.token != first.token
    assert (first.attempts, second.attempts) == (1, 2)


def test_a_lease_ends_by_the_databases_clock_whatever_ours_says(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    (message,) = put("a")
    move_clock(monkeypatch, timedelta(days=1))
    assert len(claim_due()) == 1
    left = row(message).lease_until - (clock.now() - timedelta(days=1))
    assert timedelta(seconds=110) < left <= outboxes.LEASE
    assert claim_due() == []


def test_a_message_never_overtakes_an_earlier_one_of_its_subject(app: Flask) -> None:
    first, other, second = put("a", "b", "a")
    claims = claim_due()
    assert [claim.id for claim in claims] == [first, other]
    assert mark(outboxes.retry_later, claims[0], timedelta(hours=1), "later")
    assert claim_due() == []
    assert row(second).state == "pending"


@pytest.mark.parametrize(
    ("ending", "args"), [(outboxes.complete, ()), (outboxes.bury, ("gone",)), (outboxes.drop, ("nobody",))]
)
def test_the_next_of_a_subject_follows_when_the_first_has_ended(app: Flask, ending: object, args: tuple) -> None:
    first, second = put("a", "a")
    assert mark(ending, claim_due()[0], *args)
    assert row(first).lease_token is None
    assert [claim.id for claim in claim_due()] == [second]


@pytest.mark.parametrize(
    ("ending", "args"),
    [
        (outboxes.complete, ()),
        (outboxes.bury, ("x",)),
        (outboxes.drop, ("x",)),
        (outboxes.retry_later, (timedelta(0), "x")),
        (outboxes.give_back, ()),
    ],
)
def test_whoever_lost_the_lease_marks_nothing(app: Flask, ending: object, args: tuple) -> None:
    (message,) = put("a")
    slow = claim_due()[0]
    lapse_leases()
    fast = claim_due()[0]
    assert not mark(ending, slow, *args)
    kept: OutboxMessage = row(message)
    assert (kept.state, kept.lease_token, kept.attempts) == ("pending", fast.token, 2)
    assert mark(outboxes.complete, fast)
    assert not mark(ending, slow, *args)
    assert row(message).state == "sent"


def test_a_message_given_back_was_not_tried(app: Flask) -> None:
    (message,) = put("a")
    assert mark(outboxes.give_back, claim_due()[0])
    assert (row(message).attempts, row(message).lease_until) == (0, None)
    assert claim_due()[0].attempts == 1


def test_a_long_error_is_cut_to_its_column(app: Flask) -> None:
    (message,) = put("a")
    assert mark(outboxes.bury, claim_due()[0], "x" * 2000)
    assert len(row(message).last_error or "") == 500


def test_only_a_later_message_of_the_same_kind_and_subject_is_newer(app: Flask) -> None:
    put("a", "b")
    claim = claim_due(1)[0]
    assert not outboxes.has_newer(claim)
    put("a", kind="test.other")
    assert not outboxes.has_newer(claim)
    put("a")
    assert outboxes.has_newer(claim)
