"""What an hour on the floor cost, as the tables of `docs/floor.md`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median

from tests.e2e.hands import KEY, SCAN, TAP, WALK, Step

_HEAD = f"""# What an order costs on the floor

Somebody who never saw the program works an hour of 40 orders on one tablet: walks of six orders, pieces that cannot be
found, wrong scans, a printer without paper, customers who wait, come early, ring, have no code, take only a part or
bring something back. A script does it against the running server on the sample data, in Chromium, with scans as real
keystrokes and taps on what can be seen, and counts every move:

    .venv/bin/python -m tests.e2e.floor_hour

*Hands* is what a practised person needs for the moves alone: {TAP} s for a tap, {SCAN} s for a scan, {KEY} s for a
typed letter. *Feet* is {WALK:.0f} s from one shelf or place to the next. *Machine* is measured: from the end of each
move until the screen is ready for the next one, with browser, server and script on the same two cores. All are seconds.

"""


@dataclass(frozen=True, slots=True)
class Hour:
    """One run: the tablet's size in pixels, orders fetched and handed over, the diary, seconds that the run took."""

    size: tuple[int, int]
    picked: int
    served: int
    steps: Sequence[Step]
    seconds: float


def write_report(hours: Sequence[Hour]) -> str:
    """The whole page."""
    return _HEAD + "\n".join(_hour(hour) for hour in hours) + _purposes(hours[0])


def _hour(hour: Hour) -> str:
    width, height = hour.size
    kinds = list(dict.fromkeys(step.kind for step in hour.steps))
    rows = [_row(kind, [step for step in hour.steps if step.kind == kind]) for kind in kinds]
    return "\n".join(
        [
            f"## {width} x {height}",
            "",
            f"{hour.picked} orders were fetched, bagged and staged, {hour.served} handed over.",
            "",
            "| step | times | taps | scans | letters | hands | feet | machine median | machine p95 |",
            "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
            *rows,
            "",
            _sums(hour),
            "",
        ]
    )


def _row(kind: str, steps: Sequence[Step]) -> str:
    waits = sorted(step.machine for step in steps)
    cells = (
        kind,
        str(len(steps)),
        *(f"{mean(getattr(step, name) for step in steps):.1f}" for name in ("taps", "scans", "keys", "hands")),
        f"{mean(step.walks for step in steps) * WALK:.0f}",
        f"{median(waits):.2f}",
        f"{waits[min(len(waits) - 1, int(len(waits) * 0.95))]:.2f}",
    )
    return f"| {' | '.join(cells)} |"


def _sums(hour: Hour) -> str:
    taps, scans = (sum(getattr(step, name) for step in hour.steps) for name in ("taps", "scans"))
    hands, machine = sum(step.hands for step in hour.steps), sum(step.machine for step in hour.steps)
    feet = sum(step.walks for step in hour.steps) * WALK
    orders = hour.picked
    return (
        f"In all {taps} taps and {scans} scans: {taps / orders:.1f} taps and {scans / orders:.1f} scans an order, "
        f"{(hands + machine) / orders:.0f} s of hands and machine ({machine / orders:.1f} s of it machine), "
        f"and {feet / orders:.0f} s of feet."
    )


def _purposes(hour: Hour) -> str:
    """Every tap has to be for something; what is not in this list is not asked for."""
    lines = ["", "## What each tap is for", ""]
    for kind in dict.fromkeys(step.kind for step in hour.steps):
        steps = [step for step in hour.steps if step.kind == kind]
        counted = Counter(purpose for step in steps for purpose in step.purposes)
        if counted:
            words = ", ".join(f"{purpose} ({number / len(steps):.1f})" for purpose, number in counted.items())
            lines.append(f"* **{kind}**: {words}")
    return "\n".join([*lines, ""])
