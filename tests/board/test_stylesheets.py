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


@pytest.mark.parametrize("path", PAGES)
def test_the_stylesheets_of_a_page_are_below_40_kb(site: Site, path: str) -> None:
    with on_floor(site) as floor:
        floor.queued()
    page = signed_in(site).get(path).text
    sheets = re.findall(r"/static/(css/[a-z-]+\.css)", page)
    assert "css/tokens.css" in sheets
    assert sum((ROOT / "static" / sheet).stat().st_size for sheet in sheets) < MOST_CSS


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
    page = signed_in(site).get("/board/").text
    for start, _tag, body in re.findall(r"(<(a|button)\b[^>]*>)(.*?)</\2>", page, re.S):
        words = re.sub(r"<[^>]+>", "", body).strip()
        # Where a script writes the words, it does so before the control is shown.
        assert words or "aria-label" in start or "hidden" in start
