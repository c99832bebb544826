"""Orders of one channel, page by page."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from omni_pickup.models.base import db
from omni_pickup.models.orders import Order
from omni_pickup.queries.keysets import page_behind


def list_orders(
    *,
    client_id: int,
    store_ids: Collection[int] | None = None,
    state: str | None = None,
    external_id: str | None = None,
    updated_after: datetime | None = None,
    after: int | None = None,
    limit: int = 50,
) -> list[Order]:
    """At most `limit` orders that match everything given, behind `after` (see `queries.keysets`)."""
    mine = select(Order).where(Order.client_id == client_id).options(selectinload(Order.codes))
    statement = page_behind(mine, Order, after=after, updated_after=updated_after, limit=limit)
    if store_ids is not None:
        statement = statement.where(Order.store_id.in_(store_ids))
    if state is not None:
        statement = statement.where(Order.state == state)
    if external_id is not None:
        statement = statement.where(Order.external_id == external_id)
    return list(db.session.scalars(statement).unique())
