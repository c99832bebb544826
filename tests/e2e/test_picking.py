"""A walk from the board to the shelf, with a keyboard wedge in the hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import cycle

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from sqlalchemy import select

from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.events import Event
from omni_pickup.models.orders import Order
from omni_pickup.models.packages import Package
from omni_pickup.models.picking import PickTask, Wave
from omni_pickup.models.staff import Staff
from omni_pickup.services.picking.waves import finish_wave, release_wave
from tests.e2e.floor_orders import arrive
from tests.e2e.shops import PORTRAIT, Shop, scan

#: Milliseconds between two keys: what scanners do.
GAPS = (5, 20, 60)


@pytest.fixture
def walk(shop: Shop) -> Iterator[str]:
    """The path of a new walk of Ania's; what is left of it goes back to the queue."""
    with shop.app.app_context():
        ania = db.session.scalars(select(Staff).where(Staff.login == "ania")).one()
        with transaction():
            wave = release_wave(ania.stores[0], picker=ania, size=3, by=SYSTEM).public_id
    yield f"/board/waves/{wave}"
    with shop.app.app_context(), transaction():
        finish_wave(db.session.scalars(select(Wave).where(Wave.public_id == wave)).one(), by=SYSTEM)


def current(page: Page) -> Locator:
    return page.locator(".stop.current")


def codes(stop: Locator) -> list[str]:
    """What the scanner reads off the goods: 13 digits first."""
    gtin, *others = stop.evaluate("stop => JSON.parse(stop.dataset.codes)")
    return [gtin[1:], *others]


def pieces(shop: Shop, stop: Locator) -> int:
    """Pieces in the tote by the books."""
    return task_of(shop, stop.get_attribute("data-stop") or "").picked


def task_of(shop: Shop, public_id: str) -> PickTask:
    with shop.app.app_context():
        return db.session.scalars(select(PickTask).where(PickTask.public_id == public_id)).unique().one()


def scan_here(page: Page, text: str, gap: float) -> None:
    """A scan of the current stop's goods; whoever has the key is asked once for a locked case.

    Hands need longer than the time in which the same code counts as delivered twice.
    """
    page.wait_for_timeout(350)
    scan(page, text, gap=gap)
    if page.locator("#keyholder").evaluate("dialog => dialog.open"):
        page.get_by_role("button", name="Keyholder opened it").click()


def finish_stop(page: Page, gap: float) -> None:
    """Scan the first piece, and take the others without a scan."""
    stop = current(page)
    task, left = stop.get_attribute("data-stop"), int(stop.get_attribute("data-left") or 0)
    scan_here(page, codes(stop)[0], gap)
    if left > 1:
        expect(page.locator(f"#stop-{task}")).to_have_attribute("data-left", str(left - 1))
        stop.get_by_role("button", name=re.compile("Got it|Ask the keyholder")).click()
    expect(page.locator(f"#stop-{task}.current")).to_have_count(0)


def other_goods(page: Page) -> str:
    """The barcode of another stop's goods."""
    here = codes(current(page))[0]
    return next(code for stop in page.locator(".stop").all() if (code := codes(stop)[0]) != here)


def test_a_walk_is_picked_bagged_and_staged_by_scans(shop: Shop) -> None:
    page = shop.tablet("ewa", size=PORTRAIT)
    page.get_by_role("button", name=re.compile("Pick next")).click()
    page.wait_for_url("**/board/waves/*")
    gaps, first = cycle(GAPS), current(page)
    task = first.get_attribute("data-stop") or ""

    scan(page, other_goods(page), gap=20)
    wrong = page.locator(f"#wrong-{task}")
    expect(wrong).to_contain_text("Nothing was changed")
    expect(wrong).to_contain_text("You scanned")
    assert task_of(shop, task).picked == 0
    finish_stop(page, next(gaps))
    expect(wrong).to_be_hidden()

    short = current(page).get_attribute("data-stop") or ""
    current(page).get_by_role("button", name="Can’t find").click()
    page.get_by_role("button", name="Damaged").click()
    expect(page.locator("#toasts")).to_contain_text("The customer is asked")
    assert task_of(shop, short).short > 0
    with shop.app.app_context():
        order_id = task_of(shop, short).order_id
        asked = db.session.scalars(select(Event.type).where(Event.order_id == order_id)).all()
    assert "order.question_asked" in asked

    walk = page.locator(".walk")
    while walk.get_attribute("data-view") == "stops" and page.locator(".stop[data-open=yes]").count():
        finish_stop(page, next(gaps))
    expect(walk).to_have_attribute("data-view", "end")
    page.get_by_role("button", name="Bag and stage").click()
    page.wait_for_url("**/board/staging?wave=*")
    stage_all(page, shop)
    assert shop.differences() == []


