"""The whole story: from the PIN in the morning to the last return, on a tablet, with the customer on a phone."""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from omni_pickup.models import db, transaction
from omni_pickup.models.actors import Actor
from omni_pickup.models.orders import Question
from omni_pickup.queries.returns.returns import get_return, get_return_by_rma
from omni_pickup.services.returns.return_refunds import report_return_refund
from tests.e2e import floor_counters as counter
from tests.e2e import floor_walks as walks
from tests.e2e import phones
from tests.e2e.floor_orders import place_orders, ready_of_newest_walk, states_of
from tests.e2e.hands import Hands
from tests.e2e.secure_shops import open_secure_shop
from tests.e2e.shops import LANDSCAPE, PORTRAIT, Shop, scan

CURB = {"pickup_method": "curbside"}


def begin_shift(shop: Shop, size: tuple[int, int]) -> Page:
    """A tablet enrolled by its link, a language, a name, a PIN, and the tap that lets it sound and stay awake."""
    page = shop.enrolled_tablet("bartek", size=size, has_touch=True)
    expect(page.locator("html")).to_have_attribute("lang", "pl")
    page.get_by_role("button", name="English").tap()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.locator(".person", has_text="Bartek").tap()
    for digit in shop.people["bartek"]["pin"]:
        page.locator(f"[data-digit='{digit}']").tap()
    page.get_by_role("button", name="Unlock").tap()
    page.get_by_role("button", name="Start shift").tap()
    expect(page.locator("#shift-start")).to_be_hidden()
    check_cookies(page, shop.base)
    return page


def check_cookies(page: Page, base: str) -> None:
    """Scripts cannot read them; over TLS they belong to this host alone and never travel in the open."""
    mark = "__Host-" if base.startswith("https") else ""
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    for name in ("device", "staff"):
        assert cookies[mark + name]["httpOnly"]
        assert cookies[mark + name]["secure"] == bool(mark)


def sees_at_once(page: Page, selector: str, since: float) -> float:
    """Seconds until something that happened elsewhere is on the screen, without a reload."""
    expect(page.locator(selector)).to_be_attached(timeout=3000)
    return time.monotonic() - since


def walk_with_others(shop: Shop, hands: Hands) -> None:
    """Pause, one order pulled out, a colleague who takes over and gives it back; then every stop."""
    page = hands.page
    walks.finish_begun(hands)
    walks.begin_walk(hands)
    path = page.url.removeprefix(shop.base)
    page.get_by_role("button", name=re.compile("Pause")).tap()
    page.get_by_role("button", name="Go on").tap()
    page.get_by_role("button", name="List").tap()
    page.get_by_role("button", name="Pull out").last.tap()
    expect(page.locator("#toasts")).to_contain_text("Pulled out")
    page.get_by_role("button", name="List").tap()
    other = shop.tablet("ania", path=path)
    other.get_by_role("button", name="Take over").click()
    expect(page.locator(".walk-panel")).to_contain_text("Ania Wrona is on this walk")
    page.get_by_role("button", name="Take over").tap()
    expect(page.locator(".stop.current")).to_be_visible()
    other.context.close()
    walks.fetch_all(hands, walks.Mishaps(wrong_scan=frozenset({0}), short=frozenset({1}), undo=frozenset({2})))


def answers(shop: Shop, hands: Hands) -> None:
    """The customer is asked about the missing piece; the answer is on the board until somebody has seen it."""
    with shop.app.app_context():
        asked = db.session.scalars(
            select(Question).where(Question.state == "open").order_by(Question.id.desc())
        ).first()
        assert asked is not None
        number = str(100_000 + asked.order_id)
        row = f"#answer-{asked.public_id}"
    with phones.opened(shop, number) as page:
        page.locator(".choices label").first.click()
        page.locator(".choices button").click()
        expect(page.locator(".choices")).to_have_count(0)
    if states_of(shop, [number])[0] not in ("received", "picking", "picked"):
        return  # Whoever takes the rest of what is bagged already leaves nothing to do.
    hands.page.goto(f"{shop.base}/board/tasks/answers")
    hands.page.locator(row).get_by_role("button", name="Seen").tap()
    expect(hands.page.locator(row)).to_have_count(0)


