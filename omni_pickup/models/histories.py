"""What happened long ago: events and movements as they were, packed into pages, and how far that has come."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from omni_pickup.models.base import Minor, Model, PrimaryKey

EVENTS, MOVEMENTS = "events", "stock_movements"


class HistoryPage(Model):
    """Rows of one table, unchanged, as compressed JSON lines in the order of their keys. Written once.

    `digest` is the SHA-256 of `body`; `rows` of them lie between the keys `first_id` and `last_id`.
    """

    __tablename__ = "history_pages"
    __table_args__ = (Index("ix_history_pages_kind", "kind", "last_id"),)

    id: Mapped[PrimaryKey]
    kind: Mapped[str] = mapped_column(String(16))
    first_id: Mapped[Minor]
    last_id: Mapped[Minor]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    rows: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    packed_at: Mapped[datetime]


class HistoryMark(Model):
    """How far packing has come: the last packed event, or the last level whose movements were looked through.

    Whoever packs locks the row. `rests_until` is when the next round over the levels begins.
    """

    __tablename__ = "history_marks"

    id: Mapped[PrimaryKey]
    kind: Mapped[str] = mapped_column(String(16), unique=True)
    last_id: Mapped[Minor] = mapped_column(default=0)
    rests_until: Mapped[datetime | None]
