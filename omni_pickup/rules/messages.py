"""Which event tells the customer something, and by which message."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

MESSAGE_OF_EVENT: Mapping[str, str] = MappingProxyType(
    {
        "order.received": "received",
        "order.promise_changed": "delayed",
        "order.delay_expected": "delayed",
        "order.short_picked": "short_pick",
        "order.ready": "ready",
        "order.reminder_due": "reminder",
        "order.hold_extended": "hold_extended",
        "order.collected": "collected",
        "order.cancelled": "cancelled",
        "order.line_cancelled": "line_cancelled",
        "order.expired": "expired",
        "order.moved": "moved",
        "order.link_asked": "link",
        "return.announced": "return_announced",
        "return.received": "return_received",
        "return.closed": "return_closed",
        "return.rejected": "return_rejected",
        "return.cancelled": "return_cancelled",
        "return.expired": "return_expired",
    }
)

MESSAGE_KINDS: frozenset[str] = frozenset(MESSAGE_OF_EVENT.values())


def message_of(event_type: str) -> str | None:
    """Return the kind of message an event causes, or None when the customer is not told."""
    return MESSAGE_OF_EVENT.get(event_type)
