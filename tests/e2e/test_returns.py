"""The returns desk in a real browser, by keystrokes of a scanner and taps; the books are exact afterwards."""

from __future__ import annotations

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import select

from omni_pickup.models import db, transaction
from omni_pickup.models.actors import Actor
from omni_pickup.models.events import Event
from omni_pickup.models.items import Item, ItemGtin
from omni_pickup.models.orders import Order
from omni_pickup.models.returns import Parcel, Return, ReturnLine
from omni_pickup.models.stock import StockLevel
from omni_pickup.models.stores import Store
from omni_pickup.queries.returns.returns import get_return, get_return_by_rma
from omni_pickup.services.returns.return_refunds import report_return_refund
from tests.e2e.shops import PORTRAIT, Shop, scan


def _on_hand(shop: Shop, sku: str, figure: str = "on_hand") -> int:
    with shop.app.app_context():
        found = db.session.scalar(
            select(getattr(StockLevel, figure))
            .join(Item, Item.id == StockLevel.item_id)
            .join(Store, Store.id == StockLevel.store_id)
            .where(Item.sku == sku, Store.code == "WAW-01")
        )
        return int(found or 0)


def _gtin(shop: Shop, sku: str) -> str:
    with shop.app.app_context():
        return str(db.session.scalar(select(ItemGtin.printed).join(Item).where(Item.sku == sku)))


def _announced(shop: Shop) -> tuple[str, list[str]]:
    """The RMA number of the sample day's announced return at this store, and its SKUs."""
    with shop.app.app_context():
        found = (
            select(Return)
            .join(Order, Order.id == Return.order_id)
            .join(Store, Store.id == Order.store_id)
            .where(Return.state == "announced", Return.source == "customer", Store.code == "WAW-01")
        )
        ret = db.session.scalars(found).unique().first()
        assert ret is not None
        return ret.rma_number, [line.sku for line in ret.lines]


def _collected(shop: Shop) -> list[tuple[str, str, str]]:
    """Orders collected at this store of which nothing came back: number, surname, first SKU that may be returned."""
    with shop.app.app_context():
        orders = db.session.scalars(
            select(Order).join(Store).where(Order.state == "collected", Store.code == "WAW-01").order_by(Order.id)
        ).unique()
        found = []
        for order in orders:
            lines = [line for line in order.lines if line.collected and not line.returned and line.item.returnable]
            taken = db.session.scalar(select(Return.id).where(Return.order_id == order.id))
            if lines and taken is None:
                found.append((order.number, str(order.contact.name).split()[-1], lines[0].item.sku))
        return found


def _judge(page: Page, reason: str | None, condition: str) -> None:
    """Tap why, unless the customer said so, and what it looks like."""
    if reason is not None:
        page.locator(".reasons label", has_text=reason).click()
    page.locator(".condition", has_text=condition).click()


def test_announced_goods_are_judged_shelved_and_paid_back_by_the_shop(shop: Shop) -> None:
    rma, (first, second) = _announced(shop)
    before = _on_hand(shop, first)
    page = shop.tablet(path="/board/returns")
    expect(page.get_by_text(rma)).to_be_visible()
    scan(page, rma)
    expect(page.locator("h1")).to_contain_text(rma)
    scan(page, _gtin(shop, first), gap=20)
    expect(page.locator(".piece-here")).to_have_attribute("data-line", f"{rma}-1")
    _judge(page, None, "Like new")
    expect(page.locator(f"#verdict-{rma}-1")).to_contain_text("Take it back. It goes back on the shelf.")
    # The next announced piece lies there by itself.
    expect(page.locator(".piece-here")).to_have_attribute("data-line", f"{rma}-2")
    assert _on_hand(shop, first) == before, "a counted piece is not on a shelf yet"
    _judge(page, None, "Broken")
    expect(page.locator(f"#verdict-{rma}-2")).to_contain_text("It is scrapped.")
    expect(page.locator("#return-bar")).to_contain_text("Refund due")
    page.get_by_role("button", name="Receive 2").click()
    expect(page.get_by_text("Where the pieces go")).to_be_visible()
    expect(page.locator("#return-bar")).to_contain_text("The web shop was told")
    scan(page, _gtin(shop, first))
    expect(page.locator(".way-now")).to_have_attribute("id", f"way-{rma}-1")
    scan(page, "A-01-1")
    expect(page.locator("#toasts")).to_contain_text("On the shelf")
    assert _on_hand(shop, first) == before + 1
    page.get_by_role("button", name="Scrapped").click()
    expect(page.get_by_text("All done")).to_be_visible()
    with shop.app.app_context():
        ret = get_return_by_rma(rma)
        assert (ret.state, ret.refund_state) == ("closed", "due")
        told = db.session.scalars(select(Event.type).where(Event.return_id == ret.id)).all()
        assert told.count("return.refund_due") == 1
        with transaction():
            fresh = get_return(ret.public_id)
            owed = {"amount": f"{fresh.refund_due_minor / 100:.2f}", "currency": fresh.currency or ""}
            by = Actor("channel", client_id=fresh.client_id)
            report_return_refund(fresh, state="confirmed", amount=owed, reference="RF-1", by=by)
    # The confirmation shows by itself.
    expect(page.locator("#return-bar")).to_contain_text("Paid back")
    expect(page.locator("#return-bar")).to_contain_text("RF-1")
    assert shop.differences() == []


