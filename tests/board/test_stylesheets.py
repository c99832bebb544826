"""What a staff page loads, and how it is marked up."""

from __future__ import annotations

import json
import re

import pytest

from omni_pickup.config import ROOT
from tests.board.floors import on_floor, signed_in
from tests.sites import Site

PAGES = (
    "/board/",
    "/board/lock",
    "/board/shift",
    "/board/find?q=x",
    "/board/tasks/put_back",
    "/board/tasks/count",
    "/board/orders/100001",
)
MOST_CSS = 40_000
SHEET = "css/staff.css"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_the_board_loads_one_stylesheet(site: Site, path: str) -> None:
    with on_floor(site) as floor:
        floor.queued()
    assert sheets_of(signed_in(site).get(path).text) == [SHEET]


@pytest.mark.parametrize("path", ["/login", "/setup?token=x", "/nothing", "/board/orders/1"])
def test_doors_and_errors_load_the_same_one(site: Site, path: str) -> None:
    assert sheets_of(signed_in(site).get(path).text) == [SHEET]


def test_the_staffs_stylesheet_is_below_40_kb_as_served(site: Site) -> None:
    served = signed_in(site).get(f"/static/{SHEET}").data
    assert served == (ROOT / "static" / SHEET).read_bytes()
    assert len(served) < MOST_CSS


def test_no_template_of_the_staff_names_another_stylesheet() -> None:
    named = {
        name
        for room in ("board", "office", "macros")
        for template in (ROOT / "templates" / room).glob("*.html")
        for name in re.findall(r"css/[a-z-]+", template.read_text())
    }
    assert named == set()
    assert re.findall(r"css/[a-z-]+\.css", (ROOT / "templates" / "base.html").read_text()) == [SHEET]


def sheets_of(page: str) -> list[str]:
    """The stylesheets that a page asks for."""
    return re.findall(r'<link rel="stylesheet" href="/static/([^"?]+)', page)


@pytest.mark.parametrize("path", PAGES)
def test_no_id_stands_twice_and_nothing_is_styled_or_scripted_inline(site: Site, path: str) -> None:
    with on_floor(site) as floor:
        floor.arrive(floor.queued(gift=True))
    page = signed_in(site).get(path).text
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert sorted(ids) == sorted(set(ids))
    assert not re.search(r"<style|\sstyle=|<script>|\son[a-z]+=|javascript:", page)


def test_every_icon_that_a_template_names_exists() -> None:
    shapes = json.loads((ROOT / "static/icons/lucide.json").read_text())
    for template in (ROOT / "templates").rglob("*.html"):
        for name in re.findall(r'icon\("([a-z0-9-]+)"', template.read_text()):
            assert name in shapes, f"{template.name}: {name}"


def test_every_control_of_the_board_has_a_name(site: Site) -> None:
    with on_floor(site) as floor:
        floor.arrive(floor.ready())
    page = re.sub(r"<template.*?</template>", "", signed_in(site).get("/board/").text, flags=re.S)
    for start, _tag, body in re.findall(r"(<(a|button)\b[^>]*>)(.*?)</\2>", page, re.S):
        words = re.sub(r"<[^>]+>", "", body).strip()
        # Where a script writes the words, it does so before the control is shown.
        assert words or "aria-label" in start or "hidden" in start
