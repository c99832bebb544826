"""The board in a real browser against the real server: live, scanned at, tapped twice, cut off."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from omni_pickup.models import db, transaction
from omni_pickup.models.actors import CUSTOMER, Actor
from omni_pickup.models.clients import Client
from omni_pickup.models.events import Event
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order
from omni_pickup.models.stock import StockLevel
from omni_pickup.models.stores import Store
from omni_pickup.queries.orders.orders import get_order_by_key
from omni_pickup.services.customers.check_ins import check_in
from omni_pickup.services.orders.order_cancels import cancel_order
from omni_pickup.services.orders.orders import place_order
from tests.e2e.shops import PORTRAIT, Shop, scan


def new_order(shop: Shop, name: str = "Anna Nowak") -> str:
    """The number of an order that a channel places now."""
    with shop.app.app_context(), transaction():
        client = db.session.scalars(select(Client)).first()
        store = db.session.scalars(select(Store).where(Store.code == "WAW-01")).one()
        sku = db.session.scalars(
            select(Item.sku)
            .join(StockLevel, StockLevel.item_id == Item.id)
            .where(StockLevel.store_id == store.id, StockLevel.on_hand - StockLevel.reserved > 5, ~StockLevel.blocked)
            .order_by(Item.id)
        ).first()
        assert client is not None
        values = {
            "external_id": f"e2e-{time.monotonic_ns()}",
            "store": store.code,
            "customer": {"name": name},
            "lines": [{"line_id": "1", "sku": sku, "quantity": 1}],
        }
        order, _ = place_order(values, client_id=client.id, by=Actor("channel", client_id=client.id))
        return order.number


def arrive(shop: Shop, number: str) -> None:
    """The customer of that order is at the door."""
    with shop.app.app_context(), transaction():
        order = db.session.scalars(select(Order).where(Order.id == int(number) - 100_000)).unique().one()
        check_in(get_order_by_key(order.id), kind="here", by=CUSTOMER)


@contextmanager
def clean(page: Page) -> Iterator[None]:
    """Nothing is written to the console and nothing is thrown inside."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield
    assert said == []


def test_a_new_order_and_a_customer_appear_by_themselves(shop: Shop) -> None:
    page = shop.tablet()
    with clean(page):
        page.wait_for_timeout(1500)
        number = new_order(shop)
        expect(page.locator(f"#pick-{number}")).to_be_attached(timeout=2000)
        arrive(shop, number)
        card = page.locator(f"#waiting-{number}")
        expect(card).to_be_attached(timeout=2000)
        expect(card).to_contain_text("Nowak A.")


def test_rows_stand_still_under_a_finger_and_new_ones_are_counted(shop: Shop) -> None:
    page = shop.tablet()
    page.wait_for_timeout(1500)
    page.locator("#rows").hover()
    page.mouse.wheel(0, 200)
    number = new_order(shop)
    pill = page.locator("#new-rows")
    expect(pill).to_be_visible(timeout=3000)
    expect(pill).to_have_text(re.compile(r"1 new"))
    expect(page.locator(f"#pick-{number}")).not_to_be_attached()
    pill.click()
    expect(page.locator(f"#pick-{number}")).to_be_attached(timeout=3000)
    expect(pill).to_be_hidden()


def test_typed_text_and_focus_survive_what_others_do(shop: Shop) -> None:
    page = shop.tablet()
    page.wait_for_timeout(1000)
    page.locator("#find-text").fill("kow")
    number = new_order(shop)
    expect(page.locator(f"#pick-{number}")).to_be_attached(timeout=6000)
    expect(page.locator("#find-text")).to_have_value("kow")
    expect(page.locator("#find-text")).to_be_focused()


@pytest.mark.parametrize("gap", [5, 20, 60])
def test_a_scanner_is_understood_whatever_has_the_focus(shop: Shop, gap: float) -> None:
    number = new_order(shop)
    page = shop.tablet()
    scan(page, number, gap=gap)
    expect(page).to_have_url(re.compile(rf"/board/orders/{number}$"), timeout=5000)
    page.goto(f"{shop.base}/board/")
    page.locator("#find-text").fill("abc")
    scan(page, number, gap=gap)
    expect(page).to_have_url(re.compile(rf"/board/orders/{number}$"), timeout=5000)


def test_a_person_who_types_is_no_scanner(shop: Shop) -> None:
    page = shop.tablet()
    scan(page, new_order(shop), gap=150)
    page.wait_for_timeout(500)
    assert page.url == f"{shop.base}/board/"


