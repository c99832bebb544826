"""Every page of the staff faces is guarded, and what is open to everybody is a short list."""

from __future__ import annotations

import hashlib
import json
import re

import pytest
from flask import url_for

from omni_pickup.config import ROOT
from omni_pickup.visitors import is_public, safe_next
from tests.sites import ORIGIN, Site

GUARDED = ("board", "office", "entrance")
PUBLIC = {
    "board.show_lock",
    "board.unlock",
    "board.show_enrolment",
    "board.enrol",
    "board.enrol_by_code",
    "entrance.show_sign_in",
    "entrance.sign_in",
    "entrance.sign_out",
    "entrance.show_setup",
    "entrance.finish_setup",
    "entrance.choose_language",
}


def _rules(site: Site) -> list[tuple[str, str, str]]:
    """Endpoint, method and an address of every route of the staff faces."""
    found = []
    with site.app.test_request_context("/", base_url=ORIGIN):
        for rule in site.app.url_map.iter_rules():
            if rule.endpoint.partition(".")[0] not in GUARDED:
                continue
            values = {name: 1 if name in ("session_id", "key_id") else "x" for name in rule.arguments}
            address = url_for(rule.endpoint, **values)
            found += [(rule.endpoint, method, address) for method in sorted((rule.methods or set()) - {"OPTIONS"})]
    return found


def test_only_the_named_pages_are_open_to_everybody(site: Site) -> None:
    with site.app.app_context():
        assert {endpoint for endpoint, _, _ in _rules(site) if is_public(endpoint)} == PUBLIC


def test_every_other_address_turns_an_anonymous_visitor_away(site: Site) -> None:
    browser = site.browser()
    token = browser.csrf()
    tried = 0
    for endpoint, method, address in _rules(site):
        if endpoint in PUBLIC:
            continue
        tried += 1
        data = {"csrf_token": token} if method == "POST" else None
        answer = browser.client.open(address, method=method, data=data, base_url=ORIGIN)
        assert answer.status_code == (401 if method == "POST" else 303), (endpoint, method)
    assert tried > 10


def test_every_unsafe_address_needs_a_csrf_token(site: Site) -> None:
    browser = site.browser()
    browser.sign_in("root")
    for endpoint, method, address in _rules(site):
        if method == "POST":
            assert browser.client.post(address, base_url=ORIGIN).status_code == 400, endpoint


def test_pages_hold_no_inline_style_or_script(site: Site) -> None:
    browser = site.browser()
    browser.sign_in("root")
    tablet = site.tablet()
    tablet.unlock(site.ids.ania)
    pages = [browser.get(path).text for path in ("/office/", "/office/WAW-01/", "/office/WAW-01/staff/new", "/login")]
    pages += [tablet.get(path).text for path in ("/board/", "/board/lock", "/board/enrol?token=x")]
    for page in pages:
        assert "<!doctype html>" in page
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", page)
        assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


@pytest.mark.parametrize("given", [None, "", "board", "//x", "/\\x", "/a\nb", "https://x/", "/ x", "/\x7f"])
def test_next_is_a_path_of_this_site_or_nothing(given: str | None) -> None:
    assert safe_next(given, "/home") == "/home"


@pytest.mark.parametrize("given", ["/", "/board/", "/office/WAW-01/?a=b&c=%2F", "/a//b", "/x?next=https://y/"])
def test_paths_of_this_site_pass(given: str) -> None:
    assert safe_next(given, "/home") == given


def test_vendored_files_are_the_ones_that_the_lock_names() -> None:
    lock = json.loads((ROOT / "static/vendor/vendor.lock").read_text())
    for entry in lock:
        assert hashlib.sha256((ROOT / entry["file"]).read_bytes()).hexdigest() == entry["sha256"], entry["file"]
        assert re.fullmatch(r"\d+\.\d+\.\d+", entry["version"])
        assert entry["licence"]
    present = {path.relative_to(ROOT).as_posix() for path in (ROOT / "static/vendor").iterdir()}
    present |= {path.relative_to(ROOT).as_posix() for path in (ROOT / "static/fonts").glob("inter-*.woff2")}
    assert present - {"static/vendor/vendor.lock"} == {entry["file"] for entry in lock}
