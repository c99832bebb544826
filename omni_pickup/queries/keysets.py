"""Pages of a list that no page before them makes slower: each begins behind the last row of the one before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, tuple_

from omni_pickup.models.orders import Order
from omni_pickup.models.returns import Return


def page_behind(
    rows: Select[Any], model: type[Order | Return], *, after: int | None, updated_after: datetime | None, limit: int
) -> Select[Any]:
    """At most `limit` rows behind the key `after`, oldest first.

    With `updated_after` those changed later than that, in the order of their change; then `after` is the key of the
    row that was changed at exactly that instant and was on the page before.
    """
    if updated_after is None:
        return rows.where(model.id > (after or 0)).order_by(model.id).limit(limit)
    behind = model.updated_at > updated_after
    if after is not None:
        behind = tuple_(model.updated_at, model.id) > (updated_after, after)
    return rows.where(behind).order_by(model.updated_at, model.id).limit(limit)
