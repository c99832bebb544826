"""A walk and its bags, done by hands: pick, bag, label, stage, as a person reads it off the screen."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from playwright.sync_api import Locator, expect

from tests.e2e.hands import Done, Hands

#: The wait for whatever the machine does; a busy one is slow, and the report says how slow.
PATIENCE = 20_000


@dataclass(frozen=True, slots=True)
class Mishaps:
    """At which stops of a walk, counted from 0, something goes wrong."""

    wrong_scan: frozenset[int] = frozenset()
    short: frozenset[int] = frozenset()
    undo: frozenset[int] = frozenset()


def begin_walk(hands: Hands, *, card: Locator | None = None) -> None:
    """From the board into the walk of the next orders, or of the one on the card of somebody who waits."""
    page = hands.page
    with hands.step("pick now for somebody who waits" if card else "begin a walk"):
        start = card.get_by_role("button", name="Pick now") if card else page.get_by_role("button", name="Pick next")
        hands.tap(start, "the walk", lambda: expect(page.locator(".stop.current")).to_be_visible(timeout=PATIENCE))


def finish_begun(hands: Hands) -> None:
    """A walk that was begun before is gone to its end first."""
    page = hands.page
    link = page.get_by_role("link", name="Go on picking")
    if not link.count():
        return
    with hands.step("go on with a walk"):
        hands.tap(link, "the walk", lambda: expect(page.locator(".stop.current")).to_be_visible(timeout=PATIENCE))
    fetch_all(hands)
    go_to_bags(hands)
    make_bags(hands)
    stage_bags(hands)
    back_to_board(hands)


def fetch_all(hands: Hands, mishaps: Mishaps = Mishaps()) -> int:
    """Every stop of the walk; returns how many there were."""
    page, walk, stops = hands.page, hands.page.locator(".walk"), 0
    while walk.get_attribute("data-view") == "stops":
        if not page.locator(".stop[data-open=yes]").count():
            break
        stop = page.locator(".stop.current")
        if stops in mishaps.wrong_scan:
            _scan_wrong(hands, stop)
        if stops in mishaps.short:
            _give_up(hands, stop)
        else:
            _fetch(hands, stop)
            if stops in mishaps.undo:
                _take_back(hands)
        stops += 1
    expect(walk).to_have_attribute("data-view", "end", timeout=PATIENCE)
    return stops


def _fetch(hands: Hands, stop: Locator) -> None:
    """One scan; more pieces of the same need one tap for all of them, a locked case one for its key."""
    task, left, locked = (stop.get_attribute(name) or "" for name in ("data-stop", "data-left", "data-locked"))
    page = hands.page
    with hands.step("fetch from a shelf"):
        hands.walk()
        if locked:
            opened = page.get_by_role("button", name="Keyholder opened it")
            hands.scan(codes(stop)[0], lambda: expect(opened).to_be_visible(timeout=PATIENCE))
            hands.tap(opened, "the keyholder", lambda: _left(hands, task, left))
        else:
            hands.scan(codes(stop)[0], lambda: _left(hands, task, left))
        if int(left) > 1:
            rest = str(int(left) - 1)
            got_it = stop.get_by_role("button", name=re.compile("Got it|Ask the keyholder"))
            hands.tap(got_it, "the other pieces", lambda: _left(hands, task, rest))


def _left(hands: Hands, task: str, before: str) -> None:
    """The stop does not wait for that many pieces any more."""
    expect(hands.page.locator(f"#stop-{task}.current[data-left='{before}']")).to_have_count(0, timeout=PATIENCE)


def _scan_wrong(hands: Hands, stop: Locator) -> None:
    task = stop.get_attribute("data-stop")
    wrong = hands.page.locator(f"#wrong-{task}")
    with hands.step("scan something wrong"):
        hands.scan("4006381333931", lambda: expect(wrong).to_be_visible(timeout=PATIENCE))
    expect(wrong).to_contain_text("Nothing was changed")


def _give_up(hands: Hands, stop: Locator) -> None:
    task, left = stop.get_attribute("data-stop") or "", stop.get_attribute("data-left") or ""
    with hands.step("can’t find"):
        hands.walk()
        reason = hands.page.get_by_role("button", name="Not on the shelf")
        show = stop.get_by_role("button", name="Can’t find")
        hands.tap(show, "cannot find it", lambda: expect(reason).to_be_visible(timeout=PATIENCE))
        hands.tap(reason, "the reason", lambda: _left(hands, task, left))


def _take_back(hands: Hands) -> None:
    """Undo the last piece, and fetch it again."""
    page = hands.page
    here = page.locator(".stop.current, .walk-end").first.get_attribute("id")
    with hands.step("undo a piece"):
        undo = page.get_by_role("button", name="Undo").first
        moved = lambda: expect(page.locator(".stop.current")).not_to_have_id(here or "", timeout=PATIENCE)  # noqa: E731
        hands.tap(undo, "undo", moved)
    _fetch(hands, page.locator(".stop.current"))


def codes(stop: Locator) -> list[str]:
    """What the scanner reads off the goods: the 13 digits that are printed on them first."""
    gtin, *others = json.loads(stop.get_attribute("data-codes") or "[]")
    return [gtin[1:], *others]


def go_to_bags(hands: Hands) -> None:
    """The end of the walk leads to its totes."""
    page = hands.page
    with hands.step("end a walk"):
        end = page.get_by_role("button", name="Bag and stage")
        hands.tap(end, "to the bags", lambda: expect(page.locator("#call")).to_be_visible(timeout=PATIENCE))


def make_bags(hands: Hands) -> None:
    """All bags of the screen with one tap, and all labels with another."""
    page = hands.page
    with hands.step("make and label the bags of a walk"):
        make = page.get_by_role("button", name=re.compile(r"Make \d+ bag"))
        hands.tap(make, "the bags", lambda: expect(page.locator("[data-plan]")).to_have_count(0, timeout=PATIENCE))
        labels = page.get_by_role("button", name=re.compile(r"Print \d+ label"))
        with page.context.expect_page() as opened:
            hands.tap(labels, "the labels")
        opened.value.close()
        expect(labels).to_have_count(0, timeout=PATIENCE)


def stage_bags(hands: Hands, *, no_paper: frozenset[int] = frozenset()) -> int:
    """Carry every bag of the screen to the place it names; bags of `no_paper` got no label and get a tag instead."""
    page, count = hands.page, 0
    found = page.locator("[data-bag]:not([data-staged=yes])").all()
    for number, bag in enumerate([square.get_attribute("data-bag") or "" for square in found]):
        square = page.locator(f"#bag-{bag}")
        with hands.step("stage a bag without a label" if number in no_paper else "stage a bag"):
            hands.walk()
            if number in no_paper:
                _hang_tag(hands, square, bag)
            else:
                hands.scan(bag, lambda: expect(page.locator("#call")).to_contain_text("goes to", timeout=PATIENCE))
            place = page.locator("#call [data-call-place]").inner_text()
            hands.scan(place, _staged(page.locator(f"#bag-{bag}[data-staged=yes]")))
        count += 1
    return count


def _staged(square: Locator) -> Done:
    return lambda: expect(square).to_be_attached(timeout=PATIENCE)


def _hang_tag(hands: Hands, square: Locator, bag: str) -> None:
    """The printer has no paper: tap the bag, scan a preprinted tag that hangs on it from now on."""
    in_hand = hands.page.locator("#call")
    hands.tap(square, "which bag the tag is for", lambda: expect(in_hand).to_contain_text("goes to", timeout=PATIENCE))
    tagged = hands.page.locator(f"#bag-{bag}[data-tag]:not([data-tag=''])")
    hands.scan(f"TAG-{bag[-8:].upper()}", lambda: expect(tagged).to_be_attached(timeout=PATIENCE))


def back_to_board(hands: Hands) -> None:
    """From the last bag to the board."""
    page = hands.page
    with hands.step("back to the board"):
        link = page.locator("footer").get_by_role("link", name="Board")
        hands.tap(link, "the board", lambda: expect(page.locator("#zone-pick")).to_be_visible(timeout=PATIENCE))
