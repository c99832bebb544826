"""Finding cartons, and the shape in which history sees them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from omni_pickup.errors import NotFound
from omni_pickup.models.base import db, is_writing
from omni_pickup.models.floors import enter_floors_of
from omni_pickup.models.returns import Parcel, ReturnLine
from omni_pickup.models.stores import Store
from omni_pickup.queries.shapes import instant_shape
from omni_pickup.rules.sentences import sentence


def get_parcel(sscc: str) -> Parcel:
    """The carton with that SSCC; locked inside a transaction. Raises NotFound."""
    statement = select(Parcel).where(Parcel.sscc == sscc)
    if is_writing():
        enter_floors_of(statement.with_only_columns(Parcel.store_id))
        statement = statement.with_for_update(of=Parcel, key_share=True).execution_options(populate_existing=True)
    parcel = db.session.scalars(statement).one_or_none()
    if parcel is None:
        raise NotFound(sentence("There is no parcel %(sscc)s.", sscc=sscc))
    return parcel


def open_parcels(store: Store) -> list[Parcel]:
    """The cartons that are still being filled, the oldest first."""
    statement = select(Parcel).where(Parcel.store_id == store.id, Parcel.state == "open").order_by(Parcel.id)
    return list(db.session.scalars(statement))


def parcel_shape(parcel: Parcel) -> dict[str, Any]:
    """The public shape; the destination is a company's address, not a person's."""
    store = db.session.get_one(Store, parcel.store_id)
    lines = db.session.scalars(select(ReturnLine).where(ReturnLine.parcel_id == parcel.id).order_by(ReturnLine.id))
    return {
        "sscc": parcel.sscc,
        "store": store.code,
        "destination": parcel.destination,
        "state": parcel.state,
        "lines": [
            {"rma_number": line.return_order.rma_number, "sku": line.sku, "pieces": line.accepted} for line in lines
        ],
        "opened_at": instant_shape(parcel.opened_at, store.timezone),
        "closed_at": instant_shape(parcel.closed_at, store.timezone),
    }
