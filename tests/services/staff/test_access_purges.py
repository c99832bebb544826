"""Ended sessions, dead links and old attempts are forgotten after a week, and nothing else is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from omni_pickup import clock
from omni_pickup.models import db, transaction
from omni_pickup.models.staff import OneTimeToken, StaffSession, Throttle
from omni_pickup.services.staff.access_purges import KEEP, purge_access
from tests.people import make_staff, make_store

pytestmark = pytest.mark.usefixtures("app")


def one_of_each(age: timedelta) -> None:
    """A session and a link that ended so long ago, and an attempt of that time."""
    then = clock.now() - age
    staff = make_staff(f"p{age.days}", make_store(f"S{age.days}"))
    with transaction():
        about = {"digest": f"d{age.days}", "created_at": then, "expires_at": then}
        db.session.add(StaffSession(staff_id=staff.id, kind="password", last_seen_at=then, **about))
        db.session.add(OneTimeToken(purpose="enrol", **about))
        db.session.add(Throttle(kind="pin", subject=f"s{age.days}", attempts=1, window_started_at=then))


def test_what_ended_more_than_a_week_ago_goes_and_the_rest_stays() -> None:
    one_of_each(KEEP + timedelta(days=1))
    one_of_each(KEEP - timedelta(days=1))
    with transaction():
        assert purge_access(clock.now(), 50) == 3
        assert purge_access(clock.now(), 50) == 0
    assert list(db.session.scalars(select(StaffSession.digest))) == ["d6"]
    assert list(db.session.scalars(select(OneTimeToken.digest))) == ["d6"]
    assert list(db.session.scalars(select(Throttle.subject))) == ["s6"]


def test_no_more_than_the_limit_goes_at_once() -> None:
    for days in (8, 9, 10):
        one_of_each(timedelta(days=days))
    with transaction():
        assert purge_access(clock.now(), 2) == 6
        assert purge_access(clock.now(), 2) == 3
