"""The customer's pages on a phone: looked at in every situation, and walked through with and without scripts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from omni_pickup.models.actors import SYSTEM
from omni_pickup.services.customers.check_ins import check_in
from tests.e2e.customers import (
    barriers,
    enlarge_text,
    links,
    open_all,
    phone,
    small_targets,
    speak_english,
    too_wide,
    touch,
)
from tests.e2e.shops import Shop

#: Every situation in one scheme by default, in both behind `--long`.
SCHEMES = [
    ("light", slice(0, None, 2)),
    ("dark", slice(1, None, 2)),
    pytest.param("light", slice(1, None, 2), marks=pytest.mark.long),
    pytest.param("dark", slice(0, None, 2), marks=pytest.mark.long),
]


@pytest.mark.parametrize(("scheme", "which"), SCHEMES)
def test_every_situation_is_open_to_everybody(shop: Shop, scheme: str, which: slice) -> None:
    """axe finds nothing, targets are large enough, and nothing leaves the screen, also with larger letters."""
    found = links(shop)
    assert len(found) > 18, sorted(found)
    complaints = []
    with phone(shop, color_scheme=scheme) as page:
        for situation, link in sorted(found.items())[which]:
            page.goto(link)
            open_all(page)
            complaints += [f"{situation}: {one}" for one in (*barriers(page), *small_targets(page), *too_wide(page))]
            enlarge_text(page)
            complaints += [f"{situation} with larger letters: {one}" for one in too_wide(page)]
    assert complaints == []


#: The language with the longest words by default.
@pytest.mark.parametrize("language", ["de", *(pytest.param(name, marks=pytest.mark.long) for name in ("pl", "sv"))])
def test_no_language_is_too_long_for_the_screen(shop: Shop, language: str) -> None:
    complaints = []
    with phone(shop, viewport={"width": 320, "height": 640}) as page:
        page.context.add_cookies([{"name": "language", "value": language, "url": shop.base}])
        for situation, link in links(shop).items():
            page.goto(link)
            assert page.locator("html").get_attribute("lang") == language
            open_all(page)
            complaints += [f"{situation}: {one}" for one in too_wide(page)]
    assert complaints == []


def test_the_page_can_be_read_from_right_to_left(shop: Shop) -> None:
    with phone(shop) as page:
        page.goto(links(shop)["ready"])
        page.evaluate("document.documentElement.dir = 'rtl'")
        open_all(page)
        assert too_wide(page) == []
        store = page.locator(".place > .icon").bounding_box()
        way = page.locator(".place .square").bounding_box()
        assert store is not None
        assert way is not None
        assert store["x"] > way["x"]


def test_the_code_stands_on_white_and_large(shop: Shop) -> None:
    with phone(shop, color_scheme="dark") as page:
        page.goto(links(shop)["ready"])
        box = page.locator("svg.qr").bounding_box()
        assert box is not None
        assert box["width"] >= 189
        assert (
            page.locator(".code-card").evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(255, 255, 255)"
        )
        assert page.locator(".code").first.evaluate("one => getComputedStyle(one).fontSize") == "36px"


def test_on_my_way_and_here_work_without_scripts(shop: Shop) -> None:
    with phone(shop, java_script_enabled=False) as page:
        speak_english(page, shop.base)
        page.goto(links(shop)["received"])
        assert re.fullmatch(rf"{re.escape(shop.base)}/p/o/\d+", page.url)
        page.get_by_role("button", name="I’m on my way").click()
        expect(page.locator("#status")).to_contain_text("You are on your way.")
        page.get_by_text("Change something").click()
        page.get_by_text("Someone else collects").click()
        page.get_by_label("Name, as in their ID").fill("Piotr Nowak")
        page.get_by_role("button", name="Let them collect it").click()
        expect(page.locator("#status")).to_contain_text("Piotr Nowak may collect it, too.")


def test_the_button_repeats_what_was_chosen(shop: Shop) -> None:
    with phone(shop) as page:
        speak_english(page, shop.base)
        page.goto(links(shop)["question"])
        assert page.locator("input:checked").count() == 0
        button = page.locator(".choices button")
        expect(button).to_have_text("Choose one")
        page.get_by_text("Cancel the whole order", exact=True).click()
        expect(button).to_have_text("Cancel the whole order")


def test_the_page_follows_the_shop_by_itself(shop: Shop) -> None:
    """A poll that finds nothing new is answered with 304; what somebody has opened stays open."""
    with phone(shop) as page:
        speak_english(page, shop.base)
        answers: list[int] = []
        page.on("response", lambda answer: answers.append(answer.status) if "/p/o/" in answer.url else None)
        page.clock.install()
        page.goto(links(shop)["ready gift"])
        number = page.url.rpartition("/")[2]
        page.get_by_text("Change something").click()
        for _ in range(2):
            with page.expect_response(re.compile("/p/o/")):
                page.clock.run_for(12_100)
        assert answers[-1] == 304
        touch(shop, number, lambda order: check_in(order, kind="here", source="staff", by=SYSTEM))
        page.clock.run_for(12_100)
        expect(page.locator("h1")).to_have_text("We know that you are here.")
        expect(page.locator("#spoken")).to_have_text("We know that you are here.")
        assert page.locator("#change").get_attribute("open") is not None


def test_a_lost_connection_is_told(shop: Shop) -> None:
    with phone(shop) as page:
        speak_english(page, shop.base)
        page.clock.install()
        page.goto(links(shop)["collected"])
        page.route("**/p/o/*", lambda route: route.abort())
        page.clock.run_for(12_100)
        expect(page.locator("#offline")).to_be_visible()
        page.unroute("**/p/o/*")
        page.clock.run_for(12_100)
        expect(page.locator("#offline")).to_be_hidden()
