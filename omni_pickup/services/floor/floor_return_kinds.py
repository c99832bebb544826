"""Commands of the returns desk, the shelf and the parcels; a part of `floor_kinds`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select

from omni_pickup.errors import Invalid, NotFound
from omni_pickup.models.base import db
from omni_pickup.models.orders import OrderLine
from omni_pickup.models.returns import Parcel, Return, ReturnLine
from omni_pickup.queries.orders.orders import get_order, get_order_by_key
from omni_pickup.queries.returns.parcels import get_parcel, parcel_shape
from omni_pickup.queries.returns.returns import get_return, line_shape
from omni_pickup.queries.stock.items import item_by_gtin
from omni_pickup.services.floor.floor_payloads import Action
from omni_pickup.services.returns.parcels import add_to_parcel, close_parcel, open_parcel
from omni_pickup.services.returns.restocks import restock_piece, route_piece
from omni_pickup.services.returns.return_desks import (
    finish_inspection,
    override_disposition,
    receive_piece,
    reject_return,
)
from omni_pickup.services.returns.return_undos import undo_piece
from omni_pickup.services.returns.returns import cancel_return
from omni_pickup.services.returns.walk_ins import add_foreign_line, add_order_line, open_walk_in


def _open_walk_in(action: Action) -> dict[str, Any]:
    """For an order of any store, or for an item that was bought elsewhere."""
    order_id = action.maybe_text("order")
    opened = open_walk_in(
        action.store,
        orders=[get_order(order_id)] if order_id else [],
        elsewhere=[action.text("sku")] if not order_id else [],
        by=action.by,
        at=action.at,
    )
    visit = action.maybe_text("visit") or ""
    return {**_answer(opened[0], opened[0].lines[0]), "visit": visit, "look_at": not order_id}


def _add_line(action: Action) -> dict[str, Any]:
    """A line of the return's order that was left out, or one more item that was bought elsewhere."""
    ret, line_id = _return(action), action.maybe_text("line_id")
    if line_id is None:
        return {**_answer(ret, add_foreign_line(ret, action.text("sku"), by=action.by, at=action.at)), "look_at": True}
    order_line = None
    if ret.order_id is not None:
        order = get_order_by_key(ret.order_id)
        order_line = db.session.scalars(
            select(OrderLine).where(OrderLine.order_id == order.id, OrderLine.line_id == line_id)
        ).one_or_none()
    if order_line is None:
        raise NotFound("This order has no such line.")
    return {**_answer(ret, add_order_line(ret, order_line, by=action.by, at=action.at)), "look_at": True}


def _receive(action: Action) -> dict[str, Any]:
    ret = _return(action)
    line, judged = receive_piece(
        ret,
        _line(ret, action),
        pieces=action.count("pieces", 1),
        reason=action.text("reason"),
        condition=action.text("condition"),
        store=action.store,
        serial=action.maybe_text("serial"),
        bin=action.maybe_text("bin"),
        waived=action.flag("waived"),
        by=action.by,
        at=action.at,
    )
    return {**_answer(ret, line), "accepted": judged.returnable, "rule": judged.rule}


def _undo(action: Action) -> dict[str, Any]:
    ret = _return(action)
    line = undo_piece(ret, _line(ret, action), store=action.store, by=action.by, at=action.at)
    return {**_answer(ret, line), "look_at": True}


def _override(action: Action) -> dict[str, Any]:
    ret = _return(action)
    line = override_disposition(_line(ret, action), disposition=action.text("disposition"), by=action.by, at=action.at)
    return _answer(ret, line)


def _finish(action: Action) -> dict[str, Any]:
    """The whole visit, which may be about several orders; what was announced and did not come stays announced."""
    names = action.texts("returns") or [action.text("return")]
    visit = [_checked(get_return(public_id), action) for public_id in names]
    for ret in sorted(visit, key=lambda one: one.id):
        if ret.state != "announced":
            finish_inspection(ret, by=action.by, at=action.at)
    return {"returns": [{"id": ret.public_id, "rma_number": ret.rma_number, "state": ret.state} for ret in visit]}


def _cancel(action: Action) -> dict[str, Any]:
    """A visit that was begun here by mistake; what a customer announced is the customer's to call off."""
    ret = _return(action)
    if ret.source != "desk" or ret.store_id != action.store.id:
        raise NotFound("There is no such visit here.")
    return _answer(cancel_return(ret, reason="desk", by=action.by, at=action.at))


def _reject(action: Action) -> dict[str, Any]:
    return _answer(reject_return(_return(action), reason=action.text("reason"), by=action.by, at=action.at))


def _restock(action: Action) -> dict[str, Any]:
    ret, location = _return(action), action.text("location")
    if item_by_gtin(location) is not None:
        raise Invalid.at("/payload/location", "That is an item, not a shelf.")
    line = restock_piece(
        _line(ret, action),
        pieces=action.count("pieces", 1),
        scanned_location=location,
        by=action.by,
        at=action.at,
    )
    return _answer(ret, line)


def _route(action: Action) -> dict[str, Any]:
    ret = _return(action)
    line = route_piece(_line(ret, action), pieces=action.count("pieces", 1), by=action.by, at=action.at)
    return _answer(ret, line)


def _open_parcel(action: Action) -> dict[str, Any]:
    destination = {"kind": action.text("destination"), "name": action.text("name")}
    if (address := action.maybe_text("address")) is not None:
        destination["address"] = address
    return {"parcel": parcel_shape(open_parcel(action.store, destination=destination, by=action.by, at=action.at))}


def _fill_parcel(action: Action) -> dict[str, Any]:
    parcel, ret = _parcel(action), _return(action)
    return {"parcel": parcel_shape(add_to_parcel(parcel, _line(ret, action), by=action.by, at=action.at))}


def _close_parcel(action: Action) -> dict[str, Any]:
    return {"parcel": parcel_shape(close_parcel(_parcel(action), by=action.by, at=action.at))}


def _parcel(action: Action) -> Parcel:
    parcel = get_parcel(action.text("parcel"))
    if parcel.store_id != action.store.id:
        raise NotFound("There is no such parcel here.")
    return parcel


def _return(action: Action) -> Return:
    return _checked(get_return(action.text("return")), action)


def _checked(ret: Return, action: Action) -> Return:
    """Announced goods may come to any store; from the first counted piece on they are one store's business."""
    if ret.state != "announced" and ret.store_id != action.store.id:
        raise NotFound("There is no such return here.")
    return ret


def _line(ret: Return, action: Action) -> ReturnLine:
    position = action.count("position")
    line = next((one for one in ret.lines if one.position == position), None)
    if line is None:
        raise NotFound("This return has no such line.")
    return line


def _answer(ret: Return, line: ReturnLine | None = None) -> dict[str, Any]:
    db.session.flush()
    answer: dict[str, Any] = {
        "return": {"id": ret.public_id, "rma_number": ret.rma_number, "state": ret.state, "version": ret.version}
    }
    if line is not None:
        answer["line"] = {"position": line.position, **line_shape(line)}
    return answer


RETURN_KINDS: Mapping[str, Callable[[Action], dict[str, Any]]] = {
    "open_walk_in": _open_walk_in,
    "add_return_line": _add_line,
    "receive_piece": _receive,
    "undo_piece": _undo,
    "override_disposition": _override,
    "finish_inspection": _finish,
    "cancel_return": _cancel,
    "reject_return": _reject,
    "restock_piece": _restock,
    "route_piece": _route,
    "open_parcel": _open_parcel,
    "fill_parcel": _fill_parcel,
    "close_parcel": _close_parcel,
}
