"""Learned safety: raised by repeated short picks, explained in the ledger, lowered by a manager, counts and time.

Every raise knows its short picks (`ShortPick.learned_id`), so that a manager sees which ones they were, and one that
is taken back takes the raise with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, exists, func, select

from omni_pickup import clock
from omni_pickup.errors import Invalid
from omni_pickup.models.actors import SYSTEM, Actor
from omni_pickup.models.base import db
from omni_pickup.models.floors import enter_floor
from omni_pickup.models.items import Item
from omni_pickup.models.picking import ShortPick
from omni_pickup.models.stock import StockLevel, StockMovement
from omni_pickup.models.stores import Store
from omni_pickup.rules.learned_safety import (
    COUNTING_REASONS,
    QUIET_DAYS,
    WINDOW_DAYS,
    lower_after_count,
    quiet_since,
    raise_after,
)
from omni_pickup.rules.sentences import sentence
from omni_pickup.services import events
from omni_pickup.services.stock.stock_levels import record_levels
from omni_pickup.services.stock.stock_moves import Cause, lock_level, move_stock

RAISED = "learned_safety"
LOWERED = "learned_safety_lowered"


def learn_from_short(short: ShortPick, *, by: Actor) -> int:
    """Raise the learned safety if this short pick is one too many; returns by how many pieces."""
    if short.acts_as not in COUNTING_REASONS:
        return 0
    learned = lock_level(short.store_id, short.item_id)["learned_safety"]
    shorts = _new_shorts(short.store_id, short.item_id)
    more = raise_after(len(shorts), learned=learned)
    if more:
        reason = f"{len(shorts)} short picks in {WINDOW_DAYS} days"
        cause = Cause(RAISED, by, reason=reason, reference=short.public_id, order_id=short.order_id)
        _move(short.store_id, short.item_id, more, cause)
        raise_id = db.session.scalar(
            select(func.max(StockMovement.id)).where(
                StockMovement.store_id == short.store_id,
                StockMovement.item_id == short.item_id,
                StockMovement.kind == RAISED,
            )
        )
        for one in shorts:
            one.learned_id = raise_id
        db.session.flush()
    return more


def forget_short(short: ShortPick, *, by: Actor) -> None:
    """The short pick was none: take back the raise that it led to, as far as it still stands."""
    if short.learned_id is None:
        return
    if lock_level(short.store_id, short.item_id)["learned_safety"]:
        cause = Cause(RAISED, by, reason="short pick undone", reference=short.public_id)
        _move(short.store_id, short.item_id, -1, cause)
    # The others lead to a raise again together with the next ones.
    for one in db.session.scalars(select(ShortPick).where(ShortPick.learned_id == short.learned_id)).all():
        one.learned_id = None
    db.session.flush()


def lower_learned_safety(store: Store, item: Item, *, pieces: int | None = None, by: Actor) -> int:
    """A manager trusts the shelf again, by `pieces` or altogether; returns what is left. Raises Invalid."""
    learned = lock_level(store.id, item.id)["learned_safety"]
    less = learned if pieces is None else pieces
    if less < 0 or less > learned:
        raise Invalid.at("/pieces", sentence("Only %(learned)s pieces were learned.", learned=learned))
    if less:
        _move(store.id, item.id, -less, Cause(LOWERED, by, reason="lowered by a manager"))
    return learned - less


def trust_after_count(store_id: int, item_id: int, *, variance: int, by: Actor) -> int:
    """A person has counted and the books were right: one piece is promised again. Returns how many."""
    less = lower_after_count(variance, learned=lock_level(store_id, item_id)["learned_safety"])
    if less:
        _move(store_id, item_id, -less, Cause(LOWERED, by, reason="counted, and the books were right"))
    return less


def fade_learned_safety(now: datetime, limit: int = 100, *, by: Actor = SYSTEM) -> int:
    """Promise one piece again of each item that was quiet for 30 days, at most `limit` items; returns how many."""
    found = _quiet_levels(quiet_since(now)).limit(limit)
    stores = {store_id for store_id, _ in db.session.execute(found)}
    enter_floor(*stores)
    locked = found.where(StockLevel.store_id.in_(stores)).with_for_update(key_share=True)
    quiet = [tuple(place) for place in db.session.execute(locked)]
    for store_id, item_id in quiet:
        cause = Cause(LOWERED, by, reason=f"no short pick for {QUIET_DAYS} days")
        _move(store_id, item_id, -1, cause)
    return len(quiet)


def _quiet_levels(since: datetime) -> Select[int, int]:
    """Store and item of levels whose learned safety nothing changed and nothing confirmed since then."""
    level, moved, short = StockLevel, StockMovement, ShortPick
    changed = exists().where(
        moved.store_id == level.store_id,
        moved.item_id == level.item_id,
        moved.learned_safety_delta != 0,
        moved.recorded_at > since,
    )
    missed = exists().where(
        short.store_id == level.store_id,
        short.item_id == level.item_id,
        short.acts_as.in_(COUNTING_REASONS),
        short.undone_at.is_(None),
        short.recorded_at > since,
    )
    kept_back = select(level.store_id, level.item_id).where(level.learned_safety > 0, ~changed, ~missed)
    return kept_back.order_by(level.store_id, level.item_id)


def _move(store_id: int, item_id: int, pieces: int, cause: Cause) -> None:
    figures = move_stock(store_id, item_id, cause=cause, learned_safety=pieces)
    store, item = db.session.get_one(Store, store_id), db.session.get_one(Item, item_id)
    data = {
        "store": store.code,
        "sku": item.sku,
        "learned_safety": figures["learned_safety"],
        "reason": cause.reason,
    }
    events.record("stock.learned_safety_changed", by=cause.by, data=data, store_id=store_id)
    # What may be promised has changed, which is what followers of levels want to know.
    record_levels(store, [item], by=cause.by)


def _new_shorts(store_id: int, item_id: int) -> Sequence[ShortPick]:
    """Short picks of the last 30 days that led to nothing yet, and came after the shelf was last trusted again."""
    since = clock.now() - timedelta(days=WINDOW_DAYS)
    trusted_at = db.session.scalar(
        select(func.max(StockMovement.recorded_at)).where(
            StockMovement.store_id == store_id, StockMovement.item_id == item_id, StockMovement.kind == LOWERED
        )
    )
    statement = select(ShortPick).where(
        ShortPick.store_id == store_id,
        ShortPick.item_id == item_id,
        ShortPick.acts_as.in_(COUNTING_REASONS),
        ShortPick.undone_at.is_(None),
        ShortPick.found_at.is_(None),
        ShortPick.learned_id.is_(None),
        ShortPick.recorded_at > (since if trusted_at is None else max(since, trusted_at)),
    )
    return db.session.scalars(statement.order_by(ShortPick.id)).all()
