"""Who may use the board: a person who works in the store of an enrolled tablet, and has unlocked it."""

from __future__ import annotations

from flask import request, url_for
from werkzeug.wrappers import Response

from omni_pickup.errors import Unauthenticated
from omni_pickup.models.staff import Device
from omni_pickup.models.stores import Store
from omni_pickup.queries.stores.sign_ins import Tablet
from omni_pickup.visitors import (
    current_device,
    current_visitor,
    is_public,
    note_presence,
    refuse_foreign_pages,
    turn_away,
)


def guard() -> Response | None:
    """Before every request of the board, the public ones included."""
    refuse_foreign_pages()
    if is_public(request.endpoint):
        return None
    visitor = current_visitor()
    if visitor is None or visitor.tablet is None or visitor.locked or not visitor.works_in(visitor.tablet.store_id):
        return turn_away(url_for("board.show_lock"))
    note_presence()
    return None


def current_tablet() -> Tablet:
    """What the guard has read about the tablet, without another question to the database. Raises Unauthenticated."""
    visitor = current_visitor()
    if visitor is None or visitor.tablet is None:
        raise Unauthenticated
    return visitor.tablet


def need_device() -> Device:
    """The tablet that sent this request. Raises Unauthenticated for any other browser."""
    device = current_device()
    if device is None:
        raise Unauthenticated("This tablet is not enrolled, or was taken out of service.")
    return device


def current_store() -> Store:
    """The store that the tablet stands in."""
    return need_device().store
