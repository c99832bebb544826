"""What was asked of a shop, when, and what it answered: the only thing that the checks know of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

#: `refused` had no effect; `unknown` may have had its effect, at any time after it began, or none.
Outcome = Literal["ok", "refused", "unknown"]
NEVER = math.inf
#: When something happened of which only the end tells, and when the end was read.
SOMETIME, AT_THE_END = 1e12, 2e12


@dataclass(frozen=True, slots=True)
class Operation:
    """One intention of one client under one key, however often it was sent.

    Kinds: `order`, `cancel`, `cancel_line`, `sell`, `read_order`, `read_level`. `given` says what about; `seen` is
    the part of the answer that the checks compare. Times are of one monotonic clock, `ended` is NEVER while unknown.
    """

    kind: str
    began: float
    ended: float
    outcome: Outcome
    given: Mapping[str, Any]
    seen: Mapping[str, Any] = field(default_factory=dict)
    #: The bytes of every 2xx answer to this key.
    answers: tuple[bytes, ...] = ()


@dataclass(slots=True)
class End:
    """What a quiet shop shows at the end, read through its API.

    `orders` maps an external_id to all orders of that name, each with `id`, `state` and `lines`
    (line id -> {"sku", "ordered", "open", "cancelled"}); `levels` an SKU to (on hand, reserved); `events` are
    (id, type, order id) in the feed's order.
    """

    orders: dict[str, list[dict[str, Any]]]
    levels: dict[str, tuple[int, int]]
    events: list[tuple[str, str, str]]


@dataclass(slots=True)
class History:
    """Everything that was recorded: pieces on hand at the start by SKU, the operations, and the end."""

    on_hand: dict[str, int]
    operations: list[Operation]
    end: End

    def of(self, *kinds: str) -> list[Operation]:
        return [one for one in self.operations if one.kind in kinds]
