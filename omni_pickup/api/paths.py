"""From the names in a path or body to rows that the caller may see. What it may not see does not exist for it."""

from __future__ import annotations

from typing import Any

from omni_pickup.api.callers import Caller
from omni_pickup.api.endpoints import Call, Endpoint
from omni_pickup.errors import Invalid, NotFound
from omni_pickup.models.orders import Order
from omni_pickup.models.returns import Return
from omni_pickup.models.stores import Store
from omni_pickup.queries.orders.orders import get_order
from omni_pickup.queries.returns.returns import get_return
from omni_pickup.queries.stores.stores import find_store

LONGEST_NAME = 200


def resolve(call: Call, endpoint: Endpoint, body: Any) -> None:
    """Fill the call's rows from its path and its body's `store`. Raises NotFound, or Invalid for the body."""
    for value in call.path.values():
        if not value.isprintable() or len(value) > LONGEST_NAME:
            raise NotFound("There is no such thing here.")
    if "code" in call.path:
        call.store = _store(call.caller, call.path["code"], may_be_new=endpoint.makes)
    if "order_id" in call.path:
        call.order = _order(call.caller, call.path["order_id"])
    if "return_id" in call.path:
        call.return_order = _return(call.caller, call.path["return_id"])
    code = getattr(body, "store", None)
    if isinstance(code, str):
        call.named_store = store_named(call.caller, code, "/store")


def store_named(caller: Caller, code: str, pointer: str) -> Store:
    """The store that a body or a query names. Raises Invalid, also for one the caller may not see."""
    store = find_store(code, lock=False)
    if store is None or not caller.sees(store.id):
        raise Invalid.at(pointer, "There is no such store.")
    return store


def _store(caller: Caller, code: str, *, may_be_new: bool) -> Store | None:
    store = find_store(code)
    if store is None and may_be_new and caller.store_ids is None:
        return None
    if store is None or not caller.sees(store.id):
        raise NotFound("There is no such store.")
    return store


def _order(caller: Caller, public_id: str) -> Order:
    order = get_order(public_id)
    if order.client_id != caller.client_id or not caller.sees(order.store_id):
        raise NotFound("There is no such order here.")
    return order


def _return(caller: Caller, public_id: str) -> Return:
    found = get_return(public_id)
    if found.client_id != caller.client_id or not caller.sees(found.store_id):
        raise NotFound("There is no such return here.")
    return found
