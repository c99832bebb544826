"""What to say when the scanner read something else: the difference first, in words for a hurried reader."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from omni_pickup.models.base import db
from omni_pickup.models.items import Item
from omni_pickup.queries.papers.paper_facts import attributes_of
from omni_pickup.rules.item_differences import differing_attributes

#: What people call the facts that tell items apart; others keep the owner's own names.
_NAMES = {"size": "Size", "colour": "Colour", "color": "Colour", "volume": "Volume", "weight": "Weight"}


def difference(wanted: Item, found_sku: str | None, text: str) -> dict[str, Any]:
    """What the red block shows: a headline, the two items, and which of their facts differ."""
    found = db.session.scalars(select(Item).where(Item.sku == found_sku)).one_or_none() if found_sku else None
    differing = _differing(wanted, found)
    return {
        "headline": _headline(wanted, found, differing),
        "wanted": wanted,
        "found": found,
        "text": text,
        "rows": _rows(wanted, found),
        "differing": set(differing),
    }


def _differing(wanted: Item, found: Item | None) -> dict[str, tuple[str, str]]:
    return {} if found is None else differing_attributes(dict(attributes_of(wanted)), dict(attributes_of(found)))


def _headline(wanted: Item, found: Item | None, differing: dict[str, tuple[str, str]]) -> str:
    if found is None:
        return str(_("Unknown barcode"))
    if found.name != wanted.name:
        return str(_("Wrong item"))
    if len(differing) != 1:
        names = [attribute_name(name).lower() for name in differing]
        return (
            str(_("Wrong %(what)s", what=f" {_('and')} ".join(names))) if names else str(_("Another item of that name"))
        )
    ((name, (needed, scanned)),) = differing.items()
    return str(
        _("Wrong %(what)s: %(found)s, not %(wanted)s", what=attribute_name(name).lower(), found=scanned, wanted=needed)
    )


def attribute_name(name: str) -> str:
    """What people call a fact such as `colour`."""
    return str(_(_NAMES[name])) if name in _NAMES else name.replace("_", " ").capitalize()


def _rows(wanted: Item, found: Item | None) -> list[tuple[str, str, str, str]]:
    """Key, name, what was scanned and what is needed, for each fact that either of them has."""
    needed, scanned = dict(attributes_of(wanted)), dict(attributes_of(found)) if found else {}
    return [
        (name, attribute_name(name), scanned.get(name, "-"), needed.get(name, "-")) for name in {**needed, **scanned}
    ]
