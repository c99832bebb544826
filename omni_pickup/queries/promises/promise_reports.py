"""What was promised and what happened, by store and by the hour on its wall for which it was promised."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, or_, select

from omni_pickup.models.base import db
from omni_pickup.models.orders import Order
from omni_pickup.models.stores import Store
from omni_pickup.queries.promises.estimates import TO_MAKE_READY
from omni_pickup.queries.promises.opening_hours import hours_of
from omni_pickup.rules.calibrations import Calibration, calibrate
from omni_pickup.rules.lifecycle import ORDER_STATES

#: Days that a report looks back unless told otherwise: four of each weekday.
DAYS = 28


@dataclass(frozen=True, slots=True)
class PromiseReport:
    """The promises of one store that came due since a day; `hours` by the hour of the day, those without left out."""

    store: Store
    since: date
    all: Calibration
    hours: Mapping[int, Calibration]


def promise_report(store: Store, *, now: datetime, since: date | None = None) -> PromiseReport:
    """Compare the first promise of each order with when it was ready.

    One that is overdue and still not ready is broken by as much as it is overdue now, so that the worst ones are not
    left out; one that ended before it was ready, by cancelling or short picks, says nothing.
    """
    hours = hours_of(store)
    first_day = since or hours.local_day(now) - timedelta(days=DAYS)
    start = hours.instant(first_day, 0)
    errors: dict[int, list[float]] = defaultdict(list)
    for promised_at, ready_at in _due(store, start, now):
        late = ((ready_at or now) - promised_at) / timedelta(minutes=1)
        errors[hours.local_time(promised_at).hour].append(late)
    return PromiseReport(
        store,
        first_day,
        calibrate([error for of_hour in errors.values() for error in of_hour]),
        {hour: calibrate(errors[hour]) for hour in sorted(errors)},
    )


def _due(store: Store, start: datetime, now: datetime) -> list[tuple[datetime, datetime | None]]:
    overdue = and_(Order.state.in_(TO_MAKE_READY), Order.first_promised_at < now, Order.payment_state != "void")
    rows = db.session.execute(
        select(Order.first_promised_at, Order.ready_at).where(
            Order.store_id == store.id,
            # A promise is only ever replaced by a later one; all states by name lead the database to its index.
            Order.state.in_(ORDER_STATES),
            Order.promised_at >= start,
            Order.first_promised_at >= start,
            or_(Order.ready_at.is_not(None), overdue),
        )
    )
    return [(promised_at, ready_at) for promised_at, ready_at in rows]
