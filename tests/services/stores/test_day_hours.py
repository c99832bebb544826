"""Opening hours of single days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from flask_openapi3 import OpenAPI

from omni_pickup.errors import Invalid
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.stores import Store
from omni_pickup.queries.promises.opening_hours import hours_of, open_days
from omni_pickup.services.stores.day_hours import set_day_hours
from tests.builders import dump_tables, event_types, set_clock
from tests.people import make_store

NOON = "2026-11-21T12:00:00+01:00"
TODAY = date(2026, 11, 21)


def _set(store: Store, day: date, hours: Sequence[tuple[str, str]] | None) -> Store:
    with transaction():
        return set_day_hours(db.session.get_one(Store, store.id), day, hours, by=SYSTEM)


def test_a_day_is_set_replaced_and_usual_again(app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, NOON)
    store = make_store()
    _set(store, TODAY, [("10:00", "12:00"), ("13:00", "18:00")])
    assert hours_of(store).rule_of(TODAY) == (("10:00", "12:00"), ("13:00", "18:00"))
    _set(store, TODAY, [])
    assert hours_of(store).rule_of(TODAY) == ()
    _set(store, TODAY, None)
    assert store.exceptions == []
    assert event_types("store.changed") == ["store.changed"] * 3


def test_other_days_and_what_is_over_stay_as_they_are(app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    at = set_clock(monkeypatch, NOON)
    store = make_store()
    for ahead in (2, 0, 1):
        _set(store, TODAY + timedelta(days=ahead), [])
    assert [entry["date"] for entry in store.exceptions] == ["2026-11-21", "2026-11-22", "2026-11-23"]
    assert [(one.why, one.hours) for one in open_days(store, at, 4)] == [
        *[("exception", ())] * 3,
        ("week", (("00:00", "24:00"),)),
    ]


def test_a_public_holiday_says_so(app: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    at = set_clock(monkeypatch, "2026-12-25T08:00:00+01:00")
    store = make_store()
    with transaction():
        db.session.get_one(Store, store.id).holidays = {"country": "PL", "subdivision": None}
    assert (open_days(store, at, 1)[0].why, open_days(store, at, 1)[0].hours) == ("holiday", ())


@pytest.mark.parametrize(
    ("ahead", "hours"),
    [(-1, []), (61, []), (0, [("12:00", "10:00")]), (0, [("10:00", "25:00")]), (0, [("9", "10"), ("9", "10")])],
)
def test_what_makes_no_sense_changes_nothing(
    app: OpenAPI, monkeypatch: pytest.MonkeyPatch, ahead: int, hours: list[tuple[str, str]]
) -> None:
    set_clock(monkeypatch, NOON)
    store = make_store()
    before = dump_tables()
    with pytest.raises(Invalid):
        _set(store, TODAY + timedelta(days=ahead), hours)
    assert dump_tables() == before
