"""/login, /logout and /setup."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask_openapi3 import OpenAPI

from omni_pickup import clock, create_app
from omni_pickup.config import Settings
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.staff import Staff, StaffSession, Throttle
from omni_pickup.models.stores import Store
from omni_pickup.office.sign_ins import network_of
from omni_pickup.services.staff.staff import deactivate_staff
from omni_pickup.services.staff.throttles import LIMITS
from omni_pickup.services.stores.setups import create_setup_link
from tests.people import PASSWORD, PIN
from tests.sites import ORIGIN, SESSION_COOKIE, Browser, Site

SETUP = {
    "store_code": "WAW-01",
    "store_name": "Warszawa Centrum",
    "timezone": "Europe/Warsaw",
    "login": "root",
    "name": "Ada Root",
    "password": PASSWORD,
    "pin": PIN,
}


@pytest.fixture
def empty(bare_app: OpenAPI) -> Site:
    """An app on a database without stores or people."""
    return Site(bare_app, ids=None)  # type: ignore[arg-type] # Nothing stands in it.


def _setup_link(site: Site) -> str:
    with site.app.app_context(), transaction():
        return create_setup_link()


def test_the_right_password_opens_the_office(site: Site) -> None:
    browser = site.browser()
    answer = browser.sign_in("Mona")
    assert (answer.status_code, answer.location) == (303, "/office/")
    assert browser.get("/office/").location == "/office/WAW-01/"
    assert browser.get("/office/WAW-01/").status_code == 200


def test_an_associate_lands_on_the_board(site: Site) -> None:
    assert site.browser().sign_in("ania").location == "/board/"


@pytest.mark.parametrize(("login", "password"), [("mona", "wrong"), ("nobody", PASSWORD), ("", ""), ("mona", "")])
def test_wrong_login_and_wrong_password_look_the_same(site: Site, login: str, password: str) -> None:
    browser = site.browser()
    answer = browser.sign_in(login, password)
    assert answer.status_code == 401
    assert "Login or password is not right" in answer.text
    assert browser.cookie(SESSION_COOKIE) is None


def test_a_deactivated_person_cannot_come_back(site: Site) -> None:
    browser = site.browser()
    browser.sign_in("mona")
    with site.app.app_context(), transaction():
        deactivate_staff(db.session.query(Staff).filter_by(login="mona").one(), by=SYSTEM)
    assert browser.get("/office/WAW-01/").status_code == 401
    assert site.browser().sign_in("mona").status_code == 401


def test_guesses_are_throttled_for_one_login_from_one_address(site: Site) -> None:
    browser = site.browser()
    for _ in range(LIMITS["password"].attempts):
        assert browser.sign_in("mona", "wrong").status_code == 401
    refused = browser.sign_in("mona")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert browser.sign_in("root").status_code == 303
    elsewhere = browser.client.post(
        "/login",
        data={"csrf_token": browser.csrf(), "login": "mona", "password": PASSWORD},
        base_url=ORIGIN,
        environ_base={"REMOTE_ADDR": "192.0.2.9"},
    )
    assert elsewhere.status_code == 303


def test_spraying_many_logins_from_one_address_ends_too(site: Site) -> None:
    browser = site.browser()
    with site.app.app_context(), transaction():
        now = clock.now()
        db.session.add(Throttle(kind="address", subject="127.0.0.1", attempts=60, window_started_at=now))
    assert browser.sign_in("mona").status_code == 429


def test_right_passwords_use_up_no_attempts(site: Site) -> None:
    for _ in range(LIMITS["password"].attempts + 2):
        assert site.browser().sign_in("mona").status_code == 303
    assert site.count(Throttle, Throttle.attempts > 0) == 0


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.9", "192.0.2.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.9", "192.0.2.9"),
        ("", "unknown"),
    ],
)
def test_one_place_is_an_ipv4_address_or_an_ipv6_network(address: str, network: str) -> None:
    assert network_of(address) == network


def test_the_session_is_new_and_the_one_before_ends(site: Site) -> None:
    browser = site.browser()
    browser.set_cookie(SESSION_COOKIE, "chosen-by-someone-else")
    browser.sign_in("mona")
    first = str(browser.cookie(SESSION_COOKIE))
    assert first != "chosen-by-someone-else"
    browser.sign_in("root")
    assert browser.cookie(SESSION_COOKIE) != first
    browser.set_cookie(SESSION_COOKIE, first)
    assert browser.get("/office/WAW-01/").status_code == 401


def test_a_csrf_token_from_before_the_sign_in_is_worth_nothing_after(site: Site) -> None:
    browser = site.browser()
    before = browser.csrf()
    browser.sign_in("mona")
    answer = browser.client.post("/office/WAW-01/pause", data={"csrf_token": before, "until": "hour"}, base_url=ORIGIN)
    assert answer.status_code == 400


def test_signing_out_ends_the_session_in_the_database(site: Site) -> None:
    browser = site.browser()
    browser.sign_in("mona")
    token = str(browser.cookie(SESSION_COOKIE))
    assert browser.post("/logout").location == "/login"
    assert browser.cookie(SESSION_COOKIE) is None
    browser.set_cookie(SESSION_COOKIE, token)
    assert browser.get("/office/WAW-01/").status_code == 401
    assert site.count(StaffSession, StaffSession.revoked_at.is_(None)) == 0
    assert browser.post("/logout").status_code == 303


def test_a_missing_csrf_token_is_400_and_changes_nothing(site: Site) -> None:
    browser = site.browser()
    answer = browser.client.post("/login", data={"login": "mona", "password": PASSWORD}, base_url=ORIGIN)
    assert answer.status_code == 400
    assert site.count(StaffSession) == site.count(Throttle) == 0


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "\thttps://e.example"]
)
def test_a_foreign_next_is_not_followed(site: Site, target: str) -> None:
    browser = site.browser()
    assert browser.post("/login", {"login": "mona", "password": PASSWORD, "next": target}).location == "/office/"


def test_a_person_who_was_sent_to_sign_in_comes_back_to_where_they_were(site: Site) -> None:
    browser = site.browser()
    sent = browser.get("/office/WAW-01/?a=b").location
    page = browser.get(sent).text
    found = re.search(r'name="next" value="([^"]+)"', page)
    assert found is not None
    answer = browser.post("/login", {"login": "mona", "password": PASSWORD, "next": found[1]})
    assert answer.location == "/office/WAW-01/?a=b"


def test_a_forged_host_is_refused_and_leaves_no_trace_in_links(site: Site) -> None:
    browser = site.browser()
    browser.sign_in("mona")
    forged = browser.client.get("/login", base_url="https://evil.example")
    assert forged.status_code == 421
    answer = browser.post("/office/WAW-01/devices/new", {"name": "Counter 5"}, **{"X-Forwarded-Host": "evil.example"})
    assert f"{ORIGIN}/board/enrol?token=" in answer.text
    assert "evil.example" not in answer.text


def test_stored_and_typed_text_is_inert(site: Site) -> None:
    script = '"><script>alert(1)</script>'
    browser = site.browser()
    assert "<script>alert" not in browser.sign_in(script, "wrong").text
    browser.sign_in("mona")
    browser.post("/office/WAW-01/staff/new", {"name": script, "login": "eve", "pin": PIN})
    for path in ("/office/WAW-01/", "/board/lock"):
        browser.set_cookie("__Host-device", site.ids.device_secret)
        page = browser.get(path).text
        assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in browser.get("/office/WAW-01/").text


def test_over_plain_http_on_loopback_the_cookie_has_no_prefix(settings: Settings, tmp_path: Path) -> None:
    plain = create_app(settings.model_copy(update={"base_url": "http://localhost"}))
    with plain.app_context(), transaction():
        db.metadata.create_all(db.session.connection())
    site = Site(plain, ids=None)  # type: ignore[arg-type] # Nothing stands in it.
    token = _setup_link(site)
    client = plain.test_client()
    page = client.get(f"/setup?token={token}").text
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert csrf is not None
    answer = client.post("/setup", data={"csrf_token": csrf[1], "token": token, **SETUP})
    (header,) = [value for value in answer.headers.getlist("Set-Cookie") if value.startswith("staff=")]
    assert "Secure" not in header
    assert "HttpOnly" in header


def test_the_setup_link_makes_store_and_admin_and_signs_in(empty: Site) -> None:
    token, browser = _setup_link(empty), empty.browser()
    assert "Set up your shop" in browser.get(f"/setup?token={token}").text
    answer = browser.post("/setup", {"token": token, **SETUP})
    assert (answer.status_code, answer.location) == (303, "/office/WAW-01/")
    assert "Warszawa Centrum" in browser.get("/office/WAW-01/").text
    assert empty.browser().get(f"/setup?token={token}").status_code == 404
    assert empty.browser().post("/setup", {"token": token, **SETUP}).status_code == 404


def test_a_wrong_field_keeps_what_was_typed_but_no_secret(empty: Site) -> None:
    token, browser = _setup_link(empty), empty.browser()
    answer = browser.post("/setup", {"token": token, **SETUP, "password": "shortpass"})
    assert answer.status_code == 422
    assert 'value="Warszawa Centrum"' in answer.text
    assert "shortpass" not in answer.text
    assert PIN not in answer.text
    assert 'aria-errormessage="password-wrong"' in answer.text
    assert empty.count(Staff) == empty.count(Store) == 0
    assert browser.post("/setup", {"token": token, **SETUP}).status_code == 303


@pytest.mark.parametrize("token", ["", "unknown"])
def test_without_a_living_link_there_is_no_setup(empty: Site, token: str) -> None:
    assert empty.browser().get(f"/setup?token={token}").status_code == 404
    assert empty.browser().post("/setup", {"token": token, **SETUP}).status_code == 404
    assert empty.count(Staff) == 0


def test_the_setup_link_ends_after_fifteen_minutes(empty: Site) -> None:
    token = _setup_link(empty)
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        assert empty.browser().post("/setup", {"token": token, **SETUP}).status_code == 404
    assert empty.count(Staff) == 0


def test_an_expired_fragment_is_sent_to_the_sign_in_page(site: Site) -> None:
    browser: Browser = site.browser()
    answer = browser.client.get("/office/WAW-01/", base_url=ORIGIN, headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/login"
    assert answer.get_data() == b""
