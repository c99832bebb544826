"""Where returned pieces end: on a shelf, in quarantine, or out of the store's hands.

Only a piece that is scanned to its shelf raises on hand, and only at the store that received it. Quarantined pieces
are counted apart; refurbished and scrapped ones never were in this store's books, so they move no figure.
"""

from __future__ import annotations

from datetime import datetime

from omni_pickup.errors import Invalid, WrongState
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.items import Item
from omni_pickup.models.returns import Return, ReturnLine
from omni_pickup.models.stores import Store
from omni_pickup.queries.returns.returns import get_return_by_key
from omni_pickup.queries.stock.items import get_item
from omni_pickup.rules.sentences import sentence
from omni_pickup.services.returns.return_desks import check_sellable
from omni_pickup.services.returns.return_states import record_return, settle_return
from omni_pickup.services.stock.stock_deficits import recheck_deficit
from omni_pickup.services.stock.stock_levels import record_levels
from omni_pickup.services.stock.stock_moves import Cause, move_stock

#: Dispositions that end where the piece is put down; parcels are the end of the others.
PUT_DOWN = ("quarantine", "refurbish", "scrap")


def restock_piece(
    line: ReturnLine, *, pieces: int, scanned_location: str, by: Actor, at: datetime | None = None
) -> ReturnLine:
    """Pieces were scanned to their shelf: on hand of the receiving store rises, and nothing else makes it rise.

    Raises WrongState before the inspection is finished or for another disposition, Conflict for goods that are
    never sold again, Invalid for more pieces than wait or a scan of nothing.
    """
    ret, line = _locked(line)
    _check(ret, line, pieces, dispositions=("restock",))
    check_sellable(line)
    if not scanned_location.strip():
        raise Invalid.at("/location", "The shelf has to be scanned.")
    line.restocked += pieces
    _move(ret, line, "restock", pieces, reason=scanned_location.strip()[:200], by=by, at=at)
    told = {"line_id": line.line_id, "pieces": pieces, "location": scanned_location.strip()[:64]}
    record_return(ret, "return.restocked", by=by, occurred_at=at, extra={"restocked": told})
    settle_return(ret, by=by, occurred_at=at)
    return line


def route_piece(line: ReturnLine, *, pieces: int, by: Actor, at: datetime | None = None) -> ReturnLine:
    """Pieces were put into quarantine (which raises that figure), among the repairs or into the bin.

    Raises WrongState before the inspection is finished or for a disposition that ends elsewhere, Invalid for more
    pieces than wait.
    """
    ret, line = _locked(line)
    _check(ret, line, pieces, dispositions=PUT_DOWN)
    line.routed += pieces
    if line.disposition == "quarantine" and line.item_id is not None:
        _move(ret, line, "quarantine", pieces, reason=line.bin, by=by, at=at)
    told = {"line_id": line.line_id, "pieces": pieces, "disposition": line.disposition}
    record_return(ret, "return.routed", by=by, occurred_at=at, extra={"routed": told})
    settle_return(ret, by=by, occurred_at=at)
    return line


def _locked(line: ReturnLine) -> tuple[Return, ReturnLine]:
    """The line read anew under its return's lock, so that two scanners never count the same piece."""
    ret = get_return_by_key(line.return_id)
    db.session.refresh(line)
    if line.item is not None:
        get_item(line.item.sku)
    return ret, line


def _check(ret: Return, line: ReturnLine, pieces: int, *, dispositions: tuple[str, ...]) -> None:
    if ret.state != "inspected":
        raise WrongState(
            sentence("Return %(number)s is %(state)s.", number=ret.rma_number, state=ret.state), state=ret.state
        )
    if line.disposition not in dispositions:
        raise WrongState(
            sentence("These pieces are for %(disposition)s.", disposition=line.disposition),
            disposition=line.disposition,
        )
    left = line.accepted - line.restocked - line.routed
    if not 1 <= pieces <= left:
        raise Invalid.at("/pieces", sentence("Between 1 and %(left)s pieces are waiting.", left=left))


def _move(
    ret: Return, line: ReturnLine, kind: str, pieces: int, *, reason: str | None, by: Actor, at: datetime | None
) -> None:
    if ret.store_id is None or line.item_id is None:
        raise WrongState("No store has received these pieces.", state=ret.state)
    cause = Cause(kind, by, reason=reason, order_id=ret.order_id, return_line_id=line.id, occurred_at=at)
    figure = "on_hand" if kind == "restock" else "quarantine"
    move_stock(ret.store_id, line.item_id, cause=cause, **{figure: pieces})
    recheck_deficit(ret.store_id, line.item_id, by=by)
    store, item = db.session.get_one(Store, ret.store_id), db.session.get_one(Item, line.item_id)
    record_levels(store, [item], by=by)