def stage_all(page: Page, shop: Shop) -> None:
    """Make the bags and carry each to its place; the first one to a place of the wrong temperature before."""
    page.get_by_role("button", name=re.compile(r"Make \d+ bag")).click()
    expect(page.locator("[data-plan]")).to_have_count(0)
    bags = [bag for bag in page.locator("[data-bag]").all() if not bag.get_attribute("data-staged")]
    facts = [(bag.get_attribute("data-bag") or "", bag.get_attribute("data-zone")) for bag in bags]
    for number, (bag, zone) in enumerate(facts):
        scan(page, bag)
        expect(page.locator("#call")).to_contain_text("goes to")
        place = page.locator(f"#bag-{bag}").get_attribute("data-place") or ""
        if number == 0:
            scan(page, "F-1" if zone == "ambient" else "S-01")
            expect(page.locator("#call-wrong")).to_contain_text("Nothing was changed")
            assert bag_state(shop, bag) == "packed"
        scan(page, place)
        expect(page.locator(f"#bag-{bag}")).to_have_attribute("data-staged", "yes")
        assert bag_state(shop, bag) == "staged"
    with shop.app.app_context():
        ready = select(Order.id).join(Package).where(Package.public_id.in_([bag for bag, _ in facts]))
        states = set(db.session.scalars(select(Order.state).where(Order.id.in_(ready))))
    assert "ready" in states
    expect(page.locator("#staging-list")).to_contain_text("Ready")


def bag_state(shop: Shop, bag: str) -> str:
    with shop.app.app_context():
        return db.session.scalars(select(Package.state).where(Package.public_id == bag)).one()


def test_people_type_slower_than_scanners_and_are_not_taken_for_one(shop: Shop, walk: str) -> None:
    page = shop.tablet(size=PORTRAIT, path=walk)
    stop = current(page)
    scan(page, codes(stop)[0], gap=150)
    page.wait_for_timeout(300)
    assert pieces(shop, stop) == 0
    assert page.locator(".wrong:visible").count() == 0


def test_a_scan_that_is_delivered_twice_counts_once(shop: Shop, walk: str) -> None:
    page = shop.tablet(size=PORTRAIT, path=walk)
    page.locator(".stop[data-left='1']:not([data-locked=yes])").first.wait_for(state="attached")
    stop = page.locator(".stop[data-locked='']").first
    page.locator("[data-list]").click()
    task = stop.get_attribute("data-stop")
    page.locator(f"[data-go-to={task}]").click()
    code = codes(stop)[0]
    for _ in range(2):
        scan(page, code, gap=2)
    expect(page.locator(f"#stop-{task}")).not_to_have_attribute("data-picked", "0")
    page.wait_for_timeout(300)
    assert pieces(shop, stop) == 1
    assert page.locator(".wrong:visible").count() == 0


