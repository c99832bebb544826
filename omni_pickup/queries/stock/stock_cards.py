"""One item at one store as a manager corrects it: found by what was typed or scanned, and what is known about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, select

from omni_pickup.models.base import db
from omni_pickup.models.items import Item
from omni_pickup.models.orders import NUMBER_BASE
from omni_pickup.models.picking import ShortPick
from omni_pickup.models.staff import Staff
from omni_pickup.models.stock import StockCount, StockLevel, StockMovement
from omni_pickup.models.stores import Store
from omni_pickup.queries.stock.items import item_by_gtin
from omni_pickup.queries.stock.stock import available_pieces, stock_level

#: Items that one search shows.
MOST_FOUND = 30
#: How long after a count its maker sees what the books say; then the next count is blind again.
SHOWN_AFTER_COUNT = timedelta(minutes=15)
_MOST_LEARNED = 5


@dataclass(frozen=True, slots=True)
class Missed:
    """A short pick that led to a raise of the learned safety; `found` when its pieces turned up since."""

    short_id: str
    at: datetime
    order_number: str
    reason: str
    pieces: int
    found: bool
    who: str


@dataclass(frozen=True, slots=True)
class Learned:
    """Why the system keeps pieces back: one movement of the learned safety, and the short picks behind a raise."""

    at: datetime
    pieces: int
    reason: str
    shorts: Sequence[Missed]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another store that has pieces to send."""

    code: str
    name: str
    available: int


def find_items(store: Store, text: str) -> Sequence[tuple[Item, StockLevel | None]]:
    """Items that `text` means, with their level here: one for a SKU or barcode, else those with the words in the name.

    What the store holds comes first.
    """
    text = text.strip()
    if not text:
        return []
    exact = item_by_gtin(text) or db.session.scalars(select(Item).where(Item.sku == text)).one_or_none()
    if exact is not None:
        return [(exact, stock_level(store.id, exact.id))]
    named = [Item.name.icontains(word, autoescape=True) for word in text.split()[:8]]
    rows = db.session.execute(
        select(Item, StockLevel)
        .outerjoin(StockLevel, (StockLevel.item_id == Item.id) & (StockLevel.store_id == store.id))
        .where(Item.sku.istartswith(text, autoescape=True) | and_(*named))
        .order_by(StockLevel.id.is_(None), Item.name, Item.sku)
        .limit(MOST_FOUND)
    )
    return [(item, level) for item, level in rows.unique()]


def fresh_count(store: Store, item: Item, *, staff_id: int, now: datetime) -> StockCount | None:
    """The person's own count of the item a moment ago: whoever has just counted may see the books."""
    return db.session.scalars(
        select(StockCount)
        .where(
            StockCount.store_id == store.id,
            StockCount.item_id == item.id,
            StockCount.staff_id == staff_id,
            StockCount.recorded_at > now - SHOWN_AFTER_COUNT,
        )
        .order_by(StockCount.id.desc())
        .limit(1)
    ).one_or_none()


def learned_reasons(store: Store, item: Item) -> list[Learned]:
    """The latest movements of the learned safety, the newest first."""
    rows = db.session.execute(
        select(StockMovement.id, StockMovement.recorded_at, StockMovement.learned_safety_delta, StockMovement.reason)
        .where(
            StockMovement.store_id == store.id,
            StockMovement.item_id == item.id,
            StockMovement.learned_safety_delta != 0,
        )
        .order_by(StockMovement.id.desc())
        .limit(_MOST_LEARNED)
    ).all()
    shorts = _shorts_behind([row.id for row in rows])
    return [Learned(at, pieces, reason or "", shorts.get(key, ())) for key, at, pieces, reason in rows]


def _shorts_behind(raises: Sequence[int]) -> Mapping[int | None, list[Missed]]:
    """The short picks that led to these movements, the oldest first."""
    found: dict[int | None, list[Missed]] = {}
    rows = db.session.execute(
        select(ShortPick, Staff.name)
        .outerjoin(Staff, Staff.id == ShortPick.staff_id)
        .where(ShortPick.learned_id.in_(raises))
        .order_by(ShortPick.id)
    )
    for short, name in rows:
        missed = Missed(
            short_id=short.public_id,
            at=short.at,
            order_number=str(NUMBER_BASE + short.order_id),
            reason=short.reason,
            pieces=short.pieces,
            found=short.found_at is not None,
            who=name or "",
        )
        found.setdefault(short.learned_id, []).append(missed)
    return found


def neighbours(store: Store, item: Item) -> list[Neighbour]:
    """Other stores that can promise at least one piece, those with the most first."""
    available = available_pieces()
    rows = db.session.execute(
        select(Store.code, Store.name, available)
        .join(StockLevel, StockLevel.store_id == Store.id)
        .join(Item, Item.id == StockLevel.item_id)
        .where(Item.id == item.id, Store.id != store.id, available > 0)
        .order_by(available.desc(), Store.code)
        .limit(MOST_FOUND)
    )
    return [Neighbour(code, name, int(pieces)) for code, name, pieces in rows]
