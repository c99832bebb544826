"""Phones of customers: the links of the sample orders by their situation, and what can be measured on a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from sqlalchemy import select

from omni_pickup import clock
from omni_pickup.models import db, transaction
from omni_pickup.models.orders import Order
from omni_pickup.models.returns import Return
from omni_pickup.queries.orders.customer_pages import PickupFacts, pickup_facts
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.services.customers.order_links import order_token, return_token
from tests.e2e.shops import Shop

PHONE = {"width": 390, "height": 844}
#: Everything that can be tapped and is smaller than 44 px, words inside a sentence apart (WCAG 2.2, 2.5.8).
_SMALL = """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary, label')]
  .filter(one => one.checkVisibility() && !one.closest('label:not(:scope)')?.contains(one.parentElement))
  .map(one => [one.outerHTML.slice(0, 80), one.getBoundingClientRect().height])
  .filter(([_, height]) => height < 44)"""
_WIDE = """() => [...document.querySelectorAll('body *')]
  .filter(one => one.checkVisibility() && !one.closest('.unseen') && one.getBoundingClientRect().right > innerWidth + 1)
  .map(one => one.outerHTML.slice(0, 80))"""
_OPEN_ALL = (
    "() => document.querySelectorAll('details').forEach(one => { one.removeAttribute('name'); one.open = true })"
)


def links(shop: Shop) -> dict[str, str]:
    """One link for each situation that the sample data has."""
    found = {"unknown": f"{shop.base}/p/unknown", "lost": f"{shop.base}/p/", "asked": f"{shop.base}/p/o/asked"}
    with shop.app.app_context():
        for order in db.session.scalars(select(Order).order_by(Order.id)).unique():
            situation = _situation(pickup_facts(order, now=clock.now()))
            found.setdefault(situation, f"{shop.base}/p/{order_token(order)}")
        for ret in db.session.scalars(select(Return).order_by(Return.id)):
            found.setdefault(f"return {ret.state}", f"{shop.base}/r/{return_token(ret)}")
    return found


def _situation(facts: PickupFacts) -> str:
    order = facts.order
    if facts.questions:
        return "question"
    if facts.here is not None:
        return f"here {'taken' if facts.helper else order.state}"
    marks = {"coming": facts.coming is not None, "due": order.payment_state == "due", "gift": order.gift}
    marks["collector"] = bool(order.contact.collector_name)
    return " ".join([order.state, *(mark for mark, is_so in marks.items() if is_so)])


@contextmanager
def phone(shop: Shop, **options: Any) -> Iterator[Page]:
    """A page on a phone. Whatever the policy stops, or a script trips over, fails the test.

    Not complained about: the page for unknown links, which is a 404, and connections that a test cuts.
    """
    context = shop.browser.new_context(**{"viewport": PHONE, "locale": "en-GB", **options})
    page, complaints = context.new_page(), []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        yield page
        assert [said for said in complaints if "404" not in said and "net::ERR_FAILED" not in said] == []
    finally:
        context.close()


def speak_english(page: Page, base: str) -> None:
    page.context.add_cookies([{"name": "language", "value": "en", "url": base}])


def open_all(page: Page) -> None:
    """Unfold everything, so that it is looked at, too."""
    page.evaluate(_OPEN_ALL)


def barriers(page: Page) -> list[str]:
    """What axe finds by the rules of WCAG 2.2 AA."""
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": tags}})
    return [
        f"{one['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
        for one in found.response["violations"]
        for node in one["nodes"]
    ]


def small_targets(page: Page) -> list[Any]:
    return list(page.evaluate(_SMALL))


def too_wide(page: Page) -> list[str]:
    return list(page.evaluate(_WIDE))


def enlarge_text(page: Page) -> None:
    """What a person does who reads better with larger letters: 40 % more."""
    page.evaluate("document.documentElement.style.fontSize = '140%'")


def touch(shop: Shop, number: str, change: Any) -> None:
    """Change an order from within the shop, as staff would."""
    with shop.app.app_context(), transaction():
        orders = select(Order.id).order_by(Order.id)
        order_id = next(key for key in db.session.scalars(orders) if get_order_by_key(key).number == number)
        change(get_order_by_key(order_id))