def test_a_delivery_that_comes_twice_is_one_scan(shop: Shop) -> None:
    page = shop.tablet(path="/board/shift")
    heard = page.evaluate_handle(
        """() => {
          const heard = [];
          document.addEventListener("scan", (event) => {
            event.preventDefault();
            heard.push(event.detail.text);
          });
          return heard;
        }"""
    )
    scan(page, "5901234123457", gap=5)
    scan(page, "5901234123457", gap=5)
    assert heard.json_value() == ["5901234123457"]
    page.wait_for_timeout(400)
    scan(page, "5901234123457", gap=5)
    assert len(heard.json_value()) == 2


def test_two_taps_are_one_command(shop: Shop) -> None:
    number = new_order(shop)
    arrive(shop, number)
    page = shop.tablet(path=f"/board/orders/{number}")
    page.get_by_role("button", name="Resend").dblclick()
    page.wait_for_timeout(1500)
    with shop.app.app_context():
        sent = select(Event).where(Event.type == "order.message_resent", Event.order_id == int(number) - 100_000)
        assert len(db.session.scalars(sent).all()) <= 1


def test_done_is_said_only_after_the_server_said_so(shop: Shop) -> None:
    number = new_order(shop)
    page = shop.tablet(path=f"/board/orders/{number}")

    slow = {"offline": False, "latency": 3000, "downloadThroughput": -1, "uploadThroughput": -1}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    page.get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_role("button", name="Cancel the order").click()
    page.wait_for_timeout(1500)
    assert page.locator(".toast").count() == 0
    expect(page.locator(".toast")).to_contain_text("cancelled", timeout=8000)


def test_without_a_connection_it_says_since_when_and_nothing_is_lost(shop: Shop) -> None:
    number = new_order(shop)
    arrive(shop, number)
    page = shop.tablet()
    page.wait_for_timeout(1000)
    page.context.set_offline(True)
    expect(page.locator("#connection")).to_contain_text("No connection since")
    take = page.locator(f"#waiting-{number} button")
    take.click()
    expect(page.locator(".failure")).to_contain_text("Not sent")
    page.context.set_offline(False)
    expect(page.locator("#connection")).to_be_hidden(timeout=5000)
    page.locator(".failure button").click()
    take.click()
    expect(page).to_have_url(re.compile("/board/waves/"), timeout=5000)


def test_two_tabs_of_one_browser_share_one_stream(shop: Shop) -> None:
    page = shop.tablet()
    second = page.context.new_page()
    streams: list[str] = []
    second.on("request", lambda request: streams.append(request.url) if request.url.endswith("/board/live") else None)
    second.goto(f"{shop.base}/board/")
    second.wait_for_timeout(1500)
    assert streams == []
    number = new_order(shop)
    expect(second.locator(f"#pick-{number}")).to_be_attached(timeout=3000)


def test_nothing_overflows_in_either_direction_with_larger_text(shop: Shop) -> None:
    page = shop.tablet(size=PORTRAIT)
    for path in ("/board/", "/board/shift", "/board/tasks/put_back", "/board/tasks/count"):
        page.goto(shop.base + path)
        page.evaluate("() => { document.documentElement.style.zoom = '1.4'; }")
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth + 1"), path


def test_a_button_that_became_another_one_under_the_finger_is_not_tapped(shop: Shop) -> None:
    page = shop.tablet(path=f"/board/orders/{new_order(shop)}")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or "") if request.method == "POST" else None)
    button = page.get_by_role("button", name="Resend")
    down = "button => button.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }))"
    button.evaluate(down)
    button.evaluate("button => { button.form.dataset.action = 'cancel_order'; button.click(); }")
    page.wait_for_timeout(300)
    assert sent == []
    button.evaluate("button => { button.form.dataset.action = 'resend'; }")
    button.evaluate(down)
    with page.expect_request("**/board/actions"):
        button.evaluate("button => button.click()")


def test_the_bell_counts_who_waits_and_shows_everybody_with_the_way_there(shop: Shop) -> None:
    numbers = [new_order(shop, name) for name in ("Adam Pierwszy", "Ewa Druga")]
    for number in numbers:
        arrive(shop, number)
    page = shop.tablet(path="/board/shift")
    more = page.locator("#alarm [data-more]")
    expect(more).to_have_text(re.compile(r"and \d+ more"))
    page.locator("#alarm").click()
    rows = page.locator("#waiting-people li a")
    expect(rows.filter(has_text="Druga E.")).to_be_visible()
    assert rows.count() == int(re.findall(r"\d+", more.inner_text())[0]) + 1
    rows.filter(has_text="Pierwszy A.").click()
    expect(page).to_have_url(f"{shop.base}/board/orders/{numbers[0]}")
    with shop.app.app_context(), transaction():
        for number in numbers:
            cancel_order(get_order_by_key(int(number) - 100_000), reason="mistake", by=CUSTOMER)
