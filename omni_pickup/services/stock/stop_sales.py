"""The recall switch: an item that may not be sold or handed over, in every store at once.

ATP is 0 while it is on (the reservation's WHERE clause asks for it), handoff refuses, and returns of it go to
quarantine. `queries.stock.recalls` lists the bags that wait and the customers who took pieces home.
"""

from __future__ import annotations

from omni_pickup.errors import Invalid
from omni_pickup.models.actors import Actor
from omni_pickup.models.items import Item
from omni_pickup.services.stock.items import set_stop_sale


def stop_sale(item: Item, *, reason: str, by: Actor) -> Item:
    """Stop promising, selling and handing over the item. A second tap answers quietly; Invalid without a reason."""
    if not reason.strip():
        raise Invalid.at("/reason", "A recall has a reason.")
    return set_stop_sale(item, True, reason=reason.strip(), by=by)


def resume_sale(item: Item, *, reason: str | None = None, by: Actor) -> Item:
    """Sell the item again; one that is on sale stays so."""
    return set_stop_sale(item, False, reason=reason, by=by)
