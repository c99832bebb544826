"""The counter, done by hands: people who wait, ring, show a code or have none, take a part, bring something back."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect
from sqlalchemy import select

from omni_pickup.models import db
from omni_pickup.models.items import Item, ItemGtin
from omni_pickup.models.orders import Order
from omni_pickup.queries.orders.orders import pickup_code
from omni_pickup.rules.pickup_qrs import qr_text
from tests.e2e.floor_walks import PATIENCE
from tests.e2e.hands import Done, Hands
from tests.e2e.shops import Shop

PRIMARY = re.compile(r"\bprimary\b")


@dataclass(frozen=True, slots=True)
class Customer:
    """Who stands at the counter: the order's number, what the phone shows, and the surname."""

    order_id: str
    number: str
    qr: str
    surname: str

    @property
    def path(self) -> str:
        return f"/board/handoff/{self.order_id}"


def customer_of(shop: Shop, number: str) -> Customer:
    """The buyer of that order."""
    with shop.app.app_context():
        order = db.session.scalars(select(Order).where(Order.id == int(number) - 100_000)).unique().one()
        name = str(order.contact.name)
        return Customer(order.public_id, number, qr_text(order.public_id, pickup_code(order) or ""), name.split()[-1])


def by_qr(hands: Hands, customer: Customer) -> None:
    """The customer shows the code: a scan on the board is enough."""
    with hands.step("hand over by QR"):
        hands.scan(customer.qr, lambda: _at_handoff(hands.page, customer))
        _give(hands)


def by_card(hands: Hands, customer: Customer) -> None:
    """Somebody waits: who goes there says so, and the rest is as ever."""
    with hands.step("hand over to somebody who waits"):
        take = hands.page.locator(f"#waiting-{customer.number}").get_by_role("button")
        hands.tap(take, "I’ll take it", lambda: _at_handoff(hands.page, customer))
        hands.scan(customer.qr, lambda: _proved(hands.page))
        _give(hands)


def after_staging(hands: Hands, customer: Customer) -> None:
    """The goods were fetched for somebody who waits, and the last bag leads to the counter."""
    with hands.step("hand over what was just picked"):
        link = hands.page.get_by_role("link", name=re.compile("Hand over"))
        hands.tap(link, "to the counter", lambda: _at_handoff(hands.page, customer))
        hands.scan(customer.qr, lambda: _proved(hands.page))
        _give(hands)


def by_name(hands: Hands, customer: Customer) -> None:
    """No telephone, no code: found by number, known by an ID."""
    with hands.step("hand over by ID"):
        _find(hands, customer.number, lambda: _at_handoff(hands.page, customer))
        hands.tap(hands.page.get_by_role("button", name="No code"), "there is no code")
        hands.tap(hands.page.get_by_role("button", name=re.compile("ID seen")).first, "the ID was seen")
        _give(hands)


def with_a_wrong_bag(hands: Hands, customer: Customer, wrong: str) -> None:
    """Somebody else's bag is scanned first; it cannot be overlooked, and the next right scan goes on."""
    with hands.step("hand over, a wrong bag first"):
        hands.scan(customer.qr, lambda: _at_handoff(hands.page, customer))
        stray = hands.page.locator("#stray")
        hands.scan(wrong, lambda: expect(stray).to_be_visible(timeout=PATIENCE))
        expect(hands.page.locator(".bag-in")).to_have_count(0)
        _give(hands)


def in_part(hands: Hands, customer: Customer) -> None:
    """One piece is refused because it is damaged."""
    page = hands.page
    with hands.step("hand over a part"):
        hands.scan(customer.qr, lambda: _at_handoff(page, customer))
        goes_wrong = page.get_by_role("link", name="Something’s wrong")
        part = page.locator(".tile", has_text="Takes only a part")
        hands.tap(goes_wrong, "something is wrong", lambda: expect(part).to_be_visible(timeout=PATIENCE))
        hands.tap(part, "takes only a part")
        hands.tap(page.locator("[data-less]").first, "one piece less")
        hands.tap(page.locator("select").first, "why")
        page.locator("select").first.select_option(label="Refused: Damaged")
        hands.tap(page.locator("[data-go-on]"), "go on", lambda: _at_handoff(page, customer))
        _give(hands)


def and_undo(hands: Hands, customer: Customer) -> None:
    """The wrong person: taken back within ten seconds, then handed over once more."""
    by_qr(hands, customer)
    page = hands.page
    with hands.step("undo a handoff"):
        undo = page.get_by_role("button", name=re.compile("Undo, "))
        hands.tap(undo, "undo", lambda: page.wait_for_url(f"**{customer.path}", timeout=PATIENCE))
    with hands.step("hand over again"):
        hands.scan(customer.qr, lambda: _proved(page))
        _give(hands)


