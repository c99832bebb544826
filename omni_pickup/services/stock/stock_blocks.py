"""An item that could not be found is out of sale at that store until somebody counts it or finds it."""

from __future__ import annotations

from sqlalchemy import select, update

from omni_pickup import clock
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.models.stock import StockLevel
from omni_pickup.models.stores import Store
from omni_pickup.rules.lifecycle import ORDER_OPEN_STATES
from omni_pickup.services import events
from omni_pickup.services.order_states import record_order
from omni_pickup.services.stock.stock_moves import lock_level


def block_item(store_id: int, item_id: int, *, by: Actor) -> bool:
    """Promise none of it any more; False when it was blocked already."""
    return _set_blocked(store_id, item_id, True, by=by)


def lift_block(store_id: int, item_id: int, *, by: Actor) -> bool:
    """Promise it again; False when it was not blocked."""
    return _set_blocked(store_id, item_id, False, by=by)


def is_blocked(store_id: int, item_id: int) -> bool:
    """Whether the item is out of sale at that store until counted."""
    return bool(
        db.session.scalar(
            select(StockLevel.blocked).where(StockLevel.store_id == store_id, StockLevel.item_id == item_id)
        )
    )


def flag_others(store_id: int, item_id: int, *, but: Order, by: Actor) -> list[OrderLine]:
    """Mark the unfetched pieces of every other open order of the item: they may not be there either."""
    lines = [line for line in _waiting_lines(store_id, item_id) if line.order_id != but.id]
    for line in lines:
        line.endangered = line.open - line.picked
        record_order(line.order, "order.endangered", by=by, extra={"line_id": line.line_id, "pieces": line.endangered})
    return lines


def _waiting_lines(store_id: int, item_id: int) -> list[OrderLine]:
    statement = (
        select(OrderLine)
        .join(Order)
        .where(Order.store_id == store_id, Order.state.in_(ORDER_OPEN_STATES), OrderLine.item_id == item_id)
        .where(OrderLine.open > OrderLine.picked)
        .order_by(OrderLine.id)
    )
    return list(db.session.scalars(statement).unique())


def _set_blocked(store_id: int, item_id: int, blocked: bool, *, by: Actor) -> bool:
    lock_level(store_id, item_id)
    if is_blocked(store_id, item_id) == blocked:
        return False
    now = clock.now()
    db.session.execute(
        update(StockLevel)
        .where(StockLevel.store_id == store_id, StockLevel.item_id == item_id)
        .values(
            blocked=blocked,
            blocked_at=now if blocked else None,
            version=StockLevel.version + 1,
            updated_at=now,
        )
        .execution_options(synchronize_session=False)
    )
    sku = db.session.get_one(Item, item_id).sku
    store = db.session.get_one(Store, store_id)
    word = "stock.blocked" if blocked else "stock.block_lifted"
    events.record(word, by=by, data={"store": store.code, "sku": sku}, store_id=store_id)
    return True
