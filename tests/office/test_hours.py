"""Opening hours of single days, places for bags, and pauses until a time."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from omni_pickup import clock
from omni_pickup.models import db
from omni_pickup.models.events import Event
from omni_pickup.models.stores import StagingLocation, Store
from omni_pickup.queries.promises.promises import promise_for
from tests.office.days import make_day, read, signed_in, state_of
from tests.sites import Site

HERE = "/office/WAW-01"


def _today() -> date:
    return clock.now().astimezone(ZoneInfo("Europe/Warsaw")).date()


def _store(site: Site) -> Store:
    store = read(site, Store, Store.id == site.ids.store)
    assert isinstance(store, Store)
    return store


def test_a_store_that_closes_today_promises_for_tomorrow_at_once(site: Site) -> None:
    browser = signed_in(site)
    answer = browser.post(f"{HERE}/hours", {"day": _today().isoformat(), "how": "closed"})
    assert "New promises follow" in browser.get(answer.location).text
    assert _store(site).exceptions == [{"date": _today().isoformat(), "hours": []}]
    with site.app.app_context():
        promised = promise_for(db.session.get_one(Store, site.ids.store), now=clock.now())
    assert promised is not None
    assert promised.astimezone(ZoneInfo("Europe/Warsaw")).date() > _today()
    assert "changed for today" in browser.get(f"{HERE}/").text
    assert site.count(Event, Event.type == "store.changed") == 1


def test_other_hours_replace_each_other_until_it_is_as_usual(site: Site) -> None:
    browser, day = signed_in(site), (_today() + timedelta(days=3)).isoformat()
    for start, end in (("10:00", "14:00"), ("9:30", "24:00")):
        browser.post(f"{HERE}/hours", {"day": day, "how": "open", "from": start, "to": end})
    assert _store(site).exceptions == [{"date": day, "hours": [["09:30", "24:00"]]}]
    assert "09:30 to 24:00" in browser.get(f"{HERE}/hours?day={day}").text
    browser.post(f"{HERE}/hours", {"day": day, "how": "usual"})
    assert _store(site).exceptions == []


@pytest.mark.parametrize(
    "form",
    [
        {"how": "open", "from": "14:00", "to": "10:00"},
        {"how": "open", "from": "", "to": "10:00"},
        {"how": "open", "from": "25:00", "to": "26:00"},
        {"how": "perhaps"},
        {"how": "closed", "day": "yesterday"},
        {"how": "closed", "day": "2001-01-01"},
        {"how": "closed", "day": "9999-12-31"},
    ],
)
def test_hours_that_make_no_sense_change_nothing(site: Site, form: dict[str, str]) -> None:
    browser, before = signed_in(site), state_of(site)
    answer = browser.post(f"{HERE}/hours", {"day": _today().isoformat(), **form})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert state_of(site) == before


def test_hours_that_are_so_already_are_no_event(site: Site) -> None:
    browser = signed_in(site)
    for _ in range(2):
        browser.post(f"{HERE}/hours", {"day": _today().isoformat(), "how": "closed"})
    assert site.count(Event, Event.type == "store.changed") == 1


def test_pickups_pause_until_a_time_of_today(site: Site) -> None:
    browser = signed_in(site)
    browser.post(f"{HERE}/pause", {"until": "time", "time": "24:00"})
    until = _store(site).paused_until
    assert until is not None
    assert until.astimezone(ZoneInfo("Europe/Warsaw")).strftime("%H:%M") == "00:00"


@pytest.mark.parametrize("time", ["", "0:00", "soon"])
def test_a_pause_until_no_time_or_one_that_is_over_changes_nothing(site: Site, time: str) -> None:
    browser, before = signed_in(site), state_of(site)
    answer = browser.post(f"{HERE}/pause", {"until": "time", "time": time, "reason": "Flood"})
    assert answer.status_code == 422
    assert 'value="Flood"' in answer.text
    assert state_of(site) == before


def test_a_place_for_bags_is_made_changed_and_taken_out_of_use(site: Site) -> None:
    browser = signed_in(site)
    assert "No place yet" in browser.get(f"{HERE}/places").text
    browser.post(f"{HERE}/places", {"code": "f-1", "zone": "ambient", "kind": "shelf"})
    browser.post(f"{HERE}/places", {"code": "F-1", "zone": "chilled", "kind": "fridge"})
    place = read(site, StagingLocation)
    assert (place.code, place.zone, place.kind, place.active) == ("F-1", "chilled", "fridge", True)
    assert "Take F-1 out of use" in browser.get(f"{HERE}/places?code=F-1").text
    browser.post(f"{HERE}/places/retire", {"code": "F-1"})
    assert not read(site, StagingLocation).active
    assert browser.post(f"{HERE}/places/retire", {"code": "F-1"}).status_code == 404
    assert site.count(Event, Event.type.startswith("staging_location.")) == 3


@pytest.mark.parametrize("form", [{"code": ""}, {"code": "X" * 65}, {"zone": "hot"}, {"kind": "box"}, {"code": "a\tb"}])
def test_a_wrong_place_changes_nothing(site: Site, form: dict[str, str]) -> None:
    make_day(site)
    browser, before = signed_in(site), state_of(site)
    usual = {"code": "S-09", "zone": "ambient", "kind": "shelf"}
    assert browser.post(f"{HERE}/places", {**usual, **form}).status_code == 422
    assert state_of(site) == before


def test_while_pickups_are_paused_no_page_says_when_an_order_would_be_ready(site: Site) -> None:
    browser = signed_in(site)
    pages = [f"{HERE}/hours", f"{HERE}/promises"]
    assert all("Ordered now, ready by" in browser.get(page).text for page in pages)
    browser.post(f"{HERE}/pause", {"until": "hour", "reason": "Flood"})
    assert "New pickups are paused, so nothing can be ordered now." in browser.get(pages[0]).text
    assert "nothing, pickups are paused" in browser.get(pages[1]).text
    browser.post(f"{HERE}/resume")
    assert "Ordered now, ready by" in browser.get(pages[0]).text