def rings(hands: Hands, customer: Customer) -> str:
    """Somebody rings and says a number; returns the sentence to read out."""
    page = hands.page
    with hands.step("answer a call"):
        said = page.locator(".say")
        _find(hands, customer.number, lambda: expect(said).to_be_visible(timeout=PATIENCE))
        sentence = said.inner_text()
        hands.tap(page.locator("a.back"), "back", lambda: _on_board(page))
    return sentence


def brings_back(hands: Hands, shop: Shop, customer: Customer) -> None:
    """A walk-in without paper: found by its order's number, judged, received, carried to the shelf."""
    page, (code, shelf) = hands.page, goods_of(shop, customer)
    with hands.step("take a piece back"):
        sheet = page.get_by_role("button", name="Return", exact=True)
        found = lambda: expect(sheet).to_be_visible(timeout=PATIENCE)  # noqa: E731
        _find(hands, customer.number, found)
        desk = page.locator("[data-desk]")
        hands.tap(sheet, "its return", lambda: expect(desk).to_be_visible(timeout=PATIENCE))
        if not page.locator(".piece-here").count():
            here = lambda: expect(page.locator(".piece-here")).to_be_visible(timeout=PATIENCE)  # noqa: E731
            hands.scan(code, here)
        hands.tap(page.locator(".reasons label", has_text="Changed mind"), "why")
        judged = lambda: expect(page.locator(".verdict").first).to_be_visible(timeout=PATIENCE)  # noqa: E731
        hands.tap(page.locator(".condition", has_text="Unopened"), "what it looks like", judged)
        receive = page.get_by_role("button", name=re.compile(r"Receive \d"))
        ways = page.get_by_text("Where the pieces go")
        hands.tap(receive, "received", lambda: expect(ways).to_be_visible(timeout=PATIENCE))
        hands.walk()
        hands.scan(code, lambda: expect(page.locator(".way-now")).to_be_visible(timeout=PATIENCE))
        hands.scan(shelf, lambda: expect(page.locator("#toasts")).to_contain_text("On the shelf", timeout=PATIENCE))


def _find(hands: Hands, text: str, until: Done) -> None:
    """The one field for everything; on an upright tablet it stands behind a tab."""
    field = hands.page.locator("#find-text")
    if not field.is_visible():
        tab = hands.page.locator("#tabs [data-tab=handoff]")
        hands.tap(tab, "the tab with the field", lambda: expect(field).to_be_visible(timeout=PATIENCE))
    hands.type(field, text, until)


def goods_of(shop: Shop, customer: Customer) -> tuple[str, str]:
    """The barcode of what comes back, and of the shelf it belongs to."""
    with shop.app.app_context():
        order = db.session.scalars(select(Order).where(Order.public_id == customer.order_id)).unique().one()
        sku = next(line.item.sku for line in order.lines if line.collected and line.item.returnable)
        printed = db.session.scalar(select(ItemGtin.printed).join(Item).where(Item.sku == sku))
        return str(printed), "A-01-1"


def _give(hands: Hands) -> None:
    """Whatever the button still asks for, the bags, and the tap that gives."""
    page = hands.page
    for claim in page.locator("[data-check]:visible[aria-pressed=false]").all():
        hands.tap(claim, "a check by eye")
    if page.locator("[data-receipt-form]").is_visible():
        hands.tap(page.locator("#receipt"), "the till’s receipt")
        hands.scan("004512", lambda: expect(page.locator("[data-receipt-done]")).to_be_visible(timeout=PATIENCE))
    done = page.locator(".bag-in").count()
    while (bag := page.locator(".bag-now")).count():
        code = bag.get_attribute("data-bag") or ""
        hands.walk()
        done += 1
        hands.scan(code, _filled(page, done))
    expect(page.locator("[data-give]")).to_have_class(PRIMARY, timeout=PATIENCE)
    hands.tap(page.locator("[data-give]"), "hand over", lambda: _on_board(page))


def _filled(page: Page, count: int) -> Callable[[], None]:
    return lambda: expect(page.locator(".bag-in")).to_have_count(count, timeout=PATIENCE)


def _at_handoff(page: Page, customer: Customer) -> None:
    page.wait_for_url(f"**{customer.path}", timeout=PATIENCE)
    expect(page.locator("[data-give]")).to_be_visible(timeout=PATIENCE)


def _proved(page: Page) -> None:
    expect(page.get_by_text(re.compile("code right"))).to_be_visible(timeout=PATIENCE)


def _on_board(page: Page) -> None:
    expect(page.locator("#zone-pick")).to_be_visible(timeout=PATIENCE)
