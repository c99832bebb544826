"""What each short-pick reason does to the line and to the stock, as data that the owner may extend."""

from __future__ import annotations

from dataclasses import dataclass

from omni_pickup.rules.problems import RuleProblem

# The reason of pieces that could not be reserved at intake (``allow: "partial"``). Nobody picked, so no stock
# moves.
UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class ShortPickEffect:
    """Deltas for one piece, and what happens besides.

    ``blocks_item`` takes the item out of sale at that store until counted, ``opens_count`` makes a count
    task, ``flags_others`` marks other open orders of the item, ``returns_to_queue`` leaves the piece open and
    its task queued.
    """

    short: int = 0
    on_hand: int = 0
    reserved: int = 0
    quarantine: int = 0
    display: int = 0
    blocks_item: bool = False
    opens_count: bool = False
    flags_others: bool = False
    returns_to_queue: bool = False

    @property
    def asks_customer(self) -> bool:
        """A piece that becomes short is never cancelled in silence: the customer chooses."""
        return self.short > 0

    def stock_deltas(self, pieces: int) -> dict[str, int]:
        """Return the stock figures that change for ``pieces``, without the ones that stay."""
        deltas = {
            "on_hand": self.on_hand * pieces,
            "reserved": self.reserved * pieces,
            "quarantine": self.quarantine * pieces,
            "display": self.display * pieces,
        }
        return {figure: delta for figure, delta in deltas.items() if delta}


SHORT_PICK_REASONS: dict[str, ShortPickEffect] = {
    # The piece may turn up, so on hand stays until the count writes it off.
    "not_found": ShortPickEffect(short=1, reserved=-1, blocks_item=True, opens_count=True, flags_others=True),
    "mismatch": ShortPickEffect(short=1, reserved=-1, on_hand=-1, opens_count=True),
    "damaged": ShortPickEffect(short=1, reserved=-1, on_hand=-1, quarantine=1),
    "display": ShortPickEffect(short=1, reserved=-1, display=1),
    "pick_later": ShortPickEffect(returns_to_queue=True),
}


def effect_like(base_reason: str) -> ShortPickEffect:
    """Return the effect of a reason, also for a reason of the owner's own that works like ``base_reason``.

    Raises RuleProblem (``unknown_reason``) when there is no such base.
    """
    try:
        return SHORT_PICK_REASONS[base_reason]
    except KeyError:
        known = ", ".join(SHORT_PICK_REASONS)
        raise RuleProblem(
            f"{base_reason!r} is not a short-pick reason. Known: {known}.", code="unknown_reason"
        ) from None
