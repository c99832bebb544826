"""Finding returns, and the shape in which machines and history see them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, or_, select

from omni_pickup.errors import NotFound
from omni_pickup.models.base import db, is_writing
from omni_pickup.models.floors import enter_floors_of
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.models.returns import RMA_BASE, Return, ReturnLine
from omni_pickup.models.stores import Store
from omni_pickup.queries.keysets import page_behind
from omni_pickup.queries.orders.orders import order_public_ids
from omni_pickup.queries.shapes import instant_shape, money_shape
from omni_pickup.queries.stores.stores import stores_by_id
from omni_pickup.rules.lifecycle import RETURN_OPEN_STATES
from omni_pickup.rules.sentences import sentence


def get_return(public_id: str) -> Return:
    """The return with its lines; inside a transaction its row is locked. Raises NotFound."""
    return _one(select(Return).where(Return.public_id == public_id))


def get_return_by_key(return_id: int) -> Return:
    """The return by its primary key, locked inside a transaction. Raises NotFound."""
    return _one(select(Return).where(Return.id == return_id))


def get_return_by_rma(rma_number: str) -> Return:
    """The return that labels and customers know by `rma_number`, in whichever store. Raises NotFound."""
    digits = rma_number.strip().upper().removeprefix("R")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 15:
        raise NotFound(sentence("There is no return %(rma_number)s.", rma_number=rma_number))
    return _one(select(Return).where(Return.id == int(digits) - RMA_BASE))


def find_return(client_id: int | None, external_id: str) -> Return | None:
    """The return that the channel calls `external_id`, or None."""
    return db.session.scalars(
        select(Return).where(Return.client_id == client_id, Return.external_id == external_id)
    ).one_or_none()


def list_returns(
    *,
    client_id: int | None = None,
    store_ids: Collection[int] | None = None,
    bound_to: Collection[int] | None = None,
    state: str | None = None,
    external_id: str | None = None,
    updated_after: datetime | None = None,
    after: int | None = None,
    limit: int = 50,
) -> list[Return]:
    """At most `limit` returns that match everything given, behind `after` (see `queries.keysets`).

    `bound_to` are the stores that the caller may see; a return that names no store yet is seen by all.
    """
    statement = page_behind(select(Return), Return, after=after, updated_after=updated_after, limit=limit)
    wanted = {Return.client_id: client_id, Return.state: state, Return.external_id: external_id}
    for column, value in wanted.items():
        if value is not None:
            statement = statement.where(column == value)
    if store_ids is not None:
        statement = statement.where(Return.store_id.in_(store_ids))
    if bound_to is not None:
        statement = statement.where(or_(Return.store_id.is_(None), Return.store_id.in_(bound_to)))
    return list(db.session.scalars(statement))


def open_returns(order: Order, store: Store) -> list[Return]:
    """Returns of the order that this store's desk may go on with, the newest first."""
    of_order = select(Return).where(Return.order_id == order.id, Return.state.in_(RETURN_OPEN_STATES))
    here = or_(Return.state == "announced", Return.store_id == store.id)
    return list(db.session.scalars(of_order.where(here).order_by(Return.id.desc())).unique())


def has_return(order_id: int) -> bool:
    """Whether any return names the order or one of its lines, as a return of its parent order may."""
    of_a_line = exists().where(
        ReturnLine.return_id == Return.id,
        ReturnLine.order_line_id == OrderLine.id,
        OrderLine.order_id == order_id,
    )
    return bool(db.session.scalar(select(exists().where(or_(Return.order_id == order_id, of_a_line)))))


def return_shape(ret: Return) -> dict[str, Any]:
    """The public shape without links, notes and personal data, as events freeze it.

    A line whose pieces came back in different conditions appears once for each, `said` being 0 on the later ones.
    """
    store = None if ret.store_id is None else db.session.get_one(Store, ret.store_id)
    return _shape(ret, store, order_public_ids([ret.order_id]).get(ret.order_id))


def return_shapes(returns: Collection[Return]) -> list[dict[str, Any]]:
    """The shapes of some returns; their stores and orders are read at once."""
    stores = stores_by_id({ret.store_id for ret in returns if ret.store_id is not None})
    public_ids = order_public_ids([ret.order_id for ret in returns])
    return [_shape(ret, stores.get(ret.store_id or 0), public_ids.get(ret.order_id)) for ret in returns]


def _shape(ret: Return, store: Store | None, order_public_id: str | None) -> dict[str, Any]:
    timezone = "UTC" if store is None else store.timezone
    return {
        "id": ret.public_id,
        "rma_number": ret.rma_number,
        "external_id": ret.external_id,
        "order": {"id": order_public_id, "external_id": ret.order_external_id},
        "store": None if store is None else store.code,
        "state": ret.state,
        "expires_at": instant_shape(ret.expires_at, timezone),
        "lines": [line_shape(line) for line in ret.lines],
        "refund": ret.refund_state,
        "refund_total": money_shape(ret.refund_due_minor, ret.currency),
        "timestamps": {
            name: instant_shape(getattr(ret, f"{name}_at"), timezone)
            for name in ("announced", "received", "inspected", "closed", "rejected", "cancelled", "expired")
        },
    }


def line_shape(line: ReturnLine) -> dict[str, Any]:
    """One line: what was said, what was counted, and what was judged, in pieces."""
    return {
        "line_id": line.line_id,
        "sku": line.sku,
        "said": line.said,
        "counted": line.counted,
        "accepted": line.accepted,
        "returnable": line.returnable,
        "rule": line.rule,
        "reason": line.reason,
        "condition": line.condition,
        "disposition": line.disposition,
    }


def _one(statement: Select[Return]) -> Return:
    if is_writing():
        # The order's store may be another one than that which receives, and the order is locked soon after.
        stores = statement.with_only_columns(Return.store_id, Order.store_id)
        enter_floors_of(stores.outerjoin(Order, Order.id == Return.order_id))
        statement = statement.with_for_update(of=Return, key_share=True).execution_options(populate_existing=True)
    ret = db.session.scalars(statement).one_or_none()
    if ret is None:
        raise NotFound("There is no such return here.")
    return ret
