"""Somebody at a tablet: taps what is seen, scans what is in the hand, and has every move counted and timed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page

from tests.e2e.shops import scan

#: Seconds that a practised person needs: to find and tap a button, to aim and scan, to type one letter, and to walk
#: from one shelf or place to the next.
TAP, SCAN, KEY, WALK = 0.9, 1.2, 0.3, 9.0
#: The same code sooner than this counts as delivered twice (`static/js/scan.js`); hands are slower.
_AGAIN = 0.4

Done = Callable[[], object]


@dataclass
class Step:
    """One kind of work on one order, bag or walk: what hands did, and how long the machine let them wait."""

    kind: str
    taps: int = 0
    scans: int = 0
    keys: int = 0
    walks: int = 0
    waits: list[float] = field(default_factory=list)
    purposes: list[str] = field(default_factory=list)

    @property
    def hands(self) -> float:
        """Seconds of taps, scans and typing."""
        return self.taps * TAP + self.scans * SCAN + self.keys * KEY

    @property
    def machine(self) -> float:
        """Seconds between an act and the moment at which the screen was ready for the next one."""
        return sum(self.waits)


@dataclass
class Hands:
    """The person and the tablet's page; `steps` is the diary."""

    page: Page
    steps: list[Step] = field(default_factory=list)
    _scanned: tuple[str, float] = ("", 0.0)

    @contextmanager
    def step(self, kind: str) -> Iterator[Step]:
        """What is done inside belongs to one step of that kind."""
        step = Step(kind)
        self.steps.append(step)
        yield step

    def tap(self, target: Locator, what_for: str, until: Done | None = None) -> None:
        """A finger on something that can be seen and is not covered."""
        step = self.steps[-1]
        step.taps += 1
        step.purposes.append(what_for)
        self._timed(target.tap, until)

    def scan(self, code: str, until: Done) -> None:
        """A keyboard wedge, whatever has the focus."""
        before, at = self._scanned
        if code == before and time.monotonic() - at < _AGAIN:
            self.page.wait_for_timeout(_AGAIN * 1000)
        self.steps[-1].scans += 1
        scan(self.page, code)
        self._timed(lambda: None, until)
        self._scanned = (code, time.monotonic())

    def type(self, target: Locator, text: str, until: Done) -> None:
        """Letters on the tablet's keyboard, and its Enter."""
        step = self.steps[-1]
        step.taps += 1
        step.keys += len(text) + 1
        step.purposes.append("the field to type in")
        target.tap()
        target.press_sequentially(text, delay=150)
        self._timed(lambda: target.press("Enter"), until)

    def walk(self) -> None:
        """From one shelf or place to the next."""
        self.steps[-1].walks += 1

    def _timed(self, act: Callable[[], object], until: Done | None) -> None:
        began = time.monotonic()
        act()
        if until is not None:
            until()
        self.steps[-1].waits.append(time.monotonic() - began)
