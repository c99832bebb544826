"""Finding holds, and the shape in which machines see them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from omni_pickup.errors import NotFound
from omni_pickup.models.base import db, is_writing
from omni_pickup.models.floors import enter_floors_of
from omni_pickup.models.stock import Hold, HoldLine
from omni_pickup.models.stores import Store
from omni_pickup.queries.shapes import instant_shape


def get_hold(public_id: str, client_id: int) -> Hold:
    """The client's hold, locked inside a transaction. Raises NotFound, also for another client's."""
    statement = select(Hold).where(Hold.public_id == public_id, Hold.client_id == client_id)
    if is_writing():
        enter_floors_of(statement.with_only_columns(Hold.store_id))
        statement = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    hold = db.session.scalars(statement).one_or_none()
    if hold is None:
        raise NotFound("There is no such hold.")
    return hold


def held_pieces(hold: Hold) -> dict[int, int]:
    """Pieces by item id."""
    rows = db.session.execute(select(HoldLine.item_id, HoldLine.quantity).where(HoldLine.hold_id == hold.id))
    return dict(rows.all())


def hold_shape(hold: Hold) -> dict[str, Any]:
    """The contract's shape, with the store's own offset."""
    store = db.session.get_one(Store, hold.store_id)
    return {"id": hold.public_id, "state": hold.state, "expires_at": instant_shape(hold.expires_at, store.timezone)}
