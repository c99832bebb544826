"""What the pages of the returns desk show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from omni_pickup.board import return_words
from omni_pickup.board.visits import Visit, returns_of
from omni_pickup.models.items import Item
from omni_pickup.models.returns import Return
from omni_pickup.models.staff import Staff
from omni_pickup.models.stores import Store
from omni_pickup.pages import money_words
from omni_pickup.queries.returns import return_lists, return_visits
from omni_pickup.queries.returns.return_visits import Part, Piece
from omni_pickup.queries.stock.items import item_by_gtin, items_by_sku
from omni_pickup.queries.stores.staff import staff_with_pin
from omni_pickup.rules.codes import short_name
from omni_pickup.services.returns.return_desks import WAIVABLE
from omni_pickup.visitors import current_visitor


def list_context(store: Store, now: datetime, *, text: str, visit: Visit) -> dict[str, Any]:
    """The list of everything that waits, or what `text` found."""
    return {
        "store": store,
        "now": now,
        "text": text,
        "visit": visit,
        "found": return_lists.orders_to_return(text, now) if text else [],
        "item": _item(text) if text else None,
        "announced": return_lists.announced_returns(store),
        "at_desk": return_lists.desk_returns(store),
        "waiting": return_lists.waiting_pieces(store),
        "parcels": return_lists.parcel_rows(store, now),
        "words": return_words,
        "short_name": short_name,
        "bought_at": return_visits.bought_at,
    }


def desk_context(
    store: Store, now: datetime, visit: Visit, *, chosen: str, done: str, sku: str, seen: str = ""
) -> dict[str, Any]:
    """The pieces on the counter, the one that is looked at, what was judged last, and the money.

    `seen` is a piece whose verdict somebody wants to see again.
    """
    returns = returns_of(visit, store)
    parts = return_visits.visit_parts(returns)
    pieces = [piece for part in parts for piece in part.pieces]
    again = next((one for one in pieces if one.key == seen and one.is_full), None)
    last = again or _named(pieces, done)
    item = _item(sku) if sku else None
    piece = None if item else again or _named(pieces, chosen) or _next(pieces) or last
    judged = None if piece is None else return_visits.judge_piece(piece, now)
    return {
        "store": store,
        "now": now,
        "visit": visit,
        "parts": parts,
        "who": _who(parts),
        "piece": piece,
        "is_judged": piece is not None and piece is last and (piece is again or not _named(pieces, chosen)),
        "last": last,
        "judged": judged,
        "waivable": judged is not None and judged.rule in WAIVABLE,
        "item": item,
        "left_out": return_visits.left_out_line(parts, item) if item else None,
        "is_open": any(ret.state in ("announced", "received") for ret in returns),
        "accepted": sum(one.line.accepted for one in pieces),
        "refused": sum((one.line.counted or 0) - one.line.accepted for one in pieces),
        "money": money(returns),
        "refunds": [ret for ret in returns if ret.refund_state != "none"],
        "labels": return_visits.labels_printed(returns),
        "waiting": return_lists.waiting_pieces(store, returns),
        "parcels": return_lists.parcel_rows(store, now),
        "managers": managers(store),
        "words": return_words,
        "bought_at": return_visits.bought_at,
    }


def managers(store: Store) -> list[Staff]:
    """Who may nod, unless the person at the tablet may decide alone."""
    visitor = current_visitor()
    if visitor is None or visitor.has_role("manager"):
        return []
    return [person for person in staff_with_pin(store) if person.has_role("manager")]


def money(returns: Sequence[Return]) -> str:
    """What the shop owes for the accepted pieces, by currency."""
    sums: dict[str, int] = {}
    for ret in returns:
        if ret.currency is not None:
            due = sum(line.refund_minor for line in ret.lines)
            sums[ret.currency] = sums.get(ret.currency, 0) + due
    amounts = [money_words(minor, currency) for currency, minor in sorted(sums.items()) if minor]
    return " + ".join(amounts)


def _item(text: str) -> Item | None:
    return item_by_gtin(text) or items_by_sku([text]).get(text)


def _named(pieces: Sequence[Piece], key: str) -> Piece | None:
    return next((piece for piece in pieces if piece.key == key), None)


def _next(pieces: Sequence[Piece]) -> Piece | None:
    """The next announced piece; without paper only a scan can tell, unless there is just one."""
    if len(pieces) == 1 and not pieces[0].line.counted:
        return pieces[0]
    return next((piece for piece in pieces if piece.to_come), None)


def _who(parts: Sequence[Part]) -> str:
    """Walk-in, 2 orders, Nowak A."""
    kind = _kind([part.ret for part in parts])
    orders = _("%(n)s orders", n=len(parts)) if len(parts) > 1 else ""
    name = next((part.ret.contact.name for part in parts if part.ret.contact and part.ret.contact.name), None)
    return ", ".join(text for text in (str(kind), str(orders), short_name(name or "")) if text)


def _kind(returns: Sequence[Return]) -> str:
    """How far the visit has come, told by what is furthest behind; before that, how it began."""
    states = {ret.state for ret in returns}
    if states & {"announced", "received"}:
        return str(_("Walk-in") if all(ret.source == "desk" for ret in returns) else _("Announced"))
    ends = {"inspected": _("Received"), "closed": _("Closed"), "rejected": _("Refused"), "cancelled": _("Called off")}
    return next((str(words) for state, words in ends.items() if state in states), str(_("Not brought in time")))
