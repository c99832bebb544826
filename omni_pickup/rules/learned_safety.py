"""When the system keeps pieces of an item back by itself, because its shelf is wrong again and again."""

from __future__ import annotations

WINDOW_DAYS = 30
EVERY = 3
MOST = 3

#: Short-pick reasons that say that the books promise what is not there.
COUNTING_REASONS = ("not_found", "mismatch")


def raise_after(shorts_in_window: int, *, learned: int) -> int:
    """Return how many pieces to add after a short pick: one after each third in 30 days, three in all."""
    due = shorts_in_window > 0 and shorts_in_window % EVERY == 0
    return 1 if due and learned < MOST else 0
