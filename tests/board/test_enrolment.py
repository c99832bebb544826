"""A browser becomes a tablet by a link that works once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from omni_pickup import clock, keys
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.staff import Device, OneTimeToken
from omni_pickup.models.stores import Store
from omni_pickup.services.staff.devices import create_enrolment, enrolment_code
from omni_pickup.services.staff.throttles import LIMITS, Limit
from tests.sites import DEVICE_COOKIE, Browser, Site


def _link(site: Site, name: str = "Counter 9") -> str:
    with site.app.app_context(), transaction():
        return create_enrolment(db.session.get_one(Store, site.ids.store), name=name, by=SYSTEM)


def test_the_link_makes_a_tablet_once(site: Site) -> None:
    token = _link(site)
    browser, second = site.browser(), site.browser()
    page = browser.get(f"/board/enrol?token={token}")
    assert "Enrol this tablet for Warszawa Centrum" in page.text
    answer = browser.post("/board/enrol", {"token": token})
    assert (answer.status_code, answer.location) == (303, "/board/lock")
    assert "Ania" in browser.get("/board/lock").text
    assert second.post("/board/enrol", {"token": token}).status_code == 404
    assert second.get(f"/board/enrol?token={token}").status_code == 404
    assert second.cookie(DEVICE_COOKIE) is None


def test_looking_at_the_link_does_not_use_it_up(site: Site) -> None:
    token = _link(site)
    for _ in range(3):
        assert site.browser().get(f"/board/enrol?token={token}").status_code == 200
    assert site.count(OneTimeToken, OneTimeToken.used_at.is_not(None)) == 2  # Those of the site's own tablets.


def test_expired_and_unknown_links_look_the_same(site: Site) -> None:
    token = _link(site)
    unknown = site.browser().get("/board/enrol?token=unknown")
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        expired = site.browser().get(f"/board/enrol?token={token}")
        assert site.browser().post("/board/enrol", {"token": token}).status_code == 404
    assert (expired.status_code, unknown.status_code) == (404, 404)
    assert "no longer valid" in expired.text
    assert "no longer valid" in unknown.text
    assert site.count(Device) == 2


def test_the_cookie_outlives_the_browser_and_is_hidden_from_scripts(site: Site) -> None:
    answer = site.browser().post("/board/enrol", {"token": _link(site)})
    (header,) = [value for value in answer.headers.getlist("Set-Cookie") if value.startswith(DEVICE_COOKIE)]
    for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=34560000"):
        assert part in header


def test_a_tablet_that_is_enrolled_again_is_the_old_one_no_more(site: Site) -> None:
    tablet = site.tablet()
    tablet.unlock(site.ids.ania)
    assert "Counter 1" in tablet.get(f"/board/enrol?token={_link(site)}").text
    tablet.post("/board/enrol", {"token": _link(site)})
    assert tablet.get("/board/").status_code == 303
    assert site.count(Device, Device.revoked_at.is_not(None)) == 1


def test_whoever_made_the_link_is_signed_out_of_the_tablet(site: Site) -> None:
    browser = site.browser()
    browser.sign_in("mona")
    browser.post("/board/enrol", {"token": _link(site)})
    assert browser.get("/office/").location == "/login?next=/office/"


def test_without_a_csrf_token_the_link_stays_whole(site: Site) -> None:
    token = _link(site)
    answer = site.browser().client.post("/board/enrol", data={"token": token}, base_url="https://pickup.example")
    assert answer.status_code == 400
    assert site.browser().post("/board/enrol", {"token": token}).status_code == 303


def _code(site: Site) -> str:
    with site.app.app_context():
        return enrolment_code(_link(site))


def _type(browser: Browser, code: str) -> int:
    return browser.post("/board/enrol-by-code", {"code": code}).status_code


def test_a_typed_code_makes_a_tablet_of_its_store_once(site: Site) -> None:
    code, tablet = _code(site), site.browser()
    assert "Code from the office" in tablet.get("/board/lock").text
    assert _type(tablet, f"{code[:4].lower()} {code[4:]}") == 303
    assert "Warszawa Centrum" in tablet.get("/board/lock").text
    assert _type(site.browser(), code) == 404


def test_link_and_code_are_one_and_the_same_use(site: Site) -> None:
    token = _link(site)
    with site.app.app_context():
        code = enrolment_code(token)
    assert site.browser().post("/board/enrol", {"token": token}).status_code == 303
    second = site.browser()
    assert _type(second, code) == 404
    assert second.cookie(DEVICE_COOKIE) is None


def test_a_code_ends_after_a_quarter_of_an_hour_and_says_what_to_do(site: Site) -> None:
    code = _code(site)
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        answer = site.browser().post("/board/enrol-by-code", {"code": code})
    assert answer.status_code == 404
    assert "This code is not right, or its time is over." in answer.text


def test_the_eleventh_guess_from_one_address_is_not_even_compared(site: Site) -> None:
    code, guesser = _code(site), site.browser()
    assert [_type(guesser, "CDFGHJKM") for _ in range(10)] == [404] * 10
    refused = guesser.post("/board/enrol-by-code", {"code": code})
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert guesser.cookie(DEVICE_COOKIE) is None
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        assert _type(guesser, _code(site)) == 303


def test_without_the_limit_every_guess_would_be_compared(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "enrol", Limit(1000, timedelta(minutes=15)))
    code, guesser = _code(site), site.browser()
    assert [_type(guesser, "CDFGHJKM") for _ in range(10)] == [404] * 10
    assert _type(guesser, code) == 303


def test_neither_link_nor_code_is_in_the_database(site: Site) -> None:
    token = _link(site)
    with site.app.app_context():
        code = enrolment_code(token)
        row = db.session.scalars(db.select(OneTimeToken).order_by(OneTimeToken.id.desc())).first()
        assert row is not None
        kept = f"{row.digest} {row.details}"
    assert token not in kept
    assert code not in kept
    assert keys.digest(code) not in kept
