"""Every person of the staff is spoken to in one language on all screens; the API is not."""

from __future__ import annotations

import re

import pytest

from omni_pickup.models import db, transaction
from omni_pickup.models.events import Event
from omni_pickup.models.staff import Staff
from omni_pickup.models.stores import Store
from tests.sites import Browser, Site

CHOICE_COOKIE = "__Host-screen_language"
UNDONE = {"action_id": "a1", "kind": "take", "order": "ord_unknown"}


def spoken(browser: Browser, path: str, **headers: str) -> str:
    """The language of the page."""
    found = re.search(r'<html lang="([^"]+)" dir="ltr">', browser.get(path, **headers).text)
    assert found is not None
    return found[1]


def own_language(site: Site, person: str) -> str | None:
    with site.app.app_context():
        return db.session.scalars(db.select(Staff.language).where(Staff.public_id == person)).one()


def set_own(site: Site, language: str | None) -> None:
    with site.app.app_context(), transaction():
        db.session.execute(db.update(Staff).values(language=language))


@pytest.fixture
def polish(site: Site) -> Site:
    """The store stands in Poland, and nobody has a language of their own."""
    with site.app.app_context(), transaction():
        db.session.execute(db.update(Store).where(Store.id == site.ids.store).values(address={"country": "PL"}))
    set_own(site, None)
    return site


def test_the_entrance_follows_the_browser(site: Site) -> None:
    assert spoken(site.browser(), "/login", **{"Accept-Language": "sv-SE,sv;q=0.9,en;q=0.5"}) == "sv"
    assert spoken(site.browser(), "/login", **{"Accept-Language": "fr"}) == "en"


def test_a_tablet_and_those_without_a_language_speak_the_stores(polish: Site) -> None:
    tablet = polish.tablet()
    assert spoken(tablet, "/board/lock", **{"Accept-Language": "de"}) == "pl"
    tablet.unlock(polish.ids.ania)
    assert spoken(tablet, "/board/", **{"Accept-Language": "de"}) == "pl"
    assert "Wszystko zebrane" in tablet.get("/board/").text


def test_what_is_chosen_on_the_lock_is_the_own_language_of_whoever_unlocks(polish: Site) -> None:
    tablet = polish.tablet()
    tablet.post("/language", {"language": "de", "next": "/board/lock"})
    assert spoken(tablet, "/board/lock") == "de"
    tablet.unlock(polish.ids.ania)
    assert (own_language(polish, polish.ids.ania), own_language(polish, polish.ids.bartek)) == ("de", None)
    assert tablet.cookie(CHOICE_COOKIE) is None
    assert spoken(tablet, "/board/") == "de"


def test_what_is_chosen_at_the_sign_in_is_kept_too(polish: Site) -> None:
    browser = polish.browser()
    browser.post("/language", {"language": "sv", "next": "/login"})
    browser.sign_in("mona")
    assert own_language(polish, polish.ids.mona) == "sv"
    assert spoken(browser, "/office/WAW-01/") == "sv"


def test_a_wrong_pin_changes_nobodys_language(polish: Site) -> None:
    tablet = polish.tablet()
    tablet.post("/language", {"language": "de", "next": "/board/lock"})
    assert "Die PIN stimmt nicht" in tablet.unlock(polish.ids.ania, pin="314159").text
    assert own_language(polish, polish.ids.ania) is None


def test_whoever_is_signed_in_chooses_for_themselves(site: Site) -> None:
    tablet = site.tablet()
    tablet.unlock(site.ids.ania)
    answer = tablet.post("/language", {"language": "sv", "next": "/board/shift"})
    assert (answer.status_code, answer.location) == (303, "/board/shift")
    assert own_language(site, site.ids.ania) == "sv"
    assert tablet.cookie(CHOICE_COOKIE) is None
    assert site.count(Event, Event.type == "staff.language_set") == 1


@pytest.mark.parametrize("wanted", ["fr", "", "../../en"])
def test_what_we_do_not_speak_changes_nothing(site: Site, wanted: str) -> None:
    tablet = site.tablet()
    tablet.unlock(site.ids.ania)
    tablet.post("/language", {"language": wanted, "next": "/board/"})
    assert own_language(site, site.ids.ania) == "en"


def test_a_manager_gives_a_new_person_a_language(polish: Site) -> None:
    browser = polish.browser()
    browser.sign_in("mona")
    page = browser.get("/office/WAW-01/staff/new").text
    assert "Polski</option>" in page
    person = {"name": "Ute", "login": "ute", "pin": "927461"}
    assert browser.post("/office/WAW-01/staff/new", {**person, "language": "xx"}).status_code == 422
    assert browser.post("/office/WAW-01/staff/new", {**person, "language": "de"}).status_code == 303
    with polish.app.app_context():
        assert db.session.scalars(db.select(Staff.language).where(Staff.login == "ute")).one() == "de"
    assert "Deutsch" in browser.get("/office/WAW-01/").text


def test_refusals_are_said_in_the_language_of_who_taps(polish: Site) -> None:
    tablet = polish.tablet()
    tablet.unlock(polish.ids.ania)
    refused = tablet.post("/board/actions", UNDONE, Accept="application/json")
    assert (refused.status_code, refused.json["code"]) == (404, "not_found")
    assert (refused.json["title"], refused.json["detail"]) == (
        "Nie ma tu czegoś takiego",
        "Nie ma tu takiego zamówienia.",
    )
    tablet.post("/language", {"language": "en", "next": "/board/"})
    refused = tablet.post("/board/actions", UNDONE, Accept="application/json")
    assert refused.json["detail"] == "There is no such order here."


def test_forms_and_error_pages_are_said_in_it_too(polish: Site) -> None:
    browser = polish.browser()
    browser.sign_in("mona")
    taken = browser.post("/office/WAW-01/staff/new", {"name": "A", "login": "ania", "pin": "927461"}).text
    assert "Login ania jest zajęty." in taken
    missing = browser.get("/office/WAW-01/tasks/nothing")
    assert missing.status_code == 404
    assert '<html lang="pl" dir="ltr">' in missing.text
    assert "Nie ma takiej listy." in missing.text


def test_an_error_before_anybody_is_known_follows_the_browser(site: Site) -> None:
    page = site.browser().get("/nowhere", **{"Accept-Language": "de"}).text
    assert '<html lang="de" dir="ltr">' in page
    assert "Diese Seite gibt es nicht" in page


def test_the_api_speaks_english_to_everybody(site: Site) -> None:
    answer = site.browser().get("/api/v1/orders/1", **{"Accept-Language": "de"})
    assert answer.json["title"] == "Please identify yourself"


def test_the_lock_speaks_to_the_person_whose_work_it_keeps(polish: Site) -> None:
    tablet = polish.tablet()
    tablet.unlock(polish.ids.ania)
    tablet.post("/language", {"language": "sv", "next": "/board/"})
    tablet.post("/board/lock-now")
    assert spoken(tablet, "/board/lock") == "sv"
