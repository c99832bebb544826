"""Telling what the outbox holds: claim in one transaction, send in none, mark in another.

A worker killed between sending and marking leaves a message that is told again under the same id, so handlers and
readers must bear duplicates; nothing is ever lost or told before its change was committed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial

from omni_pickup import clock, crash_points, logs
from omni_pickup.delivery import outboxes
from omni_pickup.delivery.backoffs import wait_before_next
from omni_pickup.delivery.failures import NothingToTell, PermanentFailure, TemporaryFailure
from omni_pickup.delivery.outboxes import Claim
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.base import db, transaction
from omni_pickup.models.stores import Setting
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.services.customers import notifications

#: Sends one message, outside any transaction; raises what `failures` names. Known by the kind's first word.
Sender = Callable[[Claim], None]
#: What else is true once a message was told; runs in the completing transaction. Known by the whole kind.
Afterwards = Callable[[Claim], None]
_BATCH = 20


def is_paused() -> bool:
    """Whether somebody stopped outbound messages (after a restore, say); the outbox goes on filling."""
    setting = db.session.get(Setting, "outbound")
    return setting is not None and bool(setting.value.get("paused"))


def deliver_due(
    senders: Mapping[str, Sender],
    afterwards: Mapping[str, Afterwards],
    *,
    limit: int = _BATCH,
    go_on: Callable[[], bool] = lambda: True,
) -> int:
    """Try each due message once, up to `limit`; returns how many were tried.

    `go_on` is asked before each one; when it says no, or half of the lease is over, the rest is given back.
    """
    if is_paused() or not outboxes.has_due():
        return 0
    with transaction("outbox_claim"):
        claims = outboxes.claim_due(limit)
    crash_points.reach("outbox.claimed")
    give_up_at = clock.monotonic() + outboxes.LEASE.total_seconds() / 2
    tried = 0
    for claim in claims:
        if clock.monotonic() < give_up_at and go_on():
            _deliver(claim, senders, afterwards)
            tried += 1
        else:
            with transaction("outbox_give_back"):
                outboxes.give_back(claim)
    return tried


def _deliver(claim: Claim, senders: Mapping[str, Sender], afterwards: Mapping[str, Afterwards]) -> None:
    mark = _attempt(claim, senders, afterwards)
    crash_points.reach("outbox.sent_before_mark")
    with transaction("outbox_mark"):
        kept = mark()
    crash_points.reach("outbox.marked")
    if not kept:
        logs.write("WARNING", "lease lost", message_id=claim.public_id)


def _attempt(claim: Claim, senders: Mapping[str, Sender], afterwards: Mapping[str, Afterwards]) -> Callable[[], bool]:
    """Send, and return how to mark what came of it."""
    try:
        _send(claim, senders)
    except NothingToTell as outcome:
        return partial(outboxes.drop, claim, str(outcome))
    except PermanentFailure as failure:
        return partial(_bury, claim, str(failure))
    except TemporaryFailure as failure:
        return _retry(claim, str(failure), failure.asked)
    except Exception as error:  # A fault of ours in one message must not stop the others.
        described = logs.describe(error)
        logs.write("ERROR", "message failed", message_id=claim.public_id, error=described)
        return _retry(claim, described, None)
    return partial(_complete, claim, afterwards)


def _send(claim: Claim, senders: Mapping[str, Sender]) -> None:
    if wait_before_next(claim.attempts - 1) is None:
        raise PermanentFailure("The worker died at every attempt.")
    sender = senders.get(claim.kind.partition(".")[0])
    if sender is None:
        raise PermanentFailure(f"Nobody sends messages of the kind {claim.kind}.")
    sender(claim)


def _retry(claim: Claim, error: str, asked: timedelta | None) -> Callable[[], bool]:
    wait = wait_before_next(claim.attempts, asked=asked)
    if wait is None:
        return partial(_bury, claim, error)
    return partial(outboxes.retry_later, claim, wait, error)


def _complete(claim: Claim, afterwards: Mapping[str, Afterwards]) -> bool:
    if claim.kind in afterwards and claim.order_id is not None:
        # Whoever changes the order may drop its messages, so the order is locked before the message's row.
        get_order_by_key(claim.order_id)
    if not outboxes.complete(claim):
        return False
    if claim.kind in afterwards:
        afterwards[claim.kind](claim)
    return True


def _bury(claim: Claim, error: str) -> bool:
    if not outboxes.bury(claim, error):
        return False
    message = {"id": claim.public_id, "kind": claim.kind, "attempts": claim.attempts}
    notifications.note_failed(message, order_id=claim.order_id, return_id=claim.return_id, by=SYSTEM)
    return True
