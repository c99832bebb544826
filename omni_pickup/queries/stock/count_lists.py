"""What was counted in a store, by whom and how far the books were off: the manager's list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from omni_pickup.models.base import db
from omni_pickup.models.items import Item
from omni_pickup.models.staff import Staff
from omni_pickup.models.stock import StockCount, StockLevel
from omni_pickup.models.stores import Store
from omni_pickup.queries.papers.paper_facts import variant

#: Rows of the list; older counts are in the event feed.
MOST_COUNTS = 100


@dataclass(frozen=True, slots=True)
class CountRow:
    """One count. `state`: believed, waiting (for a second opinion), counted_again, or outdated by a later count.

    What waits shows no figures, so that the second count is as blind as the first.
    """

    count: StockCount
    item: Item
    variant: str
    who: str
    state: str

    @property
    def is_shown(self) -> bool:
        """Whether its figures may be seen."""
        return self.state != "waiting"

    @property
    def is_priced(self) -> bool:
        """Whether the variance is known in money."""
        return self.count.value_minor is not None and self.count.currency is not None


def count_rows(store: Store) -> Sequence[CountRow]:
    """The latest counts of a store, the newest first."""
    recount = aliased(StockCount)
    again = exists().where(recount.recount_of_id == StockCount.id)
    rows = db.session.execute(
        select(StockCount, Item, Staff.name, StockLevel.counted_at, again)
        .join(Item, Item.id == StockCount.item_id)
        .join(StockLevel, (StockLevel.store_id == StockCount.store_id) & (StockLevel.item_id == StockCount.item_id))
        .outerjoin(Staff, Staff.id == StockCount.staff_id)
        .where(StockCount.store_id == store.id)
        .order_by(StockCount.id.desc())
        .limit(MOST_COUNTS)
    ).unique()
    return [
        CountRow(
            count=count,
            item=item,
            variant=variant(item),
            who=name or "",
            state=_state(count, counted_again, outdated=counted_at is not None and counted_at >= count.counted_at),
        )
        for count, item, name, counted_at, counted_again in rows
    ]


def _state(count: StockCount, counted_again: bool, *, outdated: bool) -> str:
    if count.accepted:
        return "believed"
    if counted_again:
        return "counted_again"
    return "outdated" if outdated else "waiting"
