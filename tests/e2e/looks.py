"""What every screen must pass in every state: open to everybody, no id twice, nothing too wide or too small."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.e2e.shops import LANDSCAPE, PORTRAIT

#: Both ways to hold a tablet and both schemes, each of them once by default, every pair behind `--long`.
WAYS = [
    (LANDSCAPE, "light"),
    (PORTRAIT, "dark"),
    pytest.param(LANDSCAPE, "dark", marks=pytest.mark.long),
    pytest.param(PORTRAIT, "light", marks=pytest.mark.long),
]
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_SMALLEST, _PRIMARY = 44, 48
_SMALL = """least => [...document.querySelectorAll('a, button, summary, select, input:not([type=radio])')]
    .filter(one => {
        const box = one.getBoundingClientRect();
        return one.checkVisibility() && box.width > 1 && (box.height < least || box.width < least);
    }).map(one => one.outerHTML.slice(0, 120))"""
_LOW = """least => [...document.querySelectorAll('.primary')]
    .filter(one => one.checkVisibility() && one.getBoundingClientRect().height < least)
    .map(one => one.outerHTML.slice(0, 120))"""
_TWICE = """() => [...document.querySelectorAll('[id]')].map(one => one.id)
    .filter((id, place, all) => all.indexOf(id) !== place)"""
_CUT = """() => [...document.querySelectorAll('button, a.button, summary, h1, h2, .chip')]
    .filter(one => one.checkVisibility() && !one.closest('.visually-hidden') && one.scrollWidth > one.clientWidth + 1
        && getComputedStyle(one).display !== 'inline' && one.clientWidth > 1)
    .map(one => one.textContent.trim().replace(/\\s+/g, ' '))"""
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
    assert complaints(page, state) == []


def complaints(page: Page, state: str) -> list[str]:
    """What is wrong in this state of the page."""
    found = Axe().run(page, options={"runOnly": _RULES}).response["violations"]
    wrong = [f"{one['id']}: {node['target']}" for one in found for node in one["nodes"]]
    wrong += [f"smaller than {_SMALLEST} px: {one}" for one in page.evaluate(_SMALL, _SMALLEST)]
    wrong += [f"lower than {_PRIMARY} px: {one}" for one in page.evaluate(_LOW, _PRIMARY)]
    wrong += [f"twice: {one}" for one in page.evaluate(_TWICE)]
    wrong += [] if is_within(page) else ["wider than the screen"]
    return [f"{state}: {one}" for one in wrong]


def check_larger_text(page: Page, state: str) -> None:
    """With text 40 % larger nothing leaves the screen sideways; the page is of no use for other checks afterwards."""
    enlarge_text(page)
    assert is_within(page), state


def enlarge_text(page: Page) -> None:
    """Make every text of the page 40 % larger."""
    page.evaluate(_LARGER)


def is_within(page: Page) -> bool:
    """Whether neither the page nor its content has to be scrolled sideways."""
    wide = "[document.documentElement, document.querySelector('main')].some(one => one.scrollWidth > one.clientWidth)"
    return not page.evaluate(wide)


def cut_texts(page: Page) -> list[str]:
    """Words of buttons, headings and chips that do not fit into them."""
    found: list[str] = page.evaluate(_CUT)
    return found
