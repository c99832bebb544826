"""Tables; only what concerns one row. Importing this package registers every table."""

from omni_pickup.models import (
    clients,
    events,
    histories,
    items,
    orders,
    paces,
    packages,
    picking,
    returns,
    staff,
    stock,
    stores,
    transfers,
)
from omni_pickup.models.base import db, is_writing, transaction

__all__ = [
    "clients",
    "db",
    "events",
    "histories",
    "is_writing",
    "items",
    "orders",
    "packages",
    "paces",
    "picking",
    "returns",
    "staff",
    "stock",
    "stores",
    "transaction",
    "transfers",
]
