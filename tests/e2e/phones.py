"""What a customer does on a phone, from the link of the message to the return."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, expect

from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.services.customers.order_links import order_token
from tests.e2e.customers import phone, speak_english
from tests.e2e.shops import Shop


@contextmanager
def opened(shop: Shop, number: str) -> Iterator[Page]:
    """The order's page, by its link."""
    with shop.app.app_context():
        link = f"{shop.base}/p/{order_token(get_order_by_key(int(number) - 100_000))}"
    with phone(shop) as page:
        speak_english(page, shop.base)
        page.goto(link)
        yield page


def sets_out(page: Page) -> None:
    page.get_by_role("button", name="I’m on my way").click()
    expect(page.locator("#status")).to_contain_text("on your way")


def names_collector(page: Page, name: str) -> None:
    """Somebody else comes, with a code of their own."""
    page.get_by_text("Change something").click()
    page.get_by_text("Someone else collects").click()
    page.get_by_label("Name, as in their ID").fill(name)
    page.get_by_role("button", name="Let them collect it").click()
    expect(page.locator("#status")).to_contain_text(f"{name} may collect it, too.")


def arrives(page: Page, *, bay: str, vehicle: str) -> None:
    """In the car, in a bay."""
    page.get_by_role("link", name=re.compile("I’m here|I’m already at the store")).first.click()
    page.locator(".bay", has_text=bay).first.click()
    page.get_by_label("Your car").fill(vehicle)
    page.get_by_role("button", name="I’m here").click()
    expect(page.locator("h1")).to_contain_text("We know that you are here")


def announces_return(page: Page) -> str:
    """One piece of the first goods comes back; its RMA number."""
    page.reload()
    page.get_by_text("Return something").click()
    page.locator("select[name^=pieces-]").first.select_option("1")
    page.locator("select[name^=reason-]").first.select_option("changed_mind")
    page.get_by_role("button", name="Announce the return").click()
    page.wait_for_url("**/r/**")
    return page.url.rpartition("/")[2].partition("?")[0]
