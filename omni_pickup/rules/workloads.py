"""When a store's people are through with their work: open hours, who is there, and how fast that hour is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from omni_pickup.rules.opening_hours import OpeningHours
from omni_pickup.rules.paces import Pace, hour_of_week

# Further ahead nobody knows how fast an hour will be, and counting hour by hour would only cost time.
_HOUR_BY_HOUR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Crew:
    """Who fetches: ``planned`` people at any time, but ``on_shift`` ones until ``until`` when that is known.

    Nobody at all counts as one: a store that promises has somebody who picks.
    """

    planned: int
    on_shift: int | None = None
    until: datetime | None = None

    def pickers_at(self, at: datetime) -> int:
        """People who fetch at that instant, at least one."""
        if self.knows(at):
            return max(1, self.on_shift or 0)
        return max(1, self.planned)

    def knows(self, at: datetime) -> bool:
        """Whether somebody was counted on shift who is still there at that instant."""
        return bool(self.on_shift) and self.until is not None and at < self.until


ONE_PERSON = Crew(1)


def done_at(hours: OpeningHours, start: datetime, minutes: float, *, pace: Pace, crew: Crew) -> datetime | None:
    """Return when ``crew`` is through with ``minutes`` of one person's work, begun at ``start``.

    Only open time counts; each hour has its own speed. None when the store is closed for 60 days before that, or
    for more than two years of work.
    """
    if not pace.factors and not crew.knows(start):
        return hours.add_open_time(start, minutes / max(1, crew.planned))
    at, left = start, minutes
    closes = at
    while left > 0 and at < start + _HOUR_BY_HOUR:
        if at >= closes:
            interval = hours.interval_from(at)
            if interval is None:
                return None
            at, closes = interval
        end = min(closes, _next_change(hours, at, crew))
        speed = crew.pickers_at(at) / pace.factor_at(hour_of_week(hours.local_time(at)))
        possible = (end - at) / timedelta(minutes=1) * speed
        if possible >= left:
            return at + timedelta(minutes=left / speed)
        at, left = end, left - possible
    return hours.add_open_time(at, max(0.0, left) / max(1, crew.planned))


def _next_change(hours: OpeningHours, at: datetime, crew: Crew) -> datetime:
    """The next full hour on the store's wall, or the end of the shift that is known before that."""
    local = hours.local_time(at)
    full_hour = (
        at + timedelta(hours=1) - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    )
    return min(full_hour, crew.until) if crew.until is not None and crew.knows(at) else full_hour
