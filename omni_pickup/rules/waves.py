"""Which orders go into one walk through the shop, in which order the shelves come, and which tote is
whose.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

_LETTERS_OR_NUMBER = re.compile(r"[0-9]+|[^\W0-9_]+")
_NEVER = datetime.max.replace(tzinfo=UTC)

WalkKey = tuple[bool, tuple[tuple[int, int, str], ...]]


@dataclass(frozen=True, slots=True)
class WalkTask:
    """A stop of a walk: the key of the pick task, where the item lies (None when nobody said) and its SKU."""

    key: int
    location: str | None
    sku: str


@dataclass(frozen=True, slots=True)
class WaveCandidate:
    """An order with queued pieces.

    ``waiting_since`` is when its customer came (None: not here), ``pickable`` is false for what nobody may
    fetch now (payment void, sale stopped, every piece blocked).
    """

    key: int
    pieces: int
    placed_at: datetime
    promised_at: datetime | None = None
    waiting_since: datetime | None = None
    pickable: bool = True


@dataclass(frozen=True, slots=True)
class WaveOrder:
    """An order of a planned wave and the letter of its tote."""

    key: int
    tote: str


def walk_key(location: str | None) -> WalkKey:
    """Return a sort key that walks A-2 before A-10; what has no location comes last.

    Only letters and numbers count, so that ``A-3``, ``a 03`` and ``A3`` are one shelf.
    """
    parts = tuple(_walk_part(part) for part in _LETTERS_OR_NUMBER.findall((location or "").casefold()))
    return (not parts, parts)


def _walk_part(part: str) -> tuple[int, int, str]:
    # A number comes before a word and is compared by its length first, which needs no limit on its digits.
    if part[0] in "0123456789":
        digits = part.lstrip("0")
        return (0, len(digits), digits)
    return (1, 0, part)


def walk_order(tasks: Iterable[WalkTask]) -> list[WalkTask]:
    """Return the tasks in walk order; the same shelf goes by SKU, so that equal pieces are fetched
    together.
    """
    return sorted(tasks, key=lambda task: (walk_key(task.location), task.sku, task.key))


def tote_letter(index: int) -> str:
    """Return A to Z for 0 to 25, then AA, AB and so on. Raises ValueError below 0."""
    if index < 0:
        raise ValueError("totes are counted from 0")
    letters = ""
    left = index + 1
    while left:
        left, place = divmod(left - 1, 26)
        letters = chr(ord("A") + place) + letters
    return letters


def urgency(candidate: WaveCandidate) -> tuple[bool, datetime, datetime, datetime, int]:
    """Return a sort key: waiting people first (longest first), then the earliest promise, then the oldest
    order.
    """
    return (
        candidate.waiting_since is None,
        candidate.waiting_since or _NEVER,
        candidate.promised_at or _NEVER,
        candidate.placed_at,
        candidate.key,
    )


def plan_wave(candidates: Sequence[WaveCandidate], *, size: int = 6, max_pieces: int | None = None) -> list[WaveOrder]:
    """Choose at most ``size`` orders, most urgent first, with at most ``max_pieces`` together.

    An order that does not fit is left for the next wave while smaller ones behind it may still come along;
    the most urgent one always goes, because an order larger than the limit would otherwise never be picked.
    """
    chosen: list[WaveOrder] = []
    pieces = 0
    for candidate in sorted(candidates, key=urgency):
        if len(chosen) >= size:
            break
        if not candidate.pickable or candidate.pieces <= 0:
            continue
        if chosen and max_pieces is not None and pieces + candidate.pieces > max_pieces:
            continue
        chosen.append(WaveOrder(candidate.key, tote_letter(len(chosen))))
        pieces += candidate.pieces
    return chosen
