"""Every state of the walk and of the staging screen, upright and lying, light and dark: readable and reachable."""

from __future__ import annotations

import re
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.looks import WAYS
from tests.e2e.shops import PORTRAIT, Shop, scan
from tests.e2e.test_picking import current, other_goods
from tests.e2e.test_picking import walk as walk

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_SMALLEST = 44


def check(page: Page, state: str) -> None:
    """No violation, nothing wider than the screen, nothing too small for a glove."""
    found = Axe().run(page, options={"runOnly": _RULES}).response["violations"]
    told = [f"{one['id']}: {node['target']}" for one in found for node in one["nodes"]]
    assert told == [], state
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), state
    small = page.evaluate(
        """least => [...document.querySelectorAll('a, button, summary, input')].filter(one => {
            const box = one.getBoundingClientRect();
            return one.checkVisibility() && box.width > 1 && (box.height < least || box.width < least);
        }).map(one => one.outerHTML.slice(0, 120))""",
        _SMALLEST,
    )
    assert small == [], state


@pytest.mark.parametrize(("size", "scheme"), WAYS)
def test_every_state_is_readable_and_reachable(
    shop: Shop, walk: str, size: tuple[int, int], scheme: Literal["light", "dark"]
) -> None:
    page = shop.tablet(size=size, path=walk, color_scheme=scheme)
    check(page, "a stop")
    for box in (page.locator(".stop.current .stop-shelf"), page.locator(".stop.current .stop-next")):
        expect(box).to_be_in_viewport(ratio=1)
    scan(page, other_goods(page))
    expect(current(page).locator(".wrong")).to_contain_text("You scanned")
    check(page, "a wrong scan")
    page.get_by_role("button", name="List").click()
    check(page, "the list")
    page.get_by_role("button", name="List").click()
    current(page).get_by_role("button", name="Can’t find").click()
    check(page, "the reasons")
    page.keyboard.press("Escape")
    page.get_by_role("button", name=re.compile("Pause")).click()
    expect(page.locator(".walk-panel")).to_be_visible()
    check(page, "a pause")
    other = shop.tablet("bartek", size=size, path=walk, color_scheme=scheme)
    check(other, "somebody else's walk")
    page.goto(f"{shop.base}/board/staging")
    check(page, "the bags")
    scan(page, "S-01")
    expect(page.locator("#call-wrong")).to_be_visible()
    check(page, "a refused place")


def test_a_stop_has_the_measures_of_the_drawing(shop: Shop, walk: str) -> None:
    page = shop.tablet(size=PORTRAIT, path=walk)
    page.locator("#alarm").evaluate("line => line.remove()")
    sizes = {".stop-shelf": "56px", ".stop-tote": "96px", ".stop-times": "72px", ".fact": "28px"}
    for part, size in sizes.items():
        assert current(page).locator(part).first.evaluate("node => getComputedStyle(node).fontSize") == size, part
    picture = current(page).locator(".stop-picture").bounding_box()
    bar = current(page).locator(".stop-bar").bounding_box()
    assert picture is not None
    assert bar is not None
    assert picture["height"] == pytest.approx(1280 * 0.4, abs=8)
    assert (bar["height"], bar["y"] + bar["height"]) == (80, 1280)


def test_the_script_breaks_no_rule_of_the_page(shop: Shop, walk: str) -> None:
    page = shop.tablet(size=PORTRAIT)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    for path in (walk, "/board/staging"):
        page.goto(shop.base + path)
        page.wait_for_timeout(500)
    assert said == []
