"""Learned safety: raised by repeated short picks, explained in the ledger, lowered by a manager."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from omni_pickup import clock
from omni_pickup.errors import Invalid
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.items import Item
from omni_pickup.models.picking import ShortPick
from omni_pickup.models.stock import StockMovement
from omni_pickup.models.stores import Store
from omni_pickup.rules.learned_safety import COUNTING_REASONS, WINDOW_DAYS, raise_after
from omni_pickup.services import events
from omni_pickup.services.stock_moves import Cause, lock_level, move_stock


def learn_from_short(short: ShortPick, *, by: Actor) -> int:
    """Raise the learned safety if this short pick is one too many; returns by how many pieces."""
    if short.acts_as not in COUNTING_REASONS:
        return 0
    learned = lock_level(short.store_id, short.item_id)["learned_safety"]
    shorts = _recent_shorts(short)
    more = raise_after(shorts, learned=learned)
    if more:
        reason = f"{shorts} short picks in {WINDOW_DAYS} days"
        cause = Cause("learned_safety", by, reason=reason, reference=short.public_id, order_id=short.order_id)
        _move(short.store_id, short.item_id, more, cause)
    return more


def forget_short(short: ShortPick, *, by: Actor) -> None:
    """The short pick was none: take back what was learned from it, as far as it still stands."""
    raised = db.session.scalar(
        select(func.coalesce(func.sum(StockMovement.learned_safety_delta), 0)).where(
            StockMovement.kind == "learned_safety", StockMovement.reference == short.public_id
        )
    )
    less = min(int(raised or 0), lock_level(short.store_id, short.item_id)["learned_safety"])
    if less > 0:
        cause = Cause("learned_safety", by, reason="short pick undone", reference=short.public_id)
        _move(short.store_id, short.item_id, -less, cause)


def lower_learned_safety(store: Store, item: Item, *, pieces: int | None = None, by: Actor) -> int:
    """A manager trusts the shelf again, by `pieces` or altogether; returns what is left. Raises Invalid."""
    learned = lock_level(store.id, item.id)["learned_safety"]
    less = learned if pieces is None else pieces
    if less < 0 or less > learned:
        raise Invalid.at("/pieces", f"Only {learned} pieces were learned.")
    if less:
        _move(store.id, item.id, -less, Cause("learned_safety", by, reason="lowered by a manager"))
    return learned - less


def _move(store_id: int, item_id: int, pieces: int, cause: Cause) -> None:
    figures = move_stock(store_id, item_id, cause=cause, learned_safety=pieces)
    data = {
        "store": db.session.get_one(Store, store_id).code,
        "sku": db.session.get_one(Item, item_id).sku,
        "learned_safety": figures["learned_safety"],
        "reason": cause.reason,
    }
    events.record("stock.learned_safety_changed", by=cause.by, data=data, store_id=store_id)


def _recent_shorts(short: ShortPick) -> int:
    return int(
        db.session.scalar(
            select(func.count(ShortPick.id)).where(
                ShortPick.store_id == short.store_id,
                ShortPick.item_id == short.item_id,
                ShortPick.acts_as.in_(COUNTING_REASONS),
                ShortPick.undone_at.is_(None),
                ShortPick.found_at.is_(None),
                ShortPick.recorded_at > clock.now() - timedelta(days=WINDOW_DAYS),
            )
        )
        or 0
    )
