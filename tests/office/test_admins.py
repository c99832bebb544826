"""What only admins do: roles, recalls, API keys."""

from __future__ import annotations

import re

import pytest

from omni_pickup.models import db
from omni_pickup.models.clients import ApiKey
from omni_pickup.models.items import Item
from omni_pickup.models.staff import Staff
from omni_pickup.queries.stores.clients import key_by_token
from tests.office.days import make_day, read, signed_in, state_of
from tests.people import PASSWORD
from tests.sites import Site

HERE = "/office/WAW-01"


def test_an_associate_becomes_a_manager_who_can_sign_in(site: Site) -> None:
    browser = signed_in(site, "root")
    form = {"role": "manager", "stores": "WAW-01", "password": "another long secret"}
    answer = browser.post(f"{HERE}/staff/{site.ids.ania}/role", form)
    assert "has the new role at once" in browser.get(answer.location).text
    ania = site.browser()
    assert ania.sign_in("ania", PASSWORD).status_code == 401
    assert ania.sign_in("ania", "another long secret").location == "/office/"
    assert ania.get(f"{HERE}/").status_code == 200


@pytest.mark.parametrize(
    "form",
    [
        {"role": "boss", "stores": "WAW-01"},
        {"role": "manager"},
        {"role": "manager", "stores": "NOWHERE"},
        {"role": "manager", "stores": "WAW-01", "password": "short"},
    ],
)
def test_a_role_that_cannot_be_changes_nothing(site: Site, form: dict[str, str]) -> None:
    browser, before = signed_in(site, "root"), state_of(site)
    assert browser.post(f"{HERE}/staff/{site.ids.ania}/role", form).status_code == 422
    assert state_of(site) == before


def test_the_last_admin_stays_one(site: Site) -> None:
    browser, before = signed_in(site, "root"), state_of(site)
    answer = browser.post(f"{HERE}/staff/{site.ids.root}/role", {"role": "associate", "stores": "WAW-01"})
    assert (answer.status_code, "last admin" in answer.text) == (409, True)
    assert state_of(site) == before


def test_a_recalled_item_is_listed_with_who_has_it_and_sold_again(site: Site) -> None:
    make_day(site)
    browser = signed_in(site, "root")
    assert "Nothing is stopped" in browser.get("/office/admin/recalls").text
    browser.post("/office/admin/recalls", {"item": "MUG", "reason": "Handle breaks"})
    page = browser.get("/office/admin/recalls").text
    assert "Blue mug" in page
    assert "1 bag waits" in page
    assert read(site, Item, Item.sku == "MUG").stop_sale
    browser.post("/office/admin/recalls/resume", {"sku": "MUG"})
    assert not read(site, Item, Item.sku == "MUG").stop_sale
    assert browser.post("/office/admin/recalls/resume", {"sku": "NONE"}).status_code == 404


@pytest.mark.parametrize("form", [{"item": "NONE", "reason": "x"}, {"item": "MUG", "reason": " "}, {"reason": "x"}])
def test_a_recall_needs_an_item_and_a_reason(site: Site, form: dict[str, str]) -> None:
    make_day(site)
    browser, before = signed_in(site, "root"), state_of(site)
    assert browser.post("/office/admin/recalls", form).status_code == 422
    assert state_of(site) == before


def test_a_key_is_shown_once_works_and_is_revoked(site: Site) -> None:
    browser = signed_in(site, "root")
    form = {"name": "Web shop", "scopes": "orders:read", "stores": "WAW-01"}
    answer = browser.post("/office/admin/keys", form)
    assert answer.headers["Cache-Control"] == "no-store"
    found = re.search(r"<code>(omni_[\w-]+)</code>", answer.text)
    assert found is not None
    page = browser.get("/office/admin/keys").text
    assert found[1] not in page
    assert found[1][:12] in page
    with site.app.app_context():
        key = key_by_token(found[1])
        assert key is not None
        assert (key.scopes, [store.code for store in key.stores]) == (["orders:read"], ["WAW-01"])
        number = key.id
        db.session.remove()
    browser.post(f"/office/admin/keys/{number}/revoke")
    assert read(site, ApiKey, ApiKey.id == number).revoked_at is not None
    assert browser.post("/office/admin/keys/999/revoke").status_code == 404


@pytest.mark.parametrize(
    "form",
    [
        {"name": "", "scopes": "orders:read"},
        {"name": "Web shop"},
        {"name": "Web shop", "scopes": "everything"},
        {"name": "Web shop", "scopes": "orders:read", "stores": "NOWHERE"},
    ],
)
def test_a_wrong_key_is_not_made(site: Site, form: dict[str, str]) -> None:
    browser, before = signed_in(site, "root"), state_of(site)
    answer = browser.post("/office/admin/keys", form)
    assert answer.status_code == 422
    assert "omni_" not in answer.text.replace("omni_pickup", "")
    assert state_of(site) == before


def test_a_manager_is_offered_no_role_and_no_admin_page(site: Site) -> None:
    page = signed_in(site).get(f"{HERE}/").text
    assert "/role" not in page
    assert "/office/admin" not in page
    assert site.count(Staff) == 6
