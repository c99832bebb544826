"""Every state of the handoff, lying and upright, light and dark: readable, reachable, and quiet in the console."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.looks import WAYS, check_larger_text, check_looks
from tests.e2e.orders import Made, make_ready
from tests.e2e.shops import LANDSCAPE, PORTRAIT, Shop, scan
from tests.e2e.test_handoffs import choose_part, give, scan_bags, see_id

PLACES = [LANDSCAPE, PORTRAIT]
LONG = {"name": "Katarzyna Dąbrowska-Łoś-Wiśniewska", "collector_name": "Żaneta Ćwik", "note": "Bring it to the car"}


def made_of(shop: Shop) -> Made:
    return make_ready(shop, here=True, payment_state="due", payment_due_minor=3000, contact=LONG)


def stray(page: Page) -> None:
    scan(page, "bag_somebodyelses")
    expect(page.locator("#stray")).to_be_visible()
    expect(page.locator("#stray .card")).to_have_count(2)


def folded_out(page: Page) -> None:
    page.locator("[data-fold]").click()


def asked_for_a_bag(page: Page) -> None:
    see_id(page)
    page.locator("#receipt").fill("004512")
    page.keyboard.press("Enter")
    give(page)
    expect(page.locator("#type-bag")).to_be_visible()


STATES: dict[str, Callable[[Page], object]] = {
    "as it opens": lambda page: page.wait_for_timeout(300),
    "a stray scan": stray,
    "its contents": folded_out,
    "a bag to type": asked_for_a_bag,
}


@pytest.mark.parametrize(("size", "scheme"), WAYS)
def test_every_state_is_readable_and_reachable(
    shop: Shop, size: tuple[int, int], scheme: Literal["light", "dark"]
) -> None:
    made = made_of(shop)
    page = shop.tablet(size=size, path=made.path, color_scheme=scheme)
    for state, bring in STATES.items():
        page.goto(shop.base + made.path)
        bring(page)
        check_looks(page, state)
    page.goto(f"{shop.base}{made.path}/wrong")
    for what in ("Takes nothing", "A bag is not here", "Nobody came", "Takes only a part"):
        page.get_by_text(what).first.click()
        check_looks(page, what)
    for path in ("/board/handoff", "/board/handoff?elsewhere=STO-01&ready=1"):
        page.goto(shop.base + path)
        check_looks(page, path)


@pytest.mark.parametrize("size", PLACES)
def test_a_plan_and_what_is_done_are_readable_and_reachable(shop: Shop, size: tuple[int, int]) -> None:
    made = make_ready(shop)
    page = shop.tablet(size=size, path=made.path)
    see_id(page)
    choose_part(page, "Stays here, fetched later")
    scan_bags(page, made)
    check_looks(page, "a plan")
    page.locator("[data-plan-drop]").click()
    give(page)
    page.wait_for_url("**/board/")
    page.goto(shop.base + made.path)
    expect(page.get_by_role("button", name="Take it back")).to_be_visible()
    check_looks(page, "done")


@pytest.mark.parametrize("size", PLACES)
def test_larger_text_stays_on_the_screen(shop: Shop, size: tuple[int, int]) -> None:
    made = made_of(shop)
    for path in (made.path, f"{made.path}/wrong"):
        check_larger_text(shop.tablet(size=size, path=path, bypass_csp=True), path)


def test_the_scripts_break_no_rule_of_the_pages(shop: Shop) -> None:
    made, page, said = make_ready(shop), shop.tablet(), []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    for path in (made.path, f"{made.path}/wrong", "/board/handoff", "/board/handoff?elsewhere=STO-01"):
        page.goto(shop.base + path)
        page.evaluate("omni.refresh()")
        page.wait_for_timeout(400)
    assert said == []


def test_the_bands_have_the_measures_of_the_drawing(shop: Shop) -> None:
    page = shop.tablet(path=make_ready(shop).path)
    heights = {"who": 112, "where": 112, "payment": 88, "check": 88, "bags": 200}
    for band, height in heights.items():
        box = page.locator(f".band-{band}").bounding_box()
        assert box is not None
        assert box["height"] == pytest.approx(height, abs=2), band
    assert page.locator(".place-code").first.evaluate("node => getComputedStyle(node).fontSize") == "48px"
    bag = page.locator(".bag-handoff").first.bounding_box()
    assert bag is not None
    assert (bag["width"], bag["height"]) == (176, 152)
