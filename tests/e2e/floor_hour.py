"""Works the hour of 40 orders on a tablet and writes down what it costs: `python -m tests.e2e.floor_hour`.

A real server on the sample data, a real Chromium, scans as keystrokes, taps on what can be seen; both ways round. The
result is `docs/floor.md`.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import sync_playwright

from omni_pickup.config import ROOT
from tests.e2e import floor_counters as counter
from tests.e2e import floor_walks as walks
from tests.e2e.conftest import CHROMIUM, FLAGS
from tests.e2e.floor_orders import (
    arrive,
    bags_of,
    pieces_of,
    place_orders,
    queued,
    ready_of_newest_walk,
    states_of,
)
from tests.e2e.floor_reports import Hour, write_report
from tests.e2e.hands import Hands
from tests.e2e.shops import LANDSCAPE, PORTRAIT, Shop, open_shop

ORDERS = 40
PAPER = ROOT / "docs" / "floor.md"
#: Nobody hands over to the same customer twice; the last one who came is the one who brings something back.
Visit = Callable[[], None]


@dataclass
class Shift:
    """One person's hour: `served` are the numbers of those who got their goods."""

    shop: Shop
    hands: Hands
    chance: random.Random = field(default_factory=lambda: random.Random(40))  # noqa: S311 - no secret, only chance.
    ready: list[str] = field(default_factory=list)
    served: list[str] = field(default_factory=list)
    picked: int = 0

    def work(self, orders: int) -> None:
        """Walk after walk until so many orders were fetched; customers come in between."""
        visits = self.visits()
        walks.finish_begun(self.hands)
        while self.picked < orders:
            waiting = queued(self.shop)
            if len(waiting) < min(6, orders - self.picked):
                place_orders(self.shop, 6 - len(waiting), chance=self.chance)
            self.hands.page.goto(f"{self.shop.base}/board/")
            self.picked += self.walk(orders - self.picked)
            for _ in range(4):
                next(visits)()
        assert self.shop.differences() == []

    def walk(self, most: int) -> int:
        """Pick next, bag, label, stage; returns how many orders came along."""
        before = len(queued(self.shop))
        number = sum(step.kind == "begin a walk" for step in self.hands.steps)
        walks.begin_walk(self.hands)
        walks.fetch_all(self.hands, _mishaps(number))
        walks.go_to_bags(self.hands)
        walks.make_bags(self.hands)
        walks.stage_bags(self.hands, no_paper=frozenset({0, 1}) if number == 2 else frozenset())
        self.ready += [one for one in ready_of_newest_walk(self.shop) if one not in self.ready]
        walks.back_to_board(self.hands)
        return min(most, before - len(queued(self.shop)))

    def visits(self) -> Iterator[Visit]:
        """Who comes to the counter or rings, in turn, for ever."""
        while True:
            yield self.shows_a_code
            yield self.waits
            yield self.comes_early
            yield self.rings
            yield self.has_no_code
            yield self.shows_a_code
            yield self.gets_a_wrong_bag
            yield self.takes_a_part
            yield self.shows_a_code
            yield self.was_the_wrong_person
            yield self.waits
            yield self.brings_back

    def next_customer(self, *, least: int = 1) -> counter.Customer:
        """The one whose order is ready longest, with so many pieces at least."""
        number = next(one for one in self.ready if pieces_of(self.shop, one) >= least)
        self.ready.remove(number)
        self.served.append(number)
        return counter.customer_of(self.shop, number)

    def shows_a_code(self) -> None:
        counter.by_qr(self.hands, self.next_customer())

    def waits(self) -> None:
        customer = self.next_customer()
        arrive(self.shop, customer.number)
        counter.by_card(self.hands, customer)

    def comes_early(self) -> None:
        """Here before anybody began with the order: fetched alone, at once."""
        number = (queued(self.shop) or place_orders(self.shop, 1, chance=self.chance))[-1]
        arrive(self.shop, number)
        card = self.hands.page.locator(f"#waiting-{number}")
        walks.begin_walk(self.hands, card=card)
        walks.fetch_all(self.hands)
        walks.go_to_bags(self.hands)
        walks.make_bags(self.hands)
        walks.stage_bags(self.hands)
        counter.after_staging(self.hands, counter.customer_of(self.shop, number))
        self.served.append(number)
        self.picked += 1

    def rings(self) -> None:
        number = (queued(self.shop) or place_orders(self.shop, 1, chance=self.chance))[0]
        assert "ready by" in counter.rings(self.hands, counter.customer_of(self.shop, number))

    def has_no_code(self) -> None:
        counter.by_name(self.hands, self.next_customer())

    def gets_a_wrong_bag(self) -> None:
        customer = self.next_customer()
        counter.with_a_wrong_bag(self.hands, customer, bags_of(self.shop, self.ready[0])[0])

    def takes_a_part(self) -> None:
        counter.in_part(self.hands, self.next_customer(least=2))

    def was_the_wrong_person(self) -> None:
        counter.and_undo(self.hands, self.next_customer())

    def brings_back(self) -> None:
        customer = counter.customer_of(self.shop, self.served[-1])
        counter.brings_back(self.hands, self.shop, customer)
        self.hands.page.goto(f"{self.shop.base}/board/")


def _mishaps(number: int) -> walks.Mishaps:
    """What goes wrong on the walk of that number, counted from 0."""
    return (
        walks.Mishaps(wrong_scan=frozenset({1})),
        walks.Mishaps(short=frozenset({2})),
        walks.Mishaps(undo=frozenset({1})),
        walks.Mishaps(short=frozenset({0}), wrong_scan=frozenset({3})),
    )[number % 4]


def work_an_hour(shop: Shop, size: tuple[int, int], orders: int = ORDERS) -> Hour:
    """The diary of the whole hour on a tablet of that size."""
    page = shop.tablet("bartek", size=size, has_touch=True)
    shift, began = Shift(shop, Hands(page)), time.monotonic()
    shift.work(orders)
    assert set(states_of(shop, shift.served)) <= {"collected"}
    return Hour(size, shift.picked, len(shift.served), shift.hands.steps, time.monotonic() - began)


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        hours = []
        for size in (LANDSCAPE, PORTRAIT):
            with tempfile.TemporaryDirectory() as folder, open_shop(Path(folder), browser) as shop:
                hours.append(work_an_hour(shop, size))
                shop.close_tablets()
        browser.close()
    PAPER.write_text(write_report(hours), encoding="utf-8")


if __name__ == "__main__":
    main()
