"""Opening hours of a single day that differ from the week: a stocktaking, a flood, the day before a holiday."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from omni_pickup import clock
from omni_pickup.errors import Invalid
from omni_pickup.models.actors import Actor
from omni_pickup.models.base import db
from omni_pickup.models.stores import Store
from omni_pickup.queries.promises.opening_hours import hours_of
from omni_pickup.queries.stores.stores import store_shape
from omni_pickup.rules.opening_hours import HORIZON_DAYS
from omni_pickup.rules.problems import RuleProblem
from omni_pickup.rules.sentences import sentence
from omni_pickup.rules.weekly_hours import tidy_intervals
from omni_pickup.services import events

Span = tuple[str, str]


def set_day_hours(store: Store, day: date, hours: Sequence[Span] | None, *, by: Actor) -> Store:
    """Open the store on `day` from-to as told, not at all for an empty list, or as usual for None.

    New promises follow at once, because they are counted from these hours; earlier ones are checked. The store's
    version guards the list, so that of two managers the second one is told. Raises Invalid for a day that is over or
    too far, and for what is no time.
    """
    today = hours_of(store).local_day(clock.now())
    if not today <= day <= today + timedelta(days=HORIZON_DAYS):
        raise Invalid.at("/day", sentence("Choose a day from today to %(days)s days ahead.", days=HORIZON_DAYS))
    kept = [entry for entry in store.exceptions if entry["date"] != day.isoformat()]
    if hours is not None:
        kept.append({"date": day.isoformat(), "hours": _tidy(hours)})
    kept.sort(key=lambda entry: str(entry["date"]))
    if kept == store.exceptions:
        return store
    store.exceptions, store.updated_at = kept, clock.now()
    db.session.flush()
    events.record("store.changed", by=by, data=store_shape(store), store_id=store.id)
    return store


def _tidy(hours: Sequence[Span]) -> list[list[str]]:
    try:
        return [list(span) for span in tidy_intervals(hours, "/hours")]
    except RuleProblem as problem:
        raise Invalid.at("/hours", problem.message) from problem
