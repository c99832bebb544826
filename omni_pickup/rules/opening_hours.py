"""When a store is open, in its own time zone, answered in UTC.

Hours are wall-clock times. In the night when clocks jump forward a time that does not exist moves forward by
the gap; in the night when they fall back an hour happens twice: opening takes the first, closing the second.
An exception beats a public holiday, and a public holiday (closed) beats the week.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from omni_pickup.rules.problems import RuleProblem
from omni_pickup.rules.weekly_hours import WEEKDAYS, Intervals, minutes_of, tidy_exceptions, tidy_week

# A store that opens on none of the next days is treated as one that never opens again.
HORIZON_DAYS = 60
# Two years of round-the-clock work: whatever is longer is not a promise but a mistake in the figures.
MAX_OPEN_MINUTES = 1_051_200


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """The opening hours of one store.

    ``weekly`` maps ``mon`` to ``sun`` to ``("09:00", "21:00")`` pairs, ``exceptions`` a local date to the
    same; ``holiday_country`` (ISO 3166-1) closes the store on that country's public holidays. Raises
    RuleProblem for what is not a week: ``unknown_timezone``, ``unknown_day``, ``invalid_time``,
    ``invalid_interval``, ``overlapping_hours``, ``unknown_holidays``.
    """

    timezone: str
    weekly: Mapping[str, Sequence[tuple[str, str]]]
    exceptions: Mapping[date, Sequence[tuple[str, str]]] = field(default_factory=dict)
    holiday_country: str | None = None
    holiday_subdivision: str | None = None
    _zone: ZoneInfo = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_zone", zone_of(self.timezone))
        object.__setattr__(self, "weekly", tidy_week(self.weekly))
        object.__setattr__(self, "exceptions", tidy_exceptions(self.exceptions))
        if self.holiday_country is not None:
            _check_holidays(self.holiday_country, self.holiday_subdivision)

    def local_day(self, at: datetime) -> date:
        """Return the date on the store's wall at an instant."""
        return _utc(at).astimezone(self._zone).date()

    def local_time(self, at: datetime) -> datetime:
        """Return the instant as the store's wall clock shows it."""
        return _utc(at).astimezone(self._zone)

    def instant(self, day: date, minutes: int, *, second: bool = False) -> datetime:
        """Return the UTC instant of a wall-clock time given as minutes since midnight (1440 is the end of the
        day).

        ``second`` takes the later of two equal wall-clock times.
        """
        naive = datetime.combine(day, time()) + timedelta(minutes=minutes)
        first = naive.replace(tzinfo=self._zone, fold=0).astimezone(UTC)
        if first.astimezone(self._zone).replace(tzinfo=None) != naive:
            # The time does not exist. zoneinfo read it with the offset before the gap, which is: moved
            # forward by it.
            return first
        return naive.replace(tzinfo=self._zone, fold=1).astimezone(UTC) if second else first

    def rule_of(self, day: date) -> Intervals:
        """Return the wall-clock intervals of a local day after exceptions and holidays; none when closed."""
        if day in self.exceptions:
            return tuple(self.exceptions[day])
        if self.holiday_country and day in _holidays(self.holiday_country, self.holiday_subdivision, day.year):
            return ()
        return tuple(self.weekly[WEEKDAYS[day.weekday()]])

    def intervals_on(self, day: date) -> list[tuple[datetime, datetime]]:
        """Return the open intervals of a local day as UTC instants, sorted and disjoint."""
        found: list[tuple[datetime, datetime]] = []
        for opening, closing in self.rule_of(day):
            start = self.instant(day, minutes_of(opening))
            end = self.instant(day, minutes_of(closing), second=True)
            if found and start <= found[-1][1]:
                # The change of clocks pushed two intervals into each other.
                found[-1] = (found[-1][0], max(end, found[-1][1]))
            elif start < end:
                found.append((start, end))
        return found

    def today(self, at: datetime) -> list[tuple[str, str]]:
        """Return the intervals of the local day of ``at`` as written on the door, for pages."""
        return list(self.rule_of(self.local_day(at)))

    def closing_of(self, day: date) -> datetime | None:
        """Return the instant of the last closing of a local day, or None when the store stays closed."""
        intervals = self.intervals_on(day)
        return intervals[-1][1] if intervals else None

    def is_open(self, at: datetime) -> bool:
        """Say whether the store is open; the opening minute counts, the closing one does not."""
        return self.next_open(at) == _utc(at)

    def next_open(self, at: datetime) -> datetime | None:
        """Return the first open instant from ``at`` on (``at`` itself when open); None when closed for 60
        days.
        """
        interval = self.interval_from(_utc(at))
        return interval[0] if interval else None

    def add_open_time(self, start: datetime, minutes: float) -> datetime | None:
        """Return the instant when ``minutes`` of open time have passed since ``start``.

        Time that fills an interval ends at its closing, not at the next opening; zero minutes end where they
        start. None when the store is closed for 60 days in a row before that, or for more than two years of
        work.
        """
        if not minutes >= 0:
            raise RuleProblem("Minutes of work cannot be below 0.", code="invalid_minutes")
        if minutes > MAX_OPEN_MINUTES:
            return None
        at, left = _utc(start), timedelta(minutes=minutes)
        while left > timedelta():
            interval = self.interval_from(at)
            if interval is None:
                return None
            spent = min(left, interval[1] - interval[0])
            at, left = interval[0] + spent, left - spent
        return at

    def close_of_nth_open_day(self, after: datetime, n: int) -> datetime | None:
        """Return the closing of the Nth open day after the local day of ``after``.

        The day of ``after`` does not count, however early it is, so that a promise of "three days" never
        means two and a bit. None when the store is closed for 60 days in a row before that; RuleProblem when
        ``n`` is below 1.
        """
        if n < 1:
            raise RuleProblem("The number of open days must be at least 1.", code="invalid_days")
        day = self.local_day(after)
        for _ in range(n):
            following = self._next_open_day(day)
            if following is None:
                return None
            day = following
        return self.closing_of(day)

    def _next_open_day(self, day: date) -> date | None:
        days = (day + timedelta(days=ahead) for ahead in range(1, HORIZON_DAYS + 1))
        return next((candidate for candidate in days if self.intervals_on(candidate)), None)

    def interval_from(self, at: datetime) -> tuple[datetime, datetime] | None:
        """Return what is left at ``at`` of the interval that contains it, else the next one within the
        horizon.
        """
        for start, end in self._intervals_around(self.local_day(at)):
            if end > at:
                return (max(start, at), end)
        return None

    def _intervals_around(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        # The day before is looked at as well, because a gap at midnight moves its closing into this day.
        for ahead in range(-1, HORIZON_DAYS + 1):
            yield from self.intervals_on(day + timedelta(days=ahead))


def zone_of(name: str) -> ZoneInfo:
    """Return the time zone of the IANA database; RuleProblem (``unknown_timezone``) when there is none of
    that name.
    """
    if name not in _zone_names():
        raise RuleProblem(
            f"{name!r} is not a time zone like Europe/Warsaw.", code="unknown_timezone", pointer="/timezone"
        )
    return ZoneInfo(name)


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    """The names of the IANA database as the tzdata package lists them.

    zoneinfo itself would also read what lies beside them on this machine, such as ``localtime`` and ``right/UTC``.
    ``Factory`` is the database's word for "not set".
    """
    listed = files("tzdata").joinpath("zones").read_text(encoding="utf-8")
    return frozenset(listed.split()) - {"Factory"}


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise RuleProblem("A time needs an offset.", code="time_without_offset")
    # Far away years would overflow in the arithmetic of the horizon, and nobody means them.
    if not 1900 <= at.year <= 9000:
        raise RuleProblem(f"The year {at.year} is out of range.", code="time_out_of_range")
    return at.astimezone(UTC)


def _check_holidays(country: str, subdivision: str | None) -> None:
    # The package loads a table for every country, so it is imported by stores that use it only.
    import holidays

    supported = holidays.list_supported_countries(include_aliases=True)
    if country not in supported:
        raise RuleProblem(
            f"No public holidays are known for {country!r}.",
            code="unknown_holidays",
            pointer="/holiday_country",
        )
    if subdivision is not None and subdivision not in supported[country]:
        raise RuleProblem(
            f"No public holidays are known for {subdivision!r} in {country}.",
            code="unknown_holidays",
            pointer="/holiday_subdivision",
        )


@lru_cache(maxsize=512)
def _holidays(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    import holidays

    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year))
