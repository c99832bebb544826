"""A plain-Python model of what happens to goods between the order and the customer's hands.

It knows no database and no service: it counts pieces as a careful person with a notebook would.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

COUNTERS = ("open", "picked", "short", "cancelled", "to_put_back", "collected")
_numbers = itertools.count(1)


@dataclass
class Shelf:
    """The figures of one item at the store."""

    on_hand: int = 0
    reserved: int = 0
    quarantine: int = 0
    display: int = 0
    learned_safety: int = 0
    blocked: bool = False

    @property
    def free(self) -> int:
        if self.blocked:
            return 0
        return max(0, self.on_hand - self.reserved - self.display - self.learned_safety)

    def take(self, pieces: int) -> None:
        """Goods that were plainly there leave, whatever the books thought."""
        self.on_hand = max(self.on_hand, pieces) - pieces

    def figures(self) -> dict[str, int]:
        named = {name: value for name, value in vars(self).items() if name != "blocked"}
        named["deficit"] = max(0, self.reserved - self.on_hand)
        return {name: value for name, value in named.items() if value}


@dataclass
class Line:
    line_id: str
    sku: str
    ordered: int
    open: int
    picked: int = 0
    short: int = 0
    cancelled: int = 0
    to_put_back: int = 0
    collected: int = 0

    def counters(self) -> tuple[int, ...]:
        return tuple(getattr(self, name) for name in COUNTERS)


@dataclass
class Bag:
    public_id: str
    number: int
    contents: dict[str, int]
    marked: dict[str, int] = field(default_factory=dict)
    #: packed, staged, handed_over, emptied.
    state: str = "packed"

    @property
    def in_store(self) -> bool:
        return self.state in ("packed", "staged")

    def wanted(self, line_id: str) -> int:
        return self.contents.get(line_id, 0) - self.marked.get(line_id, 0)

    def remove_marked(self, line_id: str, pieces: int) -> None:
        self.marked[line_id] -= pieces
        self.contents[line_id] -= pieces
        if not any(self.contents.values()):
            self.state = "emptied"


@dataclass
class Carry:
    """A put-back task."""

    line: Line
    pieces: int
    done: int = 0
    state: str = "open"
    #: The handoff at which the pieces were refused.
    handoff: str | None = None


@dataclass
class Share:
    line: Line
    bag: Bag
    collected: int
    refused: int


@dataclass
class Given:
    public_id: str
    shares: list[Share]
    undone: bool = False


@dataclass
class Short:
    """A short pick, and whether its customer still has to choose."""

    public_id: str
    order: Sale
    line: Line
    pieces: int
    reason: str
    raised: int
    at: int
    asked: bool = True
    undone: bool = False
    found: bool = False
    found_pieces: int = 0


@dataclass
class Sale:
    """An order."""

    public_id: str
    promised: object
    lines: list[Line]
    state: str = "received"
    begun: bool = False
    expired: bool = False
    bags: list[Bag] = field(default_factory=list)
    carries: list[Carry] = field(default_factory=list)
    given: list[Given] = field(default_factory=list)
    questions: list[Short] = field(default_factory=list)
    number: int = field(default_factory=lambda: next(_numbers))

    @property
    def is_open(self) -> bool:
        return self.state in ("received", "picking", "picked", "ready")

    def line(self, line_id: str) -> Line:
        return next(line for line in self.lines if line.line_id == line_id)

    def loose(self, line: Line) -> int:
        return line.picked - sum(bag.wanted(line.line_id) for bag in self.bags if bag.in_store)

    def loose_put_backs(self, line: Line) -> int:
        return line.to_put_back - sum(bag.marked.get(line.line_id, 0) for bag in self.bags if bag.in_store)

    def settle(self) -> None:
        """Derive the state from what is counted."""
        self.state = self._state()
        self.begun = self.begun or self.state != "received"

    def _state(self) -> str:
        still_open, picked = (sum(getattr(line, name) for line in self.lines) for name in ("open", "picked"))
        asked = any(short.asked for short in self.questions)
        if still_open == 0:
            if asked:
                return "picking"
            if any(line.collected for line in self.lines):
                return "collected"
            return "expired" if self.expired else "cancelled"
        if picked < still_open:
            return "picking" if self.begun or picked else "received"
        return "ready" if not asked and self._all_stand(still_open) else "picked"

    def _all_stand(self, pieces: int) -> bool:
        bags = [bag for bag in self.bags if bag.in_store and any(bag.contents.values())]
        wanted = sum(bag.wanted(line_id) for bag in bags for line_id in bag.contents)
        return wanted == pieces and all(bag.state == "staged" and not any(bag.marked.values()) for bag in bags)


class Notebook:
    """The store as the model has it."""

    def __init__(self, skus: list[str]) -> None:
        self.shelves = {sku: Shelf() for sku in skus}
        self.sales: list[Sale] = []
        self.shorts: list[Short] = []
        self.counted_at = dict.fromkeys(skus, 0)
        self.now = 0

    def tick(self) -> int:
        self.now += 1
        return self.now

    # What closes pieces: cancelling, expiry.

    def close(self, sale: Sale, line: Line, pieces: int) -> None:
        on_shelf = min(pieces, line.open - line.picked)
        in_hand = pieces - on_shelf
        self.shelves[line.sku].reserved -= on_shelf
        in_bags = max(0, in_hand - sale.loose(line))
        line.open -= pieces
        line.picked -= in_hand
        line.cancelled += pieces
        line.to_put_back += in_hand
        self._mark(sale, line, in_bags)
        if in_hand:
            sale.carries.append(Carry(line, in_hand))

    def _mark(self, sale: Sale, line: Line, pieces: int) -> None:
        bags = [bag for bag in sale.bags if bag.in_store]
        for bag in sorted(bags, key=lambda bag: (bag.state == "staged", -bag.number)):
            more = min(pieces, bag.wanted(line.line_id))
            if more:
                bag.marked[line.line_id] = bag.marked.get(line.line_id, 0) + more
                bag.state = "packed"
                pieces -= more

    def close_all(self, sale: Sale) -> None:
        for line in sale.lines:
            if line.open:
                self.close(sale, line, line.open)
        for short in sale.questions:
            short.asked = False
        sale.settle()

    # Short picks.

    def make_short(self, sale: Sale, line: Line, pieces: int, reason: str, public_id: str) -> None:
        shelf = self.shelves[line.sku]
        shelf.reserved -= pieces
        if reason in ("mismatch", "damaged"):
            shelf.take(pieces)
        shelf.quarantine += pieces if reason == "damaged" else 0
        shelf.display += pieces if reason == "display" else 0
        shelf.blocked = shelf.blocked or reason == "not_found"
        line.open -= pieces
        line.short += pieces
        short = Short(public_id, sale, line, pieces, reason, 0, self.tick())
        self.shorts.append(short)
        sale.questions.append(short)
        short.raised = self._learn(short)
        sale.settle()

    def _learn(self, short: Short) -> int:
        shelf = self.shelves[short.line.sku]
        if short.reason not in ("not_found", "mismatch"):
            return 0
        same = [other for other in self.shorts if other.line.sku == short.line.sku and not other.undone]
        count = sum(not other.found and other.reason in ("not_found", "mismatch") for other in same)
        more = 1 if count % 3 == 0 and shelf.learned_safety < 3 else 0
        shelf.learned_safety += more
        return more

    def may_undo(self, short: Short) -> bool:
        """Whether the customer has not chosen, nobody has counted, and the pieces are still there."""
        if short.found_pieces or not short.asked or self.counted_at[short.line.sku] > short.at:
            return False
        shelf, back = self.shelves[short.line.sku], short.pieces
        on_hand = shelf.on_hand + (back if short.reason in ("mismatch", "damaged") else 0)
        return shelf.reserved + back <= on_hand and (short.reason != "damaged" or shelf.quarantine >= back)

    def undo_short(self, short: Short) -> None:
        shelf, back = self.shelves[short.line.sku], short.pieces
        shelf.learned_safety -= min(short.raised, shelf.learned_safety)
        shelf.reserved += back
        shelf.on_hand += back if short.reason in ("mismatch", "damaged") else 0
        shelf.quarantine -= back if short.reason == "damaged" else 0
        shelf.display -= back if short.reason == "display" else 0
        short.line.open += back
        short.line.short -= back
        short.undone, short.asked = True, False
        if not self.outstanding(short.line.sku):
            shelf.blocked = False
        short.order.settle()

    def outstanding(self, sku: str) -> list[Short]:
        return [
            short
            for short in self.shorts
            if short.line.sku == sku
            and short.reason == "not_found"
            and not short.undone
            and not short.found
            and short.at > self.counted_at[sku]
        ]

    def find(self, sku: str, pieces: int) -> None:
        shelf = self.shelves[sku]
        shelf.blocked = False
        shelf.on_hand = max(shelf.on_hand, pieces)
        free = max(0, min(pieces, shelf.on_hand - shelf.reserved))
        waiting = [
            short
            for short in self.shorts
            if short.line.sku == sku and short.reason == "not_found" and short.asked and not short.undone
        ]
        for short in sorted(waiting, key=lambda short: (short.order.promised, short.at)):
            back = min(short.pieces - short.found_pieces, free)
            if back > 0:
                free -= back
                shelf.reserved += back
                short.line.open += back
                short.line.short -= back
                short.found_pieces += back
                short.asked = short.found_pieces < short.pieces
                short.order.settle()
        for short in self.outstanding(sku):
            short.found = True

    # Putting back.

    def put_back(self, sale: Sale, carry: Carry, outcome: str, pieces: int) -> None:
        line, shelf = carry.line, self.shelves[carry.line.sku]
        from_bags = pieces - sale.loose_put_backs(line)
        for bag in sale.bags:
            less = min(from_bags, bag.marked.get(line.line_id, 0)) if bag.in_store else 0
            if less > 0:
                bag.remove_marked(line.line_id, less)
                from_bags -= less
        shelf.reserved -= pieces
        if outcome != "sellable":
            shelf.take(pieces)
        shelf.quarantine += pieces if outcome == "damaged" else 0
        line.to_put_back -= pieces
        carry.done += pieces
        carry.state = "done" if carry.done == carry.pieces else "open"
        sale.settle()

    # Handing over.

    def plan(self, sale: Sale, refused: dict[str, int]) -> list[Share]:
        shares = []
        for line in sale.lines:
            left_refused = refused.get(line.line_id, 0)
            left_given = line.open - left_refused
            for bag in (bag for bag in sale.bags if bag.in_store):
                held = bag.contents.get(line.line_id, 0)
                given = min(left_given, held)
                kept = min(left_refused, held - given)
                left_given, left_refused = left_given - given, left_refused - kept
                if given or kept:
                    shares.append(Share(line, bag, given, kept))
        return shares

    def hand_over(self, sale: Sale, public_id: str, shares: list[Share]) -> None:
        for share in shares:
            line, shelf = share.line, self.shelves[share.line.sku]
            shelf.take(share.collected)
            shelf.reserved -= share.collected
            line.open -= share.collected + share.refused
            line.picked -= share.collected + share.refused
            line.collected += share.collected
            line.cancelled += share.refused
            line.to_put_back += share.refused
            share.bag.contents[line.line_id] -= share.refused
            if share.refused:
                sale.carries.append(Carry(line, share.refused, handoff=public_id))
        for bag in {id(share.bag): share.bag for share in shares}.values():
            bag.state = "handed_over" if any(share.collected for share in shares if share.bag is bag) else "emptied"
        sale.given.append(Given(public_id, shares))
        sale.settle()

    def undo_handoff(self, sale: Sale, given: Given) -> None:
        for share in sorted(given.shares, key=lambda share: share.line.sku):
            line, shelf = share.line, self.shelves[share.line.sku]
            carry = self._untouched(sale, given, share)
            if carry is not None:
                carry.state = "cancelled"
                line.cancelled -= share.refused
                line.to_put_back -= share.refused
                line.open += share.refused
                line.picked += share.refused
                share.bag.contents[line.line_id] += share.refused
            shelf.on_hand += share.collected
            shelf.reserved += share.collected
            line.collected -= share.collected
            line.open += share.collected
            line.picked += share.collected
        for share in given.shares:
            if any(share.bag.contents.values()):
                share.bag.state = "staged"
        given.undone = True
        sale.settle()

    def _untouched(self, sale: Sale, given: Given, share: Share) -> Carry | None:
        for carry in sale.carries:
            same = carry.handoff == given.public_id and carry.line is share.line and carry.pieces == share.refused
            if share.refused and same and carry.state == "open" and carry.done == 0:
                return carry
        return None
