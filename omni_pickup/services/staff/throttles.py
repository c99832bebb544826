"""Attempts at secrets, counted in the database, so that every process and every thread shares one limit.

An attempt is reserved in a transaction of its own *before* the secret is compared: guesses that run side by side
then cannot all be evaluated before the first one is counted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import case, delete, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from omni_pickup import clock
from omni_pickup.errors import Throttled
from omni_pickup.models.base import db
from omni_pickup.models.staff import Throttle


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `attempts` in any window that begins with the first of them."""

    attempts: int
    window: timedelta


#: pin: per person and device. password: per login and address. address: all logins from one address.
#: code: pickup codes, per device. enrol: codes of new tablets, from one address.
#: link: lost links, asked for from one address; link_order: letters to one customer.
LIMITS = {
    "pin": Limit(5, timedelta(minutes=15)),
    "password": Limit(5, timedelta(minutes=15)),
    "address": Limit(60, timedelta(minutes=15)),
    "code": Limit(10, timedelta(minutes=15)),
    "enrol": Limit(10, timedelta(minutes=15)),
    "link": Limit(10, timedelta(minutes=15)),
    "link_order": Limit(3, timedelta(hours=1)),
}


def reserve_attempt(kind: str, subject: str) -> None:
    """Count one attempt of `subject`. Raises Throttled with the seconds to wait once the limit is used up."""
    limit = LIMITS[kind]
    now = clock.now()
    over = Throttle.window_started_at <= now - limit.window
    insert = sqlite_insert if db.engine.dialect.name == "sqlite" else postgresql_insert
    statement = (
        insert(Throttle)
        .values(kind=kind, subject=subject[:200], attempts=1, window_started_at=now)
        .on_conflict_do_update(
            index_elements=["kind", "subject"],
            set_={
                "attempts": case((over, 1), else_=Throttle.attempts + 1),
                "window_started_at": case((over, now), else_=Throttle.window_started_at),
            },
        )
        .returning(Throttle.attempts, Throttle.window_started_at)
    )
    attempts, started_at = db.session.execute(statement).one()
    if attempts > limit.attempts:
        wait = (started_at + limit.window - now).total_seconds()
        raise Throttled(retry_after=max(1, math.ceil(wait)))


def forget_attempts(kind: str, subject: str) -> None:
    """The secret was right: begin anew."""
    db.session.execute(delete(Throttle).where(Throttle.kind == kind, Throttle.subject == subject[:200]))


def return_attempt(kind: str, subject: str) -> None:
    """The secret was right: this one attempt does not count, those of others behind the same subject do."""
    db.session.execute(
        update(Throttle)
        .where(Throttle.kind == kind, Throttle.subject == subject[:200], Throttle.attempts > 0)
        .values(attempts=Throttle.attempts - 1)
    )
