"""When a count is believed at once, and when somebody counts again. The owner may change the figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

#: Whoever was not seen at a screen for so long is not there to count again.
SEEN_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class CountRule:
    """More than `recount_above` pieces, or more than `recount_above_value` in whole units of the price's currency,
    are too far off to be believed; `another_person` asks for other eyes, as far as there are any.
    """

    recount_above: int = 5
    recount_above_value: int | None = None
    another_person: bool = True

    def is_far_off(self, variance: int, value: Decimal | None) -> bool:
        """Whether a count is so far from the books, in pieces or in money, that it needs a second opinion."""
        if abs(variance) > self.recount_above:
            return True
        return value is not None and self.recount_above_value is not None and abs(value) > self.recount_above_value


def count_rule(settings: Mapping[str, Any] | None) -> CountRule:
    """The rule that the owner's settings make; what they do not name is as built in."""
    usual, given = CountRule(), settings or {}
    value = given.get("recount_above_value")
    return CountRule(
        recount_above=int(given.get("recount_above", usual.recount_above)),
        recount_above_value=None if value is None else int(value),
        another_person=bool(given.get("another_person", usual.another_person)),
    )
