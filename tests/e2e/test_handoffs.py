"""Handing over in a real browser: scans are keystrokes, done is said by the server, and the books are exact."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.orders import Made, handoffs_of, make_ready, state_of, tasks_of
from tests.e2e.shops import Shop, scan

PRIMARY = re.compile(r"\bprimary\b")


@pytest.fixture(autouse=True)
def exact_books(shop: Shop) -> Iterator[None]:
    yield
    assert shop.differences() == []


def give(page: Page) -> None:
    page.locator("[data-give]").click()


def scan_bags(page: Page, made: Made) -> None:
    for bag in made.bags:
        scan(page, bag)
    expect(page.locator(".bag-in")).to_have_count(len(made.bags))


def see_id(page: Page) -> None:
    page.get_by_role("button", name="No code").click()
    page.get_by_role("button", name=re.compile("ID seen")).first.click()


def hold_commands(page: Page) -> list[Route]:
    """Commands of this page wait in the list until the test lets them go."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/board/actions", hold)
    return held


def choose_part(page: Page, reason: str) -> None:
    """One of the two mugs stays here for `reason`."""
    page.get_by_role("link", name="Something’s wrong").click()
    page.get_by_text("Takes only a part").click()
    page.locator("[data-less]").first.click()
    page.locator("select").first.select_option(label=reason)
    page.locator("[data-go-on]").click()


def test_a_qr_on_the_board_and_two_bags_are_the_whole_handoff(shop: Shop) -> None:
    made, page = make_ready(shop), shop.tablet()
    scan(page, made.qr)
    expect(page).to_have_url(re.compile(made.path))
    expect(page.locator("[data-give]")).to_have_text(re.compile("Scan 2 more bags"))
    expect(page.get_by_text("Pickup code right")).to_be_visible()
    scan_bags(page, made)
    expect(page.locator(".place-over")).to_have_count(2)
    expect(page.locator("[data-give]")).to_have_class(PRIMARY)
    give(page)
    expect(page.get_by_text(f"{made.number} handed over")).to_be_visible()
    assert state_of(shop, made) == "collected"


@pytest.mark.parametrize("gap", [5, 20, 60])
def test_scans_at_any_speed_of_a_scanner_fill_a_bag(shop: Shop, gap: int) -> None:
    made = make_ready(shop)
    page = shop.tablet(path=made.path)
    scan(page, made.bags[0], gap=gap)
    expect(page.locator(".bag-in")).to_have_count(1)


def test_without_a_code_an_id_is_enough(shop: Shop) -> None:
    made = make_ready(shop)
    page = shop.tablet(path=made.path)
    scan_bags(page, made)
    expect(page.locator("[data-give]")).to_have_text(re.compile("Check the code"))
    expect(page.locator("[data-give]")).not_to_have_class(PRIMARY)
    see_id(page)
    give(page)
    page.wait_for_url("**/board/")
    assert handoffs_of(shop, made) == ["collected"]


def test_a_bag_of_somebody_else_cannot_be_overlooked_and_changes_nothing(shop: Shop) -> None:
    made, other = make_ready(shop), make_ready(shop, name="Jan Kos")
    page = shop.tablet(path=made.path)
    scan(page, other.bags[0])
    stray = page.get_by_role("alert").filter(has_text="Not a bag of")
    expect(stray).to_contain_text(f"{other.number[-4:]} KOS")
    expect(page.locator(".bag-in")).to_have_count(0)
    scan(page, made.bags[0])
    expect(stray).to_be_hidden()


def test_a_pickup_code_from_a_plain_barcode_counts_as_typed(shop: Shop) -> None:
    made = make_ready(shop)
    page = shop.tablet(path=made.path)
    scan(page, made.code)
    expect(page.get_by_text("Pickup code right")).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text="Not a bag of")).to_have_count(0)


def test_a_bag_may_be_typed_as_its_label_says(shop: Shop) -> None:
    made = make_ready(shop)
    page = shop.tablet(path=made.path)
    see_id(page)
    give(page)
    page.locator("#bag-code").fill(f"{made.number[-4:]} now 2")
    page.get_by_role("button", name="It is here").click()
    expect(page.locator(".bag-in")).to_have_count(1)
    expect(page.locator("[data-give]")).to_have_text(re.compile("Scan 1 more bag"))


