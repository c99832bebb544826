"""Tap your name, type your PIN: on an enrolled tablet of your store, and nowhere else."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine

from omni_pickup import clock
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.events import Event
from omni_pickup.models.staff import Device, Staff, StaffSession, Throttle
from omni_pickup.services.staff.devices import revoke_device
from omni_pickup.services.staff.staff import deactivate_staff
from omni_pickup.services.staff.throttles import LIMITS
from tests.people import PIN, make_device
from tests.sites import DEVICE_COOKIE, SESSION_COOKIE, Browser, Site


def _signed_in(site: Site, person: str = "ania") -> Browser:
    tablet = site.tablet()
    assert tablet.unlock(getattr(site.ids, person)).status_code == 303
    return tablet


def test_the_right_pin_opens_the_board(site: Site) -> None:
    tablet = site.tablet()
    answer = tablet.unlock(site.ids.ania)
    assert (answer.status_code, answer.location) == (303, "/board/")
    page = tablet.get("/board/")
    assert page.status_code == 200
    assert "Ania" in page.text


def test_a_wrong_pin_opens_nothing_and_says_so(site: Site) -> None:
    tablet = site.tablet()
    answer = tablet.unlock(site.ids.ania, "999111")
    assert answer.status_code == 401
    assert "This PIN is not right" in answer.text
    assert tablet.cookie(SESSION_COOKIE) is None
    assert site.count(StaffSession) == 0


def test_the_page_lists_the_stores_people_and_admins_only(site: Site) -> None:
    page = site.tablet().get("/board/lock").text
    for name in ("Ania", "Bartek", "Mona", "Root"):
        assert name in page
    for name in ("Far", "Boss"):
        assert f">{name}<" not in page


@pytest.mark.parametrize("person", ["far", "boss"])
def test_people_of_other_stores_cannot_sign_in_here(site: Site, person: str) -> None:
    assert site.tablet().unlock(getattr(site.ids, person)).status_code == 401
    assert site.count(StaffSession) == site.count(Throttle) == 0


@pytest.mark.parametrize("person", ["", "stf_nobody", "'; drop table staff"])
def test_an_unknown_person_is_a_wrong_pin(site: Site, person: str) -> None:
    assert site.tablet().unlock(person).status_code == 401
    assert site.count(Throttle) == 0


def test_a_pin_is_worth_nothing_in_a_browser_that_is_no_tablet(site: Site) -> None:
    browser = site.browser()
    assert browser.unlock(site.ids.ania).status_code == 401
    assert browser.get("/board/lock").status_code == 401
    assert site.count(StaffSession) == 0


def test_five_wrong_pins_lock_this_person_out_of_this_tablet_only(site: Site) -> None:
    tablet = site.tablet()
    for _ in range(LIMITS["pin"].attempts):
        assert tablet.unlock(site.ids.ania, "999111").status_code == 401
    refused = tablet.unlock(site.ids.ania, PIN)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 900
    assert "Try again in 15 min" in refused.text
    assert tablet.unlock(site.ids.bartek).status_code == 303
    with site.app.app_context():
        _, secret = make_device(db.session.get_one(Device, 1).store, name="Counter 2")
    second = site.browser()
    second.set_cookie(DEVICE_COOKIE, secret)
    assert second.unlock(site.ids.ania).status_code == 303


def test_the_session_is_new_whatever_cookie_came_along(site: Site) -> None:
    tablet = site.tablet()
    tablet.set_cookie(SESSION_COOKIE, "chosen-by-someone-else")
    tablet.unlock(site.ids.ania)
    assert tablet.cookie(SESSION_COOKIE) not in (None, "chosen-by-someone-else")
    first = tablet.cookie(SESSION_COOKIE)
    tablet.unlock(site.ids.bartek)
    assert tablet.cookie(SESSION_COOKIE) != first
    tablet.set_cookie(SESSION_COOKIE, str(first))
    assert tablet.get("/board/").status_code == 401


def test_unlocking_goes_on_with_the_same_session_under_a_new_token(site: Site) -> None:
    tablet = _signed_in(site)
    first = tablet.cookie(SESSION_COOKIE)
    assert tablet.post("/board/lock-now").status_code == 303
    assert tablet.get("/board/").location == "/board/lock?next=/board/"
    assert "It waits for Ania." in tablet.get("/board/lock").text
    assert tablet.unlock(site.ids.ania).status_code == 303
    assert tablet.cookie(SESSION_COOKIE) != first
    assert site.count(StaffSession) == 1


def test_another_person_ends_the_session_before(site: Site) -> None:
    tablet = _signed_in(site)
    tablet.post("/board/lock-now")
    tablet.unlock(site.ids.bartek)
    assert "Bartek" in tablet.get("/board/").text
    assert site.count(StaffSession, StaffSession.revoked_at.is_(None)) == 1


def test_a_tablet_locks_itself_when_nobody_touches_it(site: Site) -> None:
    tablet = _signed_in(site)
    with time_machine.travel(clock.now() + timedelta(minutes=6)):
        assert tablet.get("/board/").status_code == 303
        assert tablet.unlock(site.ids.ania).status_code == 303
        assert tablet.get("/board/").status_code == 200


def test_what_a_page_asks_by_itself_is_no_sign_of_life(site: Site) -> None:
    tablet = _signed_in(site)
    start = clock.now()
    for minutes in (2, 4):
        with time_machine.travel(start + timedelta(minutes=minutes)):
            poll = tablet.client.get(
                "/board/", base_url="https://pickup.example", headers={"HX-Request": "true", "X-Background": "1"}
            )
            assert poll.status_code == 200
            assert "<html" not in poll.text
    with time_machine.travel(start + timedelta(minutes=6)):
        poll = tablet.client.get(
            "/board/", base_url="https://pickup.example", headers={"HX-Request": "true", "X-Background": "1"}
        )
        assert poll.status_code == 401
        assert poll.headers["HX-Redirect"] == "/board/lock"


def test_a_persons_requests_keep_the_tablet_open(site: Site) -> None:
    tablet = _signed_in(site)
    start = clock.now()
    for minutes in (4, 8, 12):
        with time_machine.travel(start + timedelta(minutes=minutes)):
            assert tablet.get("/board/").status_code == 200


def test_a_deactivated_person_and_a_revoked_tablet_are_refused_at_once(site: Site) -> None:
    tablet = _signed_in(site)
    with site.app.app_context(), transaction():
        ania = db.session.query(Staff).filter_by(login="ania").one()
        deactivate_staff(ania, by=SYSTEM)
    assert tablet.get("/board/").status_code == 401
    assert tablet.unlock(site.ids.ania).status_code == 401
    tablet.unlock(site.ids.bartek)
    with site.app.app_context(), transaction():
        revoke_device(db.session.query(Device).filter_by(public_id=site.ids.device).one(), by=SYSTEM)
    assert tablet.get("/board/").status_code == 401
    assert tablet.get("/board/lock").status_code == 401
    assert tablet.unlock(site.ids.bartek).status_code == 401


def test_a_session_of_one_tablet_is_refused_on_another(site: Site) -> None:
    token = _signed_in(site).cookie(SESSION_COOKIE)
    other = site.browser()
    other.set_cookie(DEVICE_COOKIE, site.ids.other_secret)
    other.set_cookie(SESSION_COOKIE, str(token))
    assert other.get("/board/").status_code == 401


def test_a_desk_session_of_another_store_does_not_open_the_tablet(site: Site) -> None:
    tablet = site.tablet()
    tablet.sign_in("boss")
    assert tablet.get("/board/").location == "/board/lock?next=/board/"


def test_a_missing_csrf_token_is_400_and_changes_nothing(site: Site) -> None:
    tablet = site.tablet()
    answer = tablet.client.post(
        "/board/lock", data={"person": site.ids.ania, "pin": PIN}, base_url="https://pickup.example"
    )
    assert answer.status_code == 400
    assert site.count(StaffSession) == site.count(Throttle) == 0


def test_a_form_from_another_website_is_refused(site: Site) -> None:
    tablet = _signed_in(site)
    answer = tablet.client.post(
        "/board/lock-now",
        data={"csrf_token": tablet.csrf()},
        base_url="https://pickup.example",
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 403
    assert tablet.get("/board/").status_code == 200


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "/\t/evil.example", "board"],
)
def test_a_foreign_next_is_not_followed(site: Site, target: str) -> None:
    assert site.tablet().unlock(site.ids.ania, next=target).location == "/board/"


def test_an_own_next_is_followed(site: Site) -> None:
    assert site.tablet().unlock(site.ids.ania, next="/board/?x=1").location == "/board/?x=1"


def test_the_session_cookie_is_hidden_from_scripts_and_from_other_sites(site: Site) -> None:
    answer = site.tablet().unlock(site.ids.ania)
    (header,) = [value for value in answer.headers.getlist("Set-Cookie") if value.startswith(SESSION_COOKIE)]
    for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert part in header
    assert "Domain" not in header


def _last_seen(site: Site) -> datetime:
    with site.app.app_context():
        return db.session.execute(db.select(StaffSession.last_seen_at)).scalar_one()


def test_looking_writes_nothing_but_a_sign_of_life_once_a_minute(site: Site) -> None:
    tablet = _signed_in(site)
    events, seen = site.count(Event), _last_seen(site)
    for seconds, written in ((30, False), (61, True), (90, True)):
        with time_machine.travel(seen + timedelta(seconds=seconds), tick=False):
            for path in ("/board/", "/board/lock"):
                tablet.get(path)
        assert _last_seen(site) == (seen + timedelta(seconds=61) if written else seen)
    assert site.count(Event) == events


def test_first_names_that_two_people_share_are_shown_in_full(site: Site) -> None:
    with site.app.app_context(), transaction():
        db.session.query(Staff).filter_by(login="ania").one().name = "Ania Nowak"
        db.session.query(Staff).filter_by(login="bartek").one().name = "Ania Lis"
    page = site.tablet().get("/board/lock").text
    assert "Ania Nowak" in page
    assert "Ania Lis" in page
