"""What becomes of a returned piece, proposed from why it came back and how it looks."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from omni_pickup.rules.problems import RuleProblem

RETURN_REASONS = (
    "too_small",
    "too_large",
    "changed_mind",
    "unwanted_gift",
    "arrived_late",
    "wrong_item",
    "not_as_described",
    "defective",
    "damaged_in_transit",
    "recalled",
    "other",
)

# as_new: sealed or with all labels. opened: complete, not used. worn: used or incomplete. damaged: cannot be
# sold.
CONDITIONS = ("as_new", "opened", "worn", "damaged")

DISPOSITIONS = ("restock", "refurbish", "return_to_vendor", "return_to_dc", "quarantine", "scrap")

# One column for each condition, in the order of CONDITIONS.
_TABLE: dict[str, tuple[str, str, str, str]] = {
    "too_small": ("restock", "restock", "refurbish", "scrap"),
    "too_large": ("restock", "restock", "refurbish", "scrap"),
    "changed_mind": ("restock", "restock", "refurbish", "scrap"),
    "unwanted_gift": ("restock", "restock", "refurbish", "scrap"),
    "arrived_late": ("restock", "restock", "refurbish", "scrap"),
    # A piece that was sent by mistake may not belong to this store's range at all.
    "wrong_item": ("restock", "return_to_dc", "refurbish", "scrap"),
    "not_as_described": ("restock", "refurbish", "refurbish", "return_to_vendor"),
    # A defect is the vendor's to answer, also when nothing can be seen from outside.
    "defective": ("return_to_vendor", "return_to_vendor", "return_to_vendor", "return_to_vendor"),
    "damaged_in_transit": ("quarantine", "quarantine", "quarantine", "scrap"),
    "recalled": ("quarantine", "quarantine", "quarantine", "quarantine"),
    # Nobody said why: a person looks before anything that was opened is sold again.
    "other": ("restock", "quarantine", "refurbish", "scrap"),
}

PROPOSALS: Mapping[tuple[str, str], str] = MappingProxyType(
    {(reason, condition): row[index] for reason, row in _TABLE.items() for index, condition in enumerate(CONDITIONS)}
)

TEMPERATURES = ("ambient", "chilled", "frozen")


def propose_disposition(reason: str, condition: str, *, stop_sale: bool = False, temperature: str = "ambient") -> str:
    """Return the disposition to propose; a manager may choose another.

    A recalled item is kept apart whatever it looks like. Chilled and frozen goods that left the shop are
    never sold again, because nobody knows how warm they were. Raises RuleProblem for a word outside the
    tables.
    """
    if (reason, condition) not in PROPOSALS:
        wrong = reason if reason not in RETURN_REASONS else condition
        code = "unknown_reason" if reason not in RETURN_REASONS else "unknown_condition"
        raise RuleProblem(f"{wrong!r} is not known.", code=code)
    if temperature not in TEMPERATURES:
        raise RuleProblem(f"{temperature!r} is not a temperature zone.", code="unknown_temperature")
    if stop_sale:
        return "quarantine"
    proposed = PROPOSALS[reason, condition]
    if temperature != "ambient" and proposed in ("restock", "refurbish", "return_to_dc"):
        return "scrap"
    return proposed
