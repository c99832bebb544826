"""Orders of one channel, page by page."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from omni_pickup.models.base import db
from omni_pickup.models.orders import Order


def list_orders(
    *,
    client_id: int,
    store_ids: Collection[int] | None = None,
    state: str | None = None,
    external_id: str | None = None,
    updated_after: datetime | None = None,
    after: int = 0,
    limit: int = 50,
) -> list[Order]:
    """At most `limit` orders behind the primary key `after`, oldest first, that match everything given."""
    statement = (
        select(Order)
        .where(Order.client_id == client_id, Order.id > after)
        .order_by(Order.id)
        .limit(limit)
        .options(selectinload(Order.codes))
    )
    if store_ids is not None:
        statement = statement.where(Order.store_id.in_(store_ids))
    if state is not None:
        statement = statement.where(Order.state == state)
    if external_id is not None:
        statement = statement.where(Order.external_id == external_id)
    if updated_after is not None:
        statement = statement.where(Order.updated_at > updated_after)
    return list(db.session.scalars(statement).unique())
