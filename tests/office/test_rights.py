"""Every command of the office, tried by its manager and by everybody who may not: what is denied changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest

from omni_pickup import clock
from tests.office.days import make_day, signed_in, state_of
from tests.sites import ORIGIN, Site

Act = Callable[[Site, SimpleNamespace], tuple[str, dict[str, str]]]
HERE = "/office/WAW-01"


def _tomorrow() -> str:
    return (clock.now() + timedelta(days=1)).date().isoformat()


#: Every unsafe address of a store, besides those of `test_store_today`, with a form that works.
ACTS: dict[str, Act] = {
    "promise": lambda site, day: (f"{HERE}/orders/{day.late}/promise", {}),
    "tell": lambda site, day: (f"{HERE}/orders/{day.short}/tell", {}),
    "retry": lambda site, day: (f"{HERE}/messages/{day.message}/retry", {}),
    "give up": lambda site, day: (f"{HERE}/messages/{day.message}/give-up", {}),
    "hours": lambda site, day: (f"{HERE}/hours", {"day": _tomorrow(), "how": "closed"}),
    "place": lambda site, day: (f"{HERE}/places", {"code": "S-02", "zone": "ambient", "kind": "shelf"}),
    "retire": lambda site, day: (f"{HERE}/places/retire", {"code": "S-01"}),
    "count": lambda site, day: (f"{HERE}/stock/count", {"sku": "MUG", "counted": "18"}),
    "found": lambda site, day: (f"{HERE}/stock/found", {"sku": "MUG", "pieces": "1"}),
    "learned": lambda site, day: (f"{HERE}/stock/learned", {"sku": "MUG", "learned": "1"}),
    "ask": lambda site, day: (f"{HERE}/stock/transfer", {"sku": "MUG", "source": "STO-01", "wanted": "2"}),
    "put back": lambda site, day: (f"{HERE}/tasks/{day.put_back}/put-back", {"sellable": "2", "location": "A-1"}),
    "stage": lambda site, day: (f"{HERE}/tasks/{day.search}/stage", {"location": "S-01"}),
    "ship": lambda site, day: (f"{HERE}/transfers/{day.out}/ship", {day.out_line: "2"}),
    "turn back": lambda site, day: (
        f"{HERE}/transfers/{day.sent}/turn-back",
        {day.sent_line: "1", "reason": "Never loaded"},
    ),
    "call off": lambda site, day: (f"{HERE}/transfers/{day.out}/cancel", {}),
    "receive": lambda site, day: (f"{HERE}/transfers/{day.to_come}/receive", {day.come_line: "3"}),
    "write off": lambda site, day: (
        f"{HERE}/transfers/{day.to_come}/write-off",
        {day.come_line: "3", "reason": "Lost"},
    ),
}
#: What only an admin may do.
ADMIN_ACTS: dict[str, Act] = {
    "role": lambda site, day: (f"{HERE}/staff/{site.ids.ania}/role", {"role": "manager", "stores": "WAW-01"}),
    "count rule": lambda site, day: (f"{HERE}/counts/rule", {"pieces": "4", "value": "", "another": "yes"}),
    "stop": lambda site, day: ("/office/admin/recalls", {"item": "MUG", "reason": "Handle breaks"}),
    "key": lambda site, day: ("/office/admin/keys", {"name": "Web shop", "scopes": "orders:read"}),
    "revoke key": lambda site, day: (f"/office/admin/keys/{day.key}/revoke", {}),
}
PAGES = (
    *(f"{HERE}/{page}" for page in ("", "attention", "hours", "places", "stock", "stock?q=mu", "stock/item?sku=MUG")),
    *(f"{HERE}/tasks/{kind}" for kind in ("put_back", "count", "search")),
    f"{HERE}/transfers",
    f"{HERE}/counts",
)
ADMIN_PAGES = ("/office/admin/recalls", "/office/admin/keys")


@pytest.mark.parametrize("act", ACTS)
def test_a_manager_may_do_it_in_their_own_store(site: Site, act: str) -> None:
    day = make_day(site)
    browser, before = signed_in(site), state_of(site)
    answer = browser.post(*ACTS[act](site, day))
    assert answer.status_code == 303, answer.text
    assert state_of(site) != before
    assert browser.get(answer.location).status_code == 200


@pytest.mark.parametrize("act", ADMIN_ACTS)
def test_an_admin_may_do_it(site: Site, act: str) -> None:
    day = make_day(site)
    browser, before = signed_in(site, "root"), state_of(site)
    assert browser.post(*ADMIN_ACTS[act](site, day)).status_code in (200, 303)
    assert state_of(site) != before


@pytest.mark.parametrize(
    ("who", "status"), [(None, 401), ("ania", 403), ("boss", 404), ("tablet", 403), ("no csrf", 400)]
)
def test_nobody_else_may_do_any_of_it_and_nothing_changes(site: Site, who: str | None, status: int) -> None:
    day = make_day(site)
    browser = site.tablet() if who == "tablet" else site.browser()
    if who == "tablet":
        browser.unlock(site.ids.bartek)
    elif who is not None:
        browser.sign_in("mona" if who == "no csrf" else who)
    before, token = state_of(site), browser.csrf()
    for name, act in ACTS.items():
        path, form = act(site, day)
        sent = form if who == "no csrf" else {"csrf_token": token, **form}
        assert browser.client.post(path, data=sent, base_url=ORIGIN).status_code == status, name
    assert state_of(site) == before


@pytest.mark.parametrize(("who", "status"), [(None, 401), ("ania", 403), ("mona", 403), ("boss", 403)])
def test_what_is_an_admins_is_denied_to_managers_and_nothing_changes(site: Site, who: str | None, status: int) -> None:
    day = make_day(site)
    browser = site.browser()
    if who:
        browser.sign_in(who)
    before, token = state_of(site), browser.csrf()
    for name, act in ADMIN_ACTS.items():
        path, form = act(site, day)
        # What belongs to a store that is not one's own is not even there.
        expected = 404 if who == "boss" and name in ("role", "count rule") else status
        answer = browser.client.post(path, data={"csrf_token": token, **form}, base_url=ORIGIN)
        assert answer.status_code == expected, name
    assert state_of(site) == before


@pytest.mark.parametrize(("who", "status"), [(None, 303), ("ania", 403), ("boss", 404), ("mona", 200), ("root", 200)])
def test_pages_open_for_the_stores_managers_and_change_nothing(site: Site, who: str | None, status: int) -> None:
    make_day(site)
    browser = site.browser()
    if who:
        browser.sign_in(who)
    before = state_of(site)
    for path in PAGES:
        answer = browser.get(path)
        # A search that means one item leads to it.
        assert answer.status_code == status or (status == 200 and answer.location), path
    assert state_of(site) == before


@pytest.mark.parametrize(("who", "status"), [(None, 303), ("ania", 403), ("mona", 403), ("root", 200)])
def test_an_admins_pages_open_for_admins_only(site: Site, who: str | None, status: int) -> None:
    browser = site.browser()
    if who:
        browser.sign_in(who)
    for path in (*ADMIN_PAGES, f"{HERE}/staff/{site.ids.ania}/role"):
        assert browser.get(path).status_code == status, path


def test_nothing_of_another_store_is_reached_through_ones_own(site: Site) -> None:
    day = make_day(site)
    browser, before = signed_in(site, "boss"), state_of(site)
    for name, act in ACTS.items():
        if name in ("promise", "tell", "retry", "give up", "put back", "stage", "ship"):
            path, form = act(site, day)
            assert browser.post(path.replace("WAW-01", "STO-01"), form).status_code == 404, name
    assert state_of(site) == before


def test_only_the_store_that_gets_the_goods_counts_them_in(site: Site) -> None:
    day = make_day(site)
    browser, before = signed_in(site, "boss"), state_of(site)
    path, form = ACTS["receive"](site, day)
    assert browser.post(path.replace("WAW-01", "STO-01"), form).status_code == 404
    assert state_of(site) == before
