"""Returns that begin at the counter, with nothing announced: several orders in one visit, goods bought elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from omni_pickup import clock, keys
from omni_pickup.errors import Invalid, NotFound, WrongState
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.models.returns import Return, ReturnLine
from omni_pickup.models.stores import Store
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.queries.returns.returnable_lines import order_family, returnable_lines
from omni_pickup.queries.stock.items import items_by_sku
from omni_pickup.rules.sentences import sentence
from omni_pickup.services.customers.order_links import token_of
from omni_pickup.services.returns.return_states import record_return
from omni_pickup.services.returns.return_values import new_contact

#: A visit that came to nothing clears itself away.
WALK_IN_FOR = timedelta(days=1)


def open_walk_in(
    store: Store,
    *,
    orders: Sequence[Order] = (),
    elsewhere: Sequence[str] = (),
    customer: Mapping[str, Any] | None = None,
    by: Actor,
    at: datetime | None = None,
) -> list[Return]:
    """Open one return for each order, with only its returnable lines, and one for the SKUs bought elsewhere.

    Nothing is announced (`said` is 0): what is counted is what came. Raises Invalid for an empty visit and
    NotFound for an order of which nothing may come back.
    """
    if not orders and not elsewhere:
        raise Invalid.at("/orders", "A visit is about an order or about goods bought elsewhere.")
    moment = at or clock.now()
    opened = [_open_for_order(store, order, customer, moment) for order in orders]
    if elsewhere:
        opened.append(_open_elsewhere(store, elsewhere, customer, moment))
    for ret in opened:
        record_return(ret, "return.opened", by=by, occurred_at=at)
    return opened


def add_foreign_line(ret: Return, sku: str, *, by: Actor, at: datetime | None = None) -> ReturnLine:
    """One more item that was bought elsewhere. Raises WrongState once the desk has finished with the return."""
    if ret.state not in ("announced", "received"):
        raise WrongState(
            sentence("Return %(number)s is %(state)s.", number=ret.rma_number, state=ret.state), state=ret.state
        )
    line = _foreign_line(sku, max((line.position for line in ret.lines), default=0) + 1)
    ret.lines.append(line)
    record_return(ret, "return.line_added", by=by, occurred_at=at)
    return line


def add_order_line(ret: Return, order_line: OrderLine, *, by: Actor, at: datetime | None = None) -> ReturnLine:
    """A line of the return's own order that it does not hold yet, such as one whose time is over: the desk judges it.

    Raises WrongState once the desk has finished with the return, NotFound for a line of another order.
    """
    if ret.state not in ("announced", "received"):
        raise WrongState(
            sentence("Return %(number)s is %(state)s.", number=ret.rma_number, state=ret.state), state=ret.state
        )
    family = [] if ret.order_id is None else order_family(get_order_by_key(ret.order_id))
    if order_line.order_id not in {order.id for order in family}:
        raise NotFound("This order has no such line.")
    known = next((line for line in ret.lines if line.order_line_id == order_line.id), None)
    if known is not None:
        return known
    line = _order_line(order_line, max((line.position for line in ret.lines), default=0) + 1)
    ret.lines.append(line)
    record_return(ret, "return.line_added", by=by, occurred_at=at)
    return line


def _open_for_order(store: Store, order: Order, customer: Mapping[str, Any] | None, at: datetime) -> Return:
    lines = [_order_line(found.line, position) for position, found in enumerate(returnable_lines(order, at=at), 1)]
    return _open(
        store,
        lines,
        at,
        client_id=order.client_id,
        order_id=order.id,
        order_external_id=order.external_id,
        currency=order.currency,
        contact=new_contact(customer, order),
    )


def _open_elsewhere(store: Store, skus: Sequence[str], customer: Mapping[str, Any] | None, at: datetime) -> Return:
    lines = [_foreign_line(sku, position) for position, sku in enumerate(skus, 1)]
    return _open(store, lines, at, contact=new_contact(customer, None))


def _order_line(line: OrderLine, position: int) -> ReturnLine:
    return ReturnLine(
        line_id=line.line_id,
        position=position,
        order_line=line,
        item=line.item,
        sku=line.item.sku,
        said=0,
        unit_price_minor=line.unit_price_minor,
    )


def _foreign_line(sku: str, position: int) -> ReturnLine:
    item = items_by_sku([sku]).get(sku)
    return ReturnLine(line_id=str(position), position=position, item=item, sku=sku, said=0)


def _open(store: Store, lines: list[ReturnLine], at: datetime, **values: Any) -> Return:
    public_id = keys.new_id("ret")
    ret = Return(
        public_id=public_id,
        fingerprint="",
        store_id=store.id,
        source="desk",
        announced_at=at,
        expires_at=at + WALK_IN_FOR,
        link_digest=keys.digest(token_of("return-link", public_id, 1)),
        updated_at=clock.now(),
        lines=lines,
        **values,
    )
    db.session.add(ret)
    db.session.flush()
    return ret
