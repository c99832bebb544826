"""What a manager does on one page, and what others may not."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from omni_pickup import clock
from omni_pickup.models import db
from omni_pickup.models.events import Event
from omni_pickup.models.staff import Device, OneTimeToken, Staff, StaffSession
from omni_pickup.models.stores import Store
from tests.people import PIN
from tests.sites import ORIGIN, Browser, Site


def _manager(site: Site, login: str = "mona") -> Browser:
    browser = site.browser()
    assert browser.sign_in(login).status_code == 303
    return browser


def _session_of(site: Site, login: str) -> int:
    with site.app.app_context():
        found = db.select(StaffSession.id).join(Staff).where(Staff.login == login)
        return int(db.session.execute(found.where(StaffSession.revoked_at.is_(None))).scalar_one())


#: Every unsafe address of the office with a form that would work, as a manager of the first store sends it.
ACTS: dict[str, Callable[[Site], tuple[str, dict[str, str]]]] = {
    "add": lambda site: ("/office/WAW-01/staff/new", {"name": "Eve", "login": "eve", "pin": PIN}),
    "pin": lambda site: (f"/office/WAW-01/staff/{site.ids.ania}/pin", {"pin": "141421"}),
    "deactivate": lambda site: (f"/office/WAW-01/staff/{site.ids.ania}/deactivate", {}),
    "enrol": lambda site: ("/office/WAW-01/devices/new", {"name": "Counter 2"}),
    "revoke": lambda site: (f"/office/WAW-01/devices/{site.ids.device}/revoke", {}),
    "pause": lambda site: ("/office/WAW-01/pause", {"until": "hour", "reason": "Flood"}),
    "resume": lambda site: ("/office/WAW-01/resume", {}),
    "session": lambda site: (f"/office/WAW-01/sessions/{_session_of(site, 'ania')}/end", {}),
}


def _signed_in_associate(site: Site) -> None:
    assert site.tablet().unlock(site.ids.ania).status_code == 303


def _everything(site: Site) -> list[object]:
    """What the acts could change, apart from the events of signing in."""
    with site.app.app_context():
        rows: list[object] = [
            db.session.execute(db.select(Staff.id, Staff.pin_hash, Staff.active).order_by(Staff.id)).all(),
            db.session.execute(db.select(Device.id, Device.revoked_at).order_by(Device.id)).all(),
            db.session.execute(db.select(Store.id, Store.paused_at, Store.paused_until).order_by(Store.id)).all(),
            db.session.query(OneTimeToken).count(),
            db.session.query(StaffSession)
            .join(Staff)
            .filter(Staff.login == "ania", StaffSession.revoked_at.is_not(None))
            .count(),
        ]
        return [str(row) for row in rows]


@pytest.mark.parametrize("act", [name for name in ACTS if name != "resume"])
def test_a_manager_may_do_it_in_their_own_store(site: Site, act: str) -> None:
    _signed_in_associate(site)
    browser, before = _manager(site), _everything(site)
    path, form = ACTS[act](site)
    assert browser.post(path, form).status_code in (200, 303)
    assert _everything(site) != before


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(
    ("who", "status"), [(None, 401), ("ania", 403), ("boss", 404), ("tablet", 403), ("no csrf", 400)]
)
def test_anybody_else_is_refused_and_nothing_changes(site: Site, act: str, who: str | None, status: int) -> None:
    _signed_in_associate(site)
    path, form = ACTS[act](site)
    browser = site.browser()
    if who == "tablet":
        browser = site.tablet()
        browser.unlock(site.ids.bartek)
    elif who == "no csrf":
        browser.sign_in("mona")
    elif who is not None:
        browser.sign_in(who)
    before = _everything(site)
    bare = who == "no csrf"
    answer = browser.client.post(path, data=form, base_url=ORIGIN) if bare else browser.post(path, form)
    assert answer.status_code == status
    assert _everything(site) == before


@pytest.mark.parametrize("path", ["", "staff/new", "devices/new"])
@pytest.mark.parametrize(("who", "status"), [(None, 303), ("ania", 403), ("boss", 404), ("mona", 200), ("root", 200)])
def test_pages_open_for_the_stores_managers_and_for_admins(site: Site, path: str, who: str | None, status: int) -> None:
    browser = site.browser()
    if who:
        browser.sign_in(who)
    assert browser.get(f"/office/WAW-01/{path}").status_code == status


def test_a_manager_reaches_nothing_of_another_store_through_their_own(site: Site) -> None:
    browser = _manager(site)
    for path in (
        f"staff/{site.ids.far}/pin",
        f"staff/{site.ids.far}/deactivate",
        f"devices/{site.ids.other_device}/revoke",
        "sessions/999/end",
    ):
        assert browser.post(f"/office/WAW-01/{path}", {"pin": "141421"}).status_code == 404
    assert browser.get(f"/office/WAW-01/staff/{site.ids.far}/pin").status_code == 404


def test_a_manager_cannot_touch_an_admin(site: Site) -> None:
    browser = _manager(site)
    assert browser.post(f"/office/WAW-01/staff/{site.ids.root}/pin", {"pin": "141421"}).status_code == 403
    assert browser.post(f"/office/WAW-01/staff/{site.ids.root}/deactivate").status_code == 403


def test_an_admin_sees_every_store_and_a_manager_their_own(site: Site) -> None:
    page = _manager(site, "root").get("/office/").text
    assert "Warszawa Centrum" in page
    assert "Stockholm" in page
    assert _manager(site, "boss").get("/office/").location == "/office/STO-01/"


def test_a_new_associate_unlocks_the_tablet_with_the_first_pin(site: Site) -> None:
    browser = _manager(site)
    browser.post("/office/WAW-01/staff/new", {"name": "Żaneta Lis", "login": "zaneta", "pin": "173205"})
    assert "Żaneta Lis" in browser.get("/office/WAW-01/").text
    with site.app.app_context():
        person = db.session.execute(db.select(Staff.public_id).where(Staff.login == "zaneta")).scalar_one()
    assert site.tablet().unlock(person, "173205").status_code == 303


def test_a_weak_pin_keeps_the_form_and_shows_what_is_wrong(site: Site) -> None:
    browser = _manager(site)
    answer = browser.post("/office/WAW-01/staff/new", {"name": "Eve", "login": "eve", "pin": "123456"})
    assert answer.status_code == 422
    assert 'value="Eve"' in answer.text
    assert 'id="pin-wrong"' in answer.text
    assert "123456" not in re.sub(r"such as 123456", "", answer.text)
    assert browser.post(f"/office/WAW-01/staff/{site.ids.ania}/pin", {"pin": "1"}).status_code == 422


def test_a_reset_pin_replaces_the_old_one(site: Site) -> None:
    _manager(site).post(f"/office/WAW-01/staff/{site.ids.ania}/pin", {"pin": "141421"})
    assert site.tablet().unlock(site.ids.ania, PIN).status_code == 401
    assert site.tablet().unlock(site.ids.ania, "141421").status_code == 303


def test_the_enrolment_link_is_shown_once_with_a_code_and_works(site: Site) -> None:
    browser = _manager(site)
    page = browser.post("/office/WAW-01/devices/new", {"name": "Counter 2"}).text
    assert "<svg" in page
    assert "style=" not in page
    found = re.search(r"/board/enrol\?token=([\w-]+)", page)
    assert found is not None
    assert found[1] not in browser.get("/office/WAW-01/").text
    tablet = site.browser()
    assert tablet.post("/board/enrol", {"token": found[1]}).status_code == 303
    assert "Counter 2" in browser.get("/office/WAW-01/").text


def test_a_revoked_tablet_is_gone_from_the_list_and_shut_out(site: Site) -> None:
    browser, tablet = _manager(site), site.tablet()
    tablet.unlock(site.ids.ania)
    browser.post(f"/office/WAW-01/devices/{site.ids.device}/revoke")
    assert "Counter 1" not in browser.get("/office/WAW-01/").text
    assert tablet.get("/board/").status_code == 401


def test_an_ended_session_is_refused_at_once(site: Site) -> None:
    browser, tablet = _manager(site), site.tablet()
    tablet.unlock(site.ids.ania)
    browser.post(f"/office/WAW-01/sessions/{_session_of(site, 'ania')}/end")
    assert tablet.get("/board/").status_code == 401


@pytest.mark.parametrize(("until", "hours"), [("hour", 1), ("today", 24), ("resumed", None)])
def test_pickups_pause_for_an_hour_a_day_or_until_resumed(site: Site, until: str, hours: int | None) -> None:
    browser = _manager(site)
    browser.post("/office/WAW-01/pause", {"until": until, "reason": "Till is down"})
    page = browser.get("/office/WAW-01/").text
    assert "No new pickups" in page
    assert "New orders are not taken until" in page
    assert "Ordered now" not in page
    with site.app.app_context():
        store = db.session.get_one(Store, site.ids.store)
        assert store.is_paused(clock.now())
        assert (store.paused_until is None) is (hours is None)
        if hours is not None and store.paused_until is not None:
            assert 0 < (store.paused_until - clock.now()).total_seconds() <= hours * 3600
    browser.post("/office/WAW-01/resume")
    assert "New pickups are taken" in browser.get("/office/WAW-01/").text


def test_a_pause_without_an_end_chosen_is_refused(site: Site) -> None:
    assert _manager(site).post("/office/WAW-01/pause", {"until": "never"}).status_code == 422


def test_what_was_done_names_who_did_it(site: Site) -> None:
    _manager(site).post("/office/WAW-01/pause", {"until": "hour"})
    with site.app.app_context():
        event = db.session.execute(db.select(Event).where(Event.type == "store.paused")).scalar_one()
        mona = db.session.execute(db.select(Staff.id).where(Staff.login == "mona")).scalar_one()
        assert (event.actor_kind, event.staff_id) == ("staff", mona)