def test_what_was_scanned_survives_a_reload(shop: Shop) -> None:
    made = make_ready(shop)
    page = shop.tablet(path=made.path)
    see_id(page)
    scan(page, made.bags[0])
    page.reload()
    expect(page.locator(".bag-in")).to_have_count(1)
    expect(page.locator("[data-give]")).to_have_text(re.compile("Scan 1 more bag"))


def test_undo_within_ten_seconds_puts_everything_back(shop: Shop) -> None:
    made = make_ready(shop)
    page = shop.tablet(path=made.path)
    see_id(page)
    scan_bags(page, made)
    give(page)
    page.get_by_role("button", name=re.compile("Undo, ")).click()
    page.wait_for_url(f"**{made.path}")
    assert state_of(shop, made) == "ready"
    assert handoffs_of(shop, made) == []


def test_a_part_is_given_and_the_rest_refused(shop: Shop) -> None:
    made = make_ready(shop)
    page = shop.tablet(path=made.path)
    see_id(page)
    choose_part(page, "Refused: Damaged")
    scan_bags(page, made)
    expect(page.locator("[data-give]")).to_have_text(re.compile("Hand over 2 of 3 pieces"))
    give(page)
    page.wait_for_url("**/board/")
    assert handoffs_of(shop, made) == ["partly"]
    assert tasks_of(shop, made, "put_back") == 1


def test_everything_refused_is_carried_back_unless_that_is_undone(shop: Shop) -> None:
    made = make_ready(shop, payment_state="due", payment_due_minor=3000)
    page = shop.tablet(path=made.path)
    see_id(page)
    page.get_by_role("link", name="Something’s wrong").click()
    page.get_by_text("Takes nothing").click()
    page.get_by_text("Changed their mind", exact=True).click()
    page.locator("[data-go-on]").click()
    scan_bags(page, made)
    give(page)
    page.wait_for_url("**/board/")
    assert handoffs_of(shop, made) == ["refused"]
    assert tasks_of(shop, made, "put_back") == 3
    page.get_by_role("button", name=re.compile("Undo, ")).click()
    page.wait_for_url(f"**{made.path}")
    expect(page.locator("[data-give]")).to_be_visible()
    assert (state_of(shop, made), handoffs_of(shop, made)) == ("ready", [])
    assert tasks_of(shop, made, "put_back") == 0


def test_what_is_due_is_paid_at_the_till_first(shop: Shop) -> None:
    made = make_ready(shop, payment_state="due", payment_due_minor=3000)
    page = shop.tablet(path=made.path)
    see_id(page)
    scan_bags(page, made)
    expect(page.locator("[data-give]")).to_have_text(re.compile("Paid at the till"))
    give(page)
    scan(page, "004512")
    expect(page.locator("[data-receipt-done]")).to_contain_text("004512")
    give(page)
    page.wait_for_url("**/board/")
    assert handoffs_of(shop, made) == ["collected"]


def test_five_wrong_codes_need_a_managers_pin(shop: Shop) -> None:
    made = make_ready(shop)
    page = shop.tablet(path=made.path)
    for left in (4, 3, 2, 1):
        page.locator("#pickup-code").fill("WRNG22")
        page.keyboard.press("Enter")
        expect(page.locator("[data-code-wrong]")).to_have_text(re.compile(f"{left} tr"))
    page.locator("#pickup-code").fill("WRNG22")
    page.keyboard.press("Enter")
    expect(page.get_by_text("5 wrong codes")).to_be_visible()
    page.get_by_role("button", name="A manager approves").click()
    page.get_by_role("dialog").get_by_text("Ewa").click()
    page.locator("#approve-pin").fill(shop.people["ewa"]["pin"])
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_role("button", name="Approved by Ewa")).to_be_visible()
    page.get_by_role("button", name=re.compile("ID seen")).click()
    scan_bags(page, made)
    give(page)
    page.wait_for_url("**/board/")
    assert handoffs_of(shop, made) == ["collected"]