def test_a_walk_in_without_paper_returns_of_two_orders_and_from_elsewhere(shop: Shop) -> None:
    (number, surname, sku), (other_number, _, other_sku) = _collected(shop)[:2]
    page = shop.tablet(path="/board/returns")
    page.locator("#desk-code").fill(surname)
    page.locator("#desk-code").press("Enter")
    page.locator(".found-row", has_text=number).get_by_role("button", name=re.compile("Begin")).click()
    expect(page.locator("h1")).to_contain_text("Return R5")
    rma = re.search(r"R\d+", page.locator("h1").inner_text())
    assert rma is not None
    scan(page, _gtin(shop, sku), gap=5)
    # A double tap is one piece.
    page.locator(".reasons label", has_text="Changed mind").click()
    page.locator(".condition", has_text="Unopened").dblclick()
    expect(page.locator("#return-bar")).to_contain_text("Receive 1")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Scan a piece")).to_be_visible()
    scan(page, _gtin(shop, sku))
    _judge(page, "Faulty", "Used")
    expect(page.locator(".verdict")).to_contain_text("It goes to the vendor.")

    scan(page, other_number)
    page.get_by_role("button", name=re.compile("Begin")).click()
    expect(page.locator(".strip-who")).to_contain_text("2 orders")
    scan(page, _gtin(shop, other_sku))
    _judge(page, "Too large", "Unopened")
    expect(page.locator("#return-bar")).to_contain_text("Receive 2")
    # The manager wants it looked at first.
    page.get_by_role("button", name="Decide otherwise").click()
    dialog = page.locator("#override")
    dialog.locator(".tile", has_text="Keep apart").click()
    dialog.locator("label", has_text=re.compile("Ewa")).click()
    dialog.locator("input[type=password]").fill("000000")
    dialog.get_by_role("button", name="Decide").click()
    expect(page.locator("#failure")).to_contain_text("PIN is not right")
    page.locator("[data-close]").click()
    page.get_by_role("button", name="Decide otherwise").click()
    dialog.locator(".tile", has_text="Keep apart").click()
    dialog.locator("input[type=password]").fill(str(shop.people["ewa"]["pin"]))
    dialog.get_by_role("button", name="Decide").click()
    expect(page.locator(".verdict")).to_contain_text("A manager decided so.")

    quarantine = _on_hand(shop, other_sku, "quarantine")
    page.get_by_role("button", name="Receive 2").click()
    expect(page.get_by_text("Where the pieces go")).to_be_visible()
    page.get_by_role("button", name="Put apart").click()
    expect(page.get_by_role("button", name="Put apart")).to_have_count(0)
    assert _on_hand(shop, other_sku, "quarantine") == quarantine + 1

    page.get_by_role("button", name="Open a parcel").click()
    page.locator("#to-vendor").fill("Returns DC Borås")
    page.locator("#open-vendor").get_by_role("button", name="Open the parcel").click()
    expect(page.get_by_role("button", name=re.compile("Into parcel"))).to_be_visible()
    scan(page, f"{rma[0]}-1")
    page.get_by_role("button", name="Close parcel").click()
    expect(page.get_by_role("button", name="Parcel label")).to_be_visible()
    with shop.app.app_context():
        line = (
            db.session.scalars(
                select(ReturnLine).join(Return).where(ReturnLine.sku == sku).order_by(ReturnLine.id.desc())
            )
            .unique()
            .first()
        )
        assert line is not None
        parcel = db.session.get(Parcel, line.parcel_id)
        assert parcel is not None
        assert (parcel.state, line.counted, line.routed) == ("closed", 1, 1)
    assert shop.differences() == []


def test_the_desk_fits_upright_and_breaks_no_rule_of_access_in_light_and_dark(shop: Shop) -> None:
    rma = _received(shop)
    for scheme in ("light", "dark"):
        page = shop.tablet(path="/board/returns", size=PORTRAIT, color_scheme=scheme, bypass_csp=True)
        for path in ("/board/returns", f"/board/returns/{rma}", "/board/returns?q=Nowak"):
            page.goto(shop.base + path)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            assert _violations(page) == [], path


def _violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA, with the elements."""
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}).response["violations"]
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes'][:3]]}" for one in found]


def _received(shop: Shop) -> str:
    with shop.app.app_context():
        return db.session.scalars(select(Return).where(Return.state == "received")).unique().all()[0].rma_number
