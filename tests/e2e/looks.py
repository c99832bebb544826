"""What every screen must pass in every state: no axe violation, nothing too wide, nothing too small for a glove."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_SMALLEST = 44
_SMALL = """least => [...document.querySelectorAll('a, button, summary, select, input:not([type=radio])')]
    .filter(one => {
        const box = one.getBoundingClientRect();
        return one.checkVisibility() && box.width > 1 && (box.height < least || box.width < least);
    }).map(one => one.outerHTML.slice(0, 120))"""
_LARGER = """() => {
    const all = [...document.querySelectorAll('body *')];
    const sizes = all.map(one => [one, parseFloat(getComputedStyle(one).fontSize)]);
    for (const [one, size] of sizes) {
        one.style.fontSize = `${size * 1.4}px`;
        one.style.lineHeight = '1.3';
    }
}"""


def check_looks(page: Page, state: str) -> None:
    """Fails with what is wrong in this state of the page."""
    found = Axe().run(page, options={"runOnly": _RULES}).response["violations"]
    assert [f"{one['id']}: {node['target']}" for one in found for node in one["nodes"]] == [], state
    small = page.evaluate(_SMALL, _SMALLEST)
    assert small == [], state
    assert is_within(page), state


def check_larger_text(page: Page, state: str) -> None:
    """With text 40 % larger nothing leaves the screen sideways; the page is of no use for other checks afterwards."""
    page.evaluate(_LARGER)
    assert is_within(page), state


def is_within(page: Page) -> bool:
    """Whether neither the page nor its content has to be scrolled sideways."""
    wide = "[document.documentElement, document.querySelector('main')].some(one => one.scrollWidth > one.clientWidth)"
    return not page.evaluate(wide)