def test_a_double_tap_is_one_handoff_and_nothing_is_done_before_the_server_says_so(shop: Shop) -> None:
    made = make_ready(shop)
    page = shop.tablet(path=made.path)
    see_id(page)
    scan_bags(page, made)
    sent: list[str] = []

    def slow(route: Route) -> None:
        sent.append(route.request.url)
        page.wait_for_timeout(3000)
        route.continue_()

    page.route("**/board/actions", slow)
    page.locator("[data-give]").dblclick()
    page.wait_for_url("**/board/")
    expect(page.get_by_text(f"{made.number} handed over")).to_be_visible()
    assert len(sent) == 1
    assert handoffs_of(shop, made) == ["collected"]


def test_while_it_flies_nothing_says_done(shop: Shop) -> None:
    made = make_ready(shop)
    page = shop.tablet(path=made.path)
    see_id(page)
    scan_bags(page, made)
    held = hold_commands(page)
    give(page)
    expect(page.locator("[data-give]")).to_have_text(re.compile("Handing over"))
    expect(page.locator("[data-give]")).not_to_have_class(PRIMARY)
    expect(page.locator(".toast")).to_have_count(0)
    assert state_of(shop, made) == "ready"
    held[0].continue_()
    page.wait_for_url("**/board/")


def test_the_second_tablet_hears_who_was_first(shop: Shop) -> None:
    made = make_ready(shop)
    ania, bartek = shop.tablet(path=made.path), shop.tablet("bartek", path=made.path)
    for page in (ania, bartek):
        see_id(page)
        scan_bags(page, made)
    give(bartek)
    bartek.wait_for_url("**/board/")
    expect(ania.locator(".banner")).to_have_text(re.compile(r"Bartek handed this over at \d\d:\d\d"))
    expect(ania.locator("[data-give]")).to_have_count(0)
    assert handoffs_of(shop, made) == ["collected"]


def test_two_taps_on_two_tablets_at_once_are_one_handoff_and_one_explanation(shop: Shop) -> None:
    made = make_ready(shop)
    ania, bartek = shop.tablet(path=made.path), shop.tablet("bartek", path=made.path)
    for page in (ania, bartek):
        see_id(page)
        scan_bags(page, made)
    ania.route("**/board/live", lambda route: route.abort())
    held = hold_commands(ania)
    give(ania)
    expect(ania.locator("[data-give]")).to_have_text(re.compile("Handing over"))
    give(bartek)
    bartek.wait_for_url("**/board/")
    held[0].continue_()
    expect(ania.locator(".failure")).to_be_visible()
    expect(ania.locator(".banner")).to_have_text(re.compile("Bartek handed this over"))
    assert handoffs_of(shop, made) == ["collected"]


def test_from_the_waiting_card_it_is_one_tap_to_the_handoff(shop: Shop) -> None:
    made, page = make_ready(shop, here=True), shop.tablet()
    page.locator(f"#waiting-{made.number}").get_by_role("button").click()
    page.wait_for_url(f"**{made.path}")
    expect(page.locator("#handoff-strip")).to_contain_text("Waiting")


def test_a_bag_that_is_not_here_is_searched_for(shop: Shop) -> None:
    made = make_ready(shop)
    page = shop.tablet(path=f"{made.path}/wrong")
    page.get_by_text("A bag is not here").click()
    page.get_by_role("button", name="Not here, search for it").last.click()
    page.wait_for_url(f"**{made.path}")
    expect(page.get_by_text("Bag 2 is being searched for")).to_be_visible()
    assert tasks_of(shop, made, "search") == 1


def test_another_stores_qr_shows_only_the_way_there(shop: Shop) -> None:
    made, page = make_ready(shop, store="STO-01", name="Erik Secret"), shop.tablet()
    scan(page, made.qr)
    expect(page.get_by_text("Ready at Stockholm Södermalm")).to_be_visible()
    expect(page.get_by_text("Götgatan 31")).to_be_visible()
    assert made.number not in page.content()
    assert "Secret" not in page.content()
