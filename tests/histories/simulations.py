"""A shop in a few lines that is right by construction, to try the checks on: they must believe it."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.histories.records import NEVER, End, History, Operation, Outcome

PIECES = 12


@dataclass
class Simulation:
    """Every operation happens at one moment within its time; some answers get lost on their way."""

    luck: Random
    operations: list[Operation] = field(default_factory=list)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    levels: dict[str, list[int]] = field(default_factory=lambda: {"A": [PIECES, 0], "B": [PIECES, 0]})
    events: list[tuple[str, str, str]] = field(default_factory=list)
    now: float = 0.0
    #: Names of the orders that their client knows of.
    known: list[str] = field(default_factory=list)

    def day(self, steps: int = 60) -> History:
        """A history of so many operations."""
        for number in range(steps):
            self.now += 1.0
            act = self.luck.choice([self._order, self._order, self._cancel_line, self._cancel, self._sell, self._look])
            act(number)
        end = End(
            {name: [order] for name, order in self.orders.items()},
            {sku: (level[0], level[1]) for sku, level in self.levels.items()},
            self.events,
        )
        return History({"A": PIECES, "B": PIECES}, self.operations, end)

    def _note(
        self, kind: str, outcome: Outcome, given: dict[str, Any], seen: dict[str, Any] | None = None, *, sure: bool
    ) -> bool:
        """Note an operation that happened now; returns whether its client heard the answer."""
        heard = sure or self.luck.random() > 0.1
        began, ended = self.now - self.luck.uniform(0, 4), self.now + self.luck.uniform(0, 4)
        answers = (b"answer",) * self.luck.randint(1, 2) if outcome == "ok" else ()
        if heard:
            self.operations.append(Operation(kind, began, ended, outcome, given, seen or {}, answers))
        else:
            self.operations.append(Operation(kind, began, NEVER, "unknown", given))
        return heard

    def _order(self, number: int) -> None:
        name, skus = f"o{number}", self.luck.sample(["A", "B"], self.luck.randint(1, 2))
        lines = {str(place): (sku, self.luck.randint(2, 4)) for place, sku in enumerate(skus, 1)}
        fits = all(self.levels[sku][0] - self.levels[sku][1] >= pieces for sku, pieces in lines.values())
        if fits:
            for sku, pieces in lines.values():
                self.levels[sku][1] += pieces
            shown = {
                line: {"sku": sku, "ordered": pieces, "open": pieces, "cancelled": 0}
                for line, (sku, pieces) in lines.items()
            }
            self.orders[name] = {"id": f"id-{name}", "state": "received", "lines": shown}
            self._tell("order.received", name)
        if self._note("order", "ok" if fits else "refused", {"order": name, "lines": lines}, sure=False) and fits:
            self.known.append(name)

    def _cancel(self, number: int) -> None:
        if self.known:
            name = self.known.pop(self.luck.randrange(len(self.known)))
            order = self.orders[name]
            for line in order["lines"].values():
                self.levels[line["sku"]][1] -= line["open"]
                line["cancelled"], line["open"] = line["cancelled"] + line["open"], 0
            order["state"] = "cancelled"
            self._tell("order.cancelled", name)
            self._note("cancel", "ok", {"order": name}, sure=True)

    def _cancel_line(self, number: int) -> None:
        if self.known:
            name = self.luck.choice(self.known)
            line = self.orders[name]["lines"]["1"]
            fits = line["open"] > 1
            pieces = 1 if fits else 9
            if fits:
                line["open"], line["cancelled"] = line["open"] - 1, line["cancelled"] + 1
                self.levels[line["sku"]][1] -= 1
                self._tell("order.line_cancelled", name)
            given = {"order": name, "line": "1", "pieces": pieces}
            self._note("cancel_line", "ok" if fits else "refused", given, sure=True)

    def _sell(self, number: int) -> None:
        if self.luck.random() < 0.3:
            self.levels["A"][0] -= 1
            self._note("sell", "ok", {"sku": "A", "pieces": 1}, sure=True)

    def _look(self, number: int) -> None:
        sku = self.luck.choice(["A", "B"])
        seen = {"on_hand": self.levels[sku][0], "reserved": self.levels[sku][1]}
        self._note("read_level", "ok", {"sku": sku}, seen, sure=True)
        if self.known:
            name = self.luck.choice(self.known)
            lines = {line: dict(one) for line, one in self.orders[name]["lines"].items()}
            self._note("read_order", "ok", {"order": name}, {"lines": lines}, sure=True)

    def _tell(self, type_: str, name: str) -> None:
        self.events.append((str(len(self.events)), type_, f"id-{name}"))
