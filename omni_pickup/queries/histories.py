"""Reading what was packed away."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import func, select

from omni_pickup.errors import Conflict
from omni_pickup.models.base import db
from omni_pickup.models.histories import EVENTS, HistoryMark, HistoryPage


class PageDamaged(Conflict):
    code = "history_page_damaged"
    title = "A page of the history is not what was written"


def packed_rows(kind: str) -> Iterator[dict[str, Any]]:
    """Every packed row of that table, page by page; instants are ISO 8601 texts. Raises PageDamaged."""
    pages = select(HistoryPage.id, HistoryPage.digest, HistoryPage.body).where(HistoryPage.kind == kind)
    for key, digest, body in db.session.execute(pages.order_by(HistoryPage.id).execution_options(yield_per=10)):
        if hashlib.sha256(body).hexdigest() != digest:
            raise PageDamaged(f"Page {key} of the history is damaged.")
        yield from map(json.loads, zlib.decompress(body).splitlines())


def packed_until() -> int:
    """The number of the last event that was packed; 0 before the first."""
    return db.session.scalar(select(HistoryMark.last_id).where(HistoryMark.kind == EVENTS)) or 0


def page_sums() -> Sequence[tuple[str, int, int, int]]:
    """Pages, rows and compressed bytes by table."""
    found = db.session.execute(
        select(
            HistoryPage.kind, func.count(), func.sum(HistoryPage.rows), func.sum(func.length(HistoryPage.body))
        ).group_by(HistoryPage.kind)
    )
    return [(kind, pages, int(rows), int(size)) for kind, pages, rows, size in found]
