"""When the system keeps pieces of an item back by itself, because its shelf is wrong again and again."""

from __future__ import annotations

from datetime import datetime, timedelta

#: Short picks older than this say nothing about today's shelf.
WINDOW_DAYS = 30
#: So many short picks are one too many.
EVERY = 3
#: Pieces that are kept back at most.
MOST = 3
#: After so long without a short pick and without a change one piece is promised again.
QUIET_DAYS = 30

#: Short-pick reasons that say that the books promise what is not there.
COUNTING_REASONS = ("not_found", "mismatch")


def raise_after(new_shorts: int, *, learned: int) -> int:
    """How many pieces more to keep back after `new_shorts` short picks that led to nothing yet: one, up to three."""
    return 1 if new_shorts >= EVERY and learned < MOST else 0


def lower_after_count(variance: int, *, learned: int) -> int:
    """How many pieces to promise again after a person's count: one when the books were right."""
    return 1 if variance == 0 and learned > 0 else 0


def quiet_since(now: datetime) -> datetime:
    """What neither changed nor was missed after this is promised again, one piece at a time."""
    return now - timedelta(days=QUIET_DAYS)
