"""Stores that take orders, orders placed there, and orders that must leave no trace."""

from __future__ import annotations

from typing import Any

import pytest

from omni_pickup.errors import OperationError
from omni_pickup.models import transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.clients import Client
from omni_pickup.models.orders import Order
from omni_pickup.models.stores import Store
from omni_pickup.services.orders.orders import place_order
from omni_pickup.services.stores.stores import put_store
from tests.builders import dump_tables, store_values


def make_place(code: str, **values: Any) -> Store:
    """A store in Warszawa that is open from 09:00 to 21:00."""
    with transaction():
        return put_store(code, store_values(**values), by=SYSTEM)[0]


def place(client: Client, values: dict[str, Any], **named: Any) -> tuple[Order, bool]:
    """An order in a transaction of its own, and whether it is new."""
    with transaction():
        return place_order(values, client_id=client.id, by=SYSTEM, **named)


def refused(client: Client, values: dict[str, Any], error: type[OperationError], **named: Any) -> OperationError:
    """The error of an order that must leave no trace."""
    before = dump_tables()
    with pytest.raises(error) as caught:
        place(client, values, **named)
    assert dump_tables() == before
    return caught.value
