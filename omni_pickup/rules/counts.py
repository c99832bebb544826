"""When a count is believed at once, and when somebody counts again. The owner may change the figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

#: Whoever was not seen at a screen for so long is not there to count again.
SEEN_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class CountRule:
    """`recount_above` pieces, or `recount_above_minor` in minor units of the item's price, are too far off to be
    believed; `another_person` asks for other eyes, as far as there are any.
    """

    recount_above: int = 5
    recount_above_minor: int | None = None
    another_person: bool = True

    def is_far_off(self, variance: int, value_minor: int | None) -> bool:
        """Whether a count is so far from the books that it needs a second opinion."""
        dear = self.recount_above_minor is not None and value_minor is not None
        return abs(variance) > self.recount_above or (dear and abs(value_minor or 0) > (self.recount_above_minor or 0))


def count_rule(settings: Mapping[str, Any] | None) -> CountRule:
    """The rule that the owner's settings make; what they do not name is as built in."""
    usual, given = CountRule(), settings or {}
    above_minor = given.get("recount_above_minor")
    return CountRule(
        recount_above=int(given.get("recount_above", usual.recount_above)),
        recount_above_minor=None if above_minor is None else int(above_minor),
        another_person=bool(given.get("another_person", usual.another_person)),
    )
