"""What a scan means at the returns desk: a piece, a label, a return, an order, a customer's QR, or somebody's name."""

from __future__ import annotations

import re

from flask_babel import gettext as _

from omni_pickup.board.visits import Visit, returns_of
from omni_pickup.models.base import db
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order
from omni_pickup.models.returns import Return
from omni_pickup.models.stores import Store
from omni_pickup.queries.returns.return_lists import return_by_label
from omni_pickup.queries.returns.return_visits import Piece, visit_parts
from omni_pickup.queries.stock.items import item_by_gtin, items_by_sku
from omni_pickup.rules.pickup_qrs import parse_qr
from omni_pickup.services.customers.order_links import find_by_token, find_return_by_token

_LINK = re.compile(r"/(?P<kind>[pr])/(?P<token>[A-Za-z0-9_-]{20,})")


def address_of_scan(text: str, visit: Visit, store: Store) -> str:
    """Where `text` leads from a desk with this visit on it."""
    if not text:
        return visit.address()
    ret, position = _return(text)
    if ret is not None:
        line = f"{ret.rma_number}-{position}" if position else ""
        return visit.plus(ret.rma_number).address(**({"line": line} if line else {}))
    order = _order_of_qr(text)
    if order is not None:
        return Visit(()).address(q=order.number, visit=visit.text)
    item = item_by_gtin(text) or items_by_sku([text]).get(text)
    if item is not None:
        return _address_of_item(item, visit, store)
    # A link that opens nothing any more is still a secret: it is not repeated in an address.
    return Visit(()).address(q=str(_("this link")) if _LINK.search(text) else text, visit=visit.text)


def _return(text: str) -> tuple[Return | None, int | None]:
    link = _LINK.search(text)
    if link is not None and link["kind"] == "r":
        return find_return_by_token(link["token"]), None
    return return_by_label(text) or (None, None)


def _order_of_qr(text: str) -> Order | None:
    """The customer's page and the pickup QR both name an order; its number finds it as if it were typed."""
    link = _LINK.search(text)
    if link is not None and link["kind"] == "p":
        return find_by_token(link["token"])
    qr = parse_qr(text)
    if qr is None:
        return None
    return db.session.scalars(db.select(Order).where(Order.public_id == qr.order_id)).unique().one_or_none()


def _address_of_item(item: Item, visit: Visit, store: Store) -> str:
    """The line that waits for such a piece, else any line about it, else the question where it was bought."""
    if not visit.numbers:
        return visit.address(q=item.sku)
    pieces = [piece for part in visit_parts(returns_of(visit, store)) for piece in part.pieces]
    alike = [piece for piece in pieces if piece.line.item_id == item.id]
    best = max(alike, key=_waiting, default=None)
    return visit.address(sku=item.sku) if best is None else visit.address(line=best.key)


def _waiting(piece: Piece) -> tuple[bool, bool]:
    return piece.to_come > 0, not piece.line.counted
