"""Who may use the office: managers in their own stores, admins in every one. Other people's stores do not exist."""

from __future__ import annotations

from typing import Any, cast

from flask import g, request, url_for
from werkzeug.wrappers import Response

from omni_pickup.errors import Forbidden, NotFound, Unauthenticated
from omni_pickup.models.stores import Store
from omni_pickup.queries.stores.stores import find_store
from omni_pickup.rules.sentences import sentence
from omni_pickup.visitors import (
    Visitor,
    current_device,
    current_visitor,
    is_public,
    note_presence,
    refuse_foreign_pages,
    turn_away,
)


def take_store_code(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Keep the address's store code for the guard, so that no view can use one that was not checked."""
    del endpoint  # Every address of the office is treated alike.
    g.store_code = values.pop("store_code", None) if values else None


def guard() -> Response | None:
    """Before every request of the office."""
    refuse_foreign_pages()
    if is_public(request.endpoint):
        return None
    visitor = current_visitor()
    if visitor is None or visitor.locked:
        return turn_away(url_for("entrance.show_sign_in"))
    require_role("manager")
    if g.store_code is not None:
        g.store = _own_store(visitor, g.store_code)
    note_presence()
    return None


def require_role(role: str) -> Visitor:
    """The signed-in person, at least of this role. Raises Forbidden, Unauthenticated."""
    visitor = current_visitor()
    if visitor is None:
        raise Unauthenticated
    if not visitor.has_role(role):
        raise Forbidden(sentence("This needs the role %(role)s.", role=role))
    return visitor


def current_store() -> Store:
    """The store named in the address, which the guard has found to be one of the person's own."""
    return cast(Store, g.store)


def at_tablet() -> bool:
    """Whether this browser is a tablet of the store in the address, on which the board's screens open too."""
    device = current_device()
    return device is not None and device.store_id == current_store().id


def _own_store(visitor: Visitor, code: str) -> Store:
    store = find_store(code)
    if store is None or not visitor.works_in(store.id):
        raise NotFound("There is no such store here.")
    return store
