"""What differs between the item that was scanned and the one that is wanted, in words for a hurried reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def describe_difference(
    *,
    wanted_name: str,
    wanted_attributes: Mapping[str, Any],
    found_name: str | None,
    found_attributes: Mapping[str, Any],
) -> str:
    """Return one sentence: `Wrong size: L, not M.` where only attributes differ, else the two names.

    ``found_name`` is None for a barcode that nobody knows.
    """
    if found_name is None:
        return f"This barcode is not known here. Wanted: {wanted_name}."
    if found_name != wanted_name:
        return f"Wrong item: {found_name}, not {wanted_name}."
    differing = differing_attributes(wanted_attributes, found_attributes)
    if not differing:
        return f"This is another item that is also called {wanted_name}."
    parts = [f"{name}: {found}, not {wanted}" for name, (wanted, found) in differing.items()]
    return f"Wrong {'; wrong '.join(parts)}."


def differing_attributes(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return (wanted, found) by attribute name, in the wanted item's order; a missing one is a dash."""
    names = [*wanted, *(name for name in found if name not in wanted)]
    pairs = {name: (str(wanted.get(name, "-")), str(found.get(name, "-"))) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
