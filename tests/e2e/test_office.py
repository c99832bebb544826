"""A manager's day in a real browser, without a script, because the office must not need one."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.shops import LANDSCAPE, Shop


def _desk(shop: Shop, login: str) -> Page:
    """A browser without scripts in which this person has signed in with the password."""
    width, height = LANDSCAPE
    context = shop.browser.new_context(viewport={"width": width, "height": height}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{shop.base}/login")
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill(shop.people[login]["password"])
    page.get_by_role("button", name="Sign in").click()
    return page


def test_a_manager_does_the_whole_day_without_a_script(shop: Shop) -> None:
    page = _desk(shop, "ewa")
    expect(page.get_by_role("heading", name="Needs attention")).to_be_visible()

    page.get_by_role("link", name="Add an associate").click()
    page.get_by_label("Name").fill("Zofia Lis")
    page.get_by_label("Login").fill("zofia")
    page.get_by_label("PIN").fill("173205")
    page.get_by_role("button", name="Add").click()
    expect(page.locator("b", has_text="Zofia Lis")).to_be_visible()

    page.get_by_label("60 min").check()
    page.get_by_label("Reason").fill("Till is down")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("No new pickups")).to_be_visible()
    page.get_by_role("button", name="Resume pickups").click()
    expect(page.get_by_text("New pickups are taken.")).to_be_visible()

    page.get_by_role("link", name="Change hours").click()
    page.get_by_label("Closed", exact=True).check()
    page.get_by_role("button", name="Set the hours").click()
    expect(page.get_by_text("New promises follow them at once.")).to_be_visible()
    page.get_by_label("As usual").check()
    page.get_by_role("button", name="Set the hours").click()

    page.get_by_role("link", name="Stock").click()
    page.get_by_label("SKU, barcode or name").fill("5900000000015")
    page.get_by_label("SKU, barcode or name").press("Enter")
    expect(page.get_by_role("heading", name="Cotton T-shirt")).to_be_visible()
    expect(page.get_by_text("On hand", exact=True)).to_have_count(0)
    page.get_by_label("Pieces counted").fill("1")
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_text("somebody else counts it too")).to_be_visible()
    expect(page.get_by_text("On hand", exact=True)).to_have_count(0)
    page.get_by_role("link", name="Stock").click()
    page.get_by_role("link", name="Counts").click()
    expect(page.get_by_text("waits for a second count")).to_be_visible()

    page.get_by_role("link", name="Tasks").click()
    page.get_by_role("button", name="Put back").first.click()
    expect(page.get_by_text("Put back.", exact=True)).to_be_visible()
    page.context.close()
    assert shop.differences() == []


def test_an_admin_makes_a_key_that_is_shown_once(shop: Shop) -> None:
    page = _desk(shop, "admin")
    page.get_by_role("link", name="API keys").click()
    page.get_by_label("Client").fill("Till")
    page.get_by_label("stock:write").check()
    page.get_by_role("button", name="Make the key").click()
    plain = page.locator("code").inner_text()
    assert plain.startswith("omni_")
    page.get_by_role("link", name="I have copied it").click()
    expect(page.get_by_text(plain)).to_have_count(0)
    expect(page.get_by_text("Till", exact=True)).to_be_visible()
    page.context.close()