def test_nothing_is_done_before_the_server_says_so(shop: Shop, walk: str) -> None:
    page = shop.tablet(size=PORTRAIT, path=walk)
    sent: list[str] = []

    def slow(route: Route) -> None:
        sent.append(route.request.post_data or "")
        page.wait_for_timeout(3000)
        route.continue_()

    page.route("**/board/actions", slow)
    stop = page.locator(".stop[data-locked='']").first
    task = stop.get_attribute("data-stop") or ""
    page.locator("[data-list]").click()
    page.locator(f"[data-go-to={task}]").click()
    got_it = stop.get_by_role("button", name="Got it")
    got_it.dblclick()
    expect(stop).to_contain_text("being sent")
    expect(page.locator("body")).not_to_have_class(re.compile("echo-right"))
    assert task_of(shop, task).picked == 0
    expect(page.locator(f"#stop-{task}.current")).to_have_count(0, timeout=15_000)
    assert len(sent) == 1
    assert task_of(shop, task).picked == task_of(shop, task).quantity


def test_the_second_tablet_reads_why_it_was_too_late(shop: Shop, walk: str) -> None:
    first, second = shop.tablet(size=PORTRAIT, path=walk), shop.tablet(size=PORTRAIT, path=walk)
    stop = second.locator(".stop[data-locked='']").first
    task = stop.get_attribute("data-stop") or ""
    for page in (first, second):
        page.locator("[data-list]").click()
        page.locator(f"[data-go-to={task}]").click()
    second.route("**/board/waves/**", lambda route: route.abort())
    first.locator(f"#stop-{task}").get_by_role("button", name="Got it").click()
    expect(first.locator(f"#stop-{task}.current")).to_have_count(0)
    stop.get_by_role("button", name="Got it").click()
    expect(second.locator("#failure")).to_contain_text("Only 0 of")
    assert task_of(shop, task).picked == task_of(shop, task).quantity


def test_the_other_tablet_says_who_took_the_walk_over(shop: Shop, walk: str) -> None:
    mine, other = shop.tablet(size=PORTRAIT, path=walk), shop.tablet("bartek", path=walk)
    expect(other.locator(".walk-panel")).to_contain_text("Ania Wrona is on this walk")
    other.get_by_role("button", name="Take over").click()
    expect(mine.locator(".walk-panel")).to_contain_text("Bartek Sowa is on this walk")
    expect(other.locator(".stop.current")).to_be_visible()


def test_a_pause_keeps_the_place(shop: Shop, walk: str) -> None:
    page = shop.tablet(size=PORTRAIT, path=walk)
    before = current(page).get_attribute("data-stop")
    page.get_by_role("button", name=re.compile("Pause")).click()
    expect(page.locator(".walk-panel")).to_contain_text("Your place is kept")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(f"#stop-{before}.current")).to_be_visible()


def test_undo_takes_the_piece_out_of_the_tote(shop: Shop, walk: str) -> None:
    page = shop.tablet(size=PORTRAIT, path=walk)
    stop = page.locator(".stop[data-locked='']").first
    task = stop.get_attribute("data-stop") or ""
    page.locator("[data-list]").click()
    page.locator(f"[data-go-to={task}]").click()
    stop.get_by_role("button", name="Got it").click()
    expect(page.locator(f"#stop-{task}.current")).to_have_count(0)
    page.get_by_role("button", name="Undo").first.click()
    expect(page.locator(f"#stop-{task}.current")).to_be_visible()
    assert task_of(shop, task).picked == 0


def test_who_waits_is_picked_for_out_of_a_colleagues_walk_and_the_colleague_hears_it(shop: Shop, walk: str) -> None:
    mine, other = shop.tablet(size=PORTRAIT, path=walk), shop.tablet("bartek")
    with shop.app.app_context():
        wave = db.session.scalars(select(Wave).where(Wave.public_id == walk.rpartition("/")[2])).one()
        number = wave.totes[0].order.number
        letter = wave.totes[0].letter
    arrive(shop, number)
    card = other.locator(f"#waiting-{number}")
    expect(card).to_contain_text("left to pick, Ania", timeout=5000)
    card.get_by_role("button", name="Pick now").click()
    other.wait_for_url("**/board/waves/*")
    expect(mine.locator("#toasts")).to_contain_text(f"Bartek took over tote {letter}", timeout=5000)
    with shop.app.app_context(), transaction():
        taken = db.session.scalars(select(Wave).where(Wave.public_id == other.url.rpartition("/")[2])).one()
        finish_wave(taken, by=SYSTEM)