def comes_by_car(shop: Shop, hands: Hands) -> counter.Customer:
    """On the way, in bay B4 before anything was picked, somebody else named to collect, too; picked and given now."""
    board, (number,) = hands.page, place_orders(shop, 1, chance=random.Random(3), **CURB)  # noqa: S311 - only chance.
    with phones.opened(shop, number) as page:
        phones.sets_out(page)
        phones.names_collector(page, "Piotr Lis")
        phones.arrives(page, bay="B4", vehicle="green Fiat")
        assert sees_at_once(board, f"#waiting-{number}", time.monotonic()) < 3
        expect(board.locator(f"#waiting-{number}")).to_contain_text("B4")
        expect(board.locator("#waiting-" + number)).to_contain_text("left to pick")
        walks.begin_walk(hands, card=board.locator(f"#waiting-{number}"))
        walks.fetch_all(hands)
        walks.go_to_bags(hands)
        walks.make_bags(hands)
        walks.stage_bags(hands)
        page.reload()
        expect(page.locator("svg.qr")).to_be_visible()
    customer = counter.customer_of(shop, number)
    counter.after_staging(hands, customer)
    return customer


def comes_back(shop: Shop, hands: Hands, customer: counter.Customer) -> None:
    """Announced on the phone; judged, received and shelved at the desk; what the shop paid is shown."""
    page = hands.page
    with phones.opened(shop, customer.number) as phone:
        rma = phones.announces_return(phone)
    page.goto(f"{shop.base}/board/returns")
    scan(page, rma)
    expect(page.locator("h1")).to_contain_text(rma)
    page.locator(".condition", has_text="Unopened").tap()
    page.get_by_role("button", name=re.compile("Receive 1")).tap()
    expect(page.get_by_text("Where the pieces go")).to_be_visible()
    goods, shelf = counter.goods_of(shop, customer)
    scan(page, goods)
    expect(page.locator(".way-now")).to_be_visible()
    scan(page, shelf)
    expect(page.locator("#toasts")).to_contain_text("On the shelf")
    with shop.app.app_context():
        ret = get_return_by_rma(rma)
        if ret.refund_state != "due":
            return
        with transaction():
            fresh = get_return(ret.public_id)
            owed = {"amount": f"{fresh.refund_due_minor / 100:.2f}", "currency": fresh.currency or ""}
            by = Actor("channel", client_id=fresh.client_id)
            report_return_refund(fresh, state="confirmed", amount=owed, reference="RF-7", by=by)
    expect(page.locator("#return-bar")).to_contain_text("Paid back")


def ends_shift(shop: Shop, page: Page) -> None:
    """One list of what is open, and the tablet is locked."""
    page.goto(f"{shop.base}/board/shift")
    expect(page.locator("h1")).to_have_text("End of shift")
    page.get_by_role("button", name="Lock the tablet").tap()
    expect(page.locator("form[data-lock]")).to_be_visible()


def live_through(shop: Shop, size: tuple[int, int]) -> None:
    """Everything, in the order of a day."""
    chance = random.Random(11)  # noqa: S311 - no secret, only chance.
    page = begin_shift(shop, size)
    hands = Hands(page)
    page.wait_for_timeout(1500)
    (first,) = place_orders(shop, 1, chance=chance)
    assert sees_at_once(page, f"#pick-{first}", time.monotonic()) < 3
    place_orders(shop, 3, chance=chance)
    walk_with_others(shop, hands)
    walks.go_to_bags(hands)
    walks.make_bags(hands)
    walks.stage_bags(hands, no_paper=frozenset({0}))
    ready = ready_of_newest_walk(shop)
    walks.back_to_board(hands)
    counter.and_undo(hands, counter.customer_of(shop, ready[0]))
    counter.by_name(hands, counter.customer_of(shop, ready[1]))
    waiting = place_orders(shop, 1, chance=chance)[0]
    assert "ready by" in counter.rings(hands, counter.customer_of(shop, waiting))
    customer = comes_by_car(shop, hands)
    answers(shop, hands)
    comes_back(shop, hands, customer)
    ends_shift(shop, page)
    assert states_of(shop, [*ready[:2], customer.number]) == ["collected"] * 3
    assert shop.differences() == []


@pytest.mark.long
def test_the_whole_story_on_a_tablet(shop: Shop) -> None:
    live_through(shop, LANDSCAPE)


@pytest.mark.long
def test_the_whole_story_upright_over_tls_by_a_name_of_the_network(browser: Browser, tmp_path: Path) -> None:
    with open_secure_shop(tmp_path, browser) as shop:
        page = shop.tablet(size=PORTRAIT)
        assert page.url.startswith("https://pickup.example:")
        assert page.evaluate("isSecureContext && 'serviceWorker' in navigator && 'wakeLock' in navigator")
        live_through(shop, PORTRAIT)
