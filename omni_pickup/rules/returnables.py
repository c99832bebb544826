"""Whether pieces of an order line may come back, and the sentence that says why not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from omni_pickup.rules.sentences import sentence

# The rules that can refuse, in the order in which they are asked.
RULES = ("not_returnable", "already_returned", "not_collected", "past_window", "quantity")


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What is known of the line: its counters, and ``claimed``, the pieces that were announced or returned
    before.
    """

    ordered: int
    short: int
    cancelled: int
    collected: int
    claimed: int

    @property
    def left(self) -> int:
        """Pieces that nobody has claimed yet and that were not called off."""
        return self.ordered - self.short - self.cancelled - self.claimed

    @property
    def returnable_now(self) -> int:
        """Pieces in the customer's hands that nobody has claimed yet."""
        return max(0, self.collected - self.claimed)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer: ``rule`` names what refused (None when returnable), ``sentence`` is shown to the reader."""

    returnable: bool
    rule: str | None
    sentence: str


def verdict(
    line: LineFacts,
    *,
    quantity: int,
    item_returnable: bool,
    return_days: int | None,
    collected_on: date | None,
    today: date,
) -> Verdict:
    """Judge ``quantity`` pieces of a line.

    ``collected_on`` and ``today`` are local days of the store; the day of collection is day 0 and the last
    day of the window counts whole. ``return_days`` None means without limit.
    """
    if quantity < 1:
        return _refused("quantity", sentence("A return needs at least one piece."))
    if not item_returnable:
        return _refused("not_returnable", sentence("This item cannot be returned."))
    if line.left <= 0 < line.claimed:
        return _refused("already_returned", sentence("Every piece of this line was already returned or announced."))
    if line.returnable_now == 0:
        return _refused("not_collected", sentence("Nothing of this line has been collected yet."))
    last_day = _last_day(collected_on, return_days)
    if last_day is not None and today > last_day:
        return _refused(
            "past_window", sentence("The time to return this item ended on %(day)s.", day=last_day.isoformat())
        )
    if quantity > line.left:
        return _refused("quantity", f"Only {_pieces(line.left)} of this line can still be returned.")
    if quantity > line.returnable_now:
        return _refused("not_collected", f"Only {_pieces(line.returnable_now)} of this line has been collected.")
    return Verdict(True, None, "Can be returned.")


def _last_day(collected_on: date | None, return_days: int | None) -> date | None:
    if collected_on is None or return_days is None:
        return None
    return collected_on + timedelta(days=return_days)


def _refused(rule: str, words: str) -> Verdict:
    return Verdict(False, rule, words)


def _pieces(count: int) -> str:
    return "1 piece" if count == 1 else f"{count} pieces"
