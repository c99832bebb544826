"""A plain-Python model of what happens to goods: on shelves, in orders, bags and hands, on vans and at the desk.

It knows no database and no service: it counts pieces as a careful person with a notebook would.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime

COUNTERS = ("open", "picked", "short", "cancelled", "to_put_back", "collected", "returned", "substituted")
#: Short picks that say that the books promise what is not there.
COUNTING = ("not_found", "mismatch")
#: A count by hand that is off by more is made again.
FAR_OFF = 5
_numbers = itertools.count(1)


@dataclass
class Shelf:
    """The figures of one item at one store, and what moved its goods when."""

    on_hand: int = 0
    reserved: int = 0
    quarantine: int = 0
    display: int = 0
    in_transit: int = 0
    learned_safety: int = 0
    blocked: bool = False
    moved: list[tuple[datetime, int]] = field(default_factory=list)
    #: The moment of the figure that counts, and a figure that somebody doubts.
    stated_at: datetime | None = None
    doubted: bool = False

    @property
    def free(self) -> int:
        if self.blocked:
            return 0
        return max(0, self.on_hand - self.reserved - self.display - self.learned_safety)

    @property
    def deficit(self) -> int:
        return max(0, self.reserved - self.on_hand)

    def take(self, pieces: int) -> None:
        """Goods that were plainly there leave, whatever the books thought."""
        self.on_hand = max(self.on_hand, pieces) - pieces
        self._note(-pieces)

    def add(self, pieces: int) -> None:
        """Goods come."""
        self.on_hand += pieces
        self._note(pieces)

    def sell(self, pieces: int, *, at: datetime | None = None) -> None:
        """A till sale, perhaps of a past moment; the books stop at nothing, and a later figure knows it already."""
        if at is None or self.stated_at is None or at >= self.stated_at:
            self.on_hand = max(0, self.on_hand - pieces)
        self._note(-pieces, at)

    def state(self, pieces: int, *, at: datetime) -> None:
        """Somebody says how many there were at a moment; what moved goods since stays on top."""
        if self.stated_at is None or at >= self.stated_at:
            self.on_hand = max(0, pieces + self.since(at))
            self.stated_at = at

    def since(self, at: datetime) -> int:
        return sum(pieces for moment, pieces in self.moved if moment > at)

    def _note(self, pieces: int, at: datetime | None = None) -> None:
        self.moved.append((at or datetime.now(UTC), pieces))

    def figures(self) -> dict[str, int]:
        names = ("on_hand", "reserved", "quarantine", "display", "in_transit", "learned_safety", "deficit")
        return {name: value for name in names if (value := getattr(self, name))}


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
    returned: int = 0
    substituted: int = 0

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
    #: Collected pieces that the till reported as well, before or after.
    sold: int = 0


@dataclass
class Till:
    """Pieces of an order that were paid at the till; those that are not `met` by a handoff have left the books."""

    sku: str
    pieces: int
    met: int

    @property
    def pending(self) -> int:
        return self.pieces - self.met


@dataclass
class Given:
    public_id: str
    shares: list[Share]
    undone: bool = False
    #: It ended the order, because nothing of it was taken.
    ended: bool = False


@dataclass
class Short:
    """Pieces that could not be had, by a short pick or because a van did not bring them (`reason`); `asked` while
    the customer still has to choose. `used` names the raise of the learned safety that it led to.
    """

    public_id: str
    order: Sale
    line: Line
    pieces: int
    reason: str
    at: int
    used: int | None = None
    asked: bool = True
    undone: bool = False
    found: bool = False
    found_pieces: int = 0


@dataclass
class Van:
    """A transfer between the stores; `line` is what waits for it."""

    public_id: str
    from_far: bool
    sku: str
    pieces: int
    state: str = "requested"
    on_board: int = 0
    line: Line | None = None

    @property
    def is_awaited(self) -> bool:
        return self.line is not None and (self.state == "requested" or self.on_board > 0)


@dataclass
class Back:
    """A return of pieces of one line."""

    public_id: str
    sale: Sale
    line: Line
    said: int
    state: str = "announced"
    far: bool | None = None
    #: Accepted pieces that are not at their end yet, by disposition.
    waiting: dict[str, int] = field(default_factory=dict)
    accepted: int = 0

    @property
    def claims(self) -> int:
        if self.state in ("cancelled", "rejected"):
            return 0
        return max(self.accepted, self.said if self.state in ("announced", "received") else 0)


@dataclass
class Sale:
    """An order."""

    public_id: str
    external_id: str
    promised: object
    lines: list[Line]
    state: str = "received"
    begun: bool = False
    expired: bool = False
    bags: list[Bag] = field(default_factory=list)
    carries: list[Carry] = field(default_factory=list)
    given: list[Given] = field(default_factory=list)
    questions: list[Short] = field(default_factory=list)
    vans: list[Van] = field(default_factory=list)
    tills: list[Till] = field(default_factory=list)
    number: int = field(default_factory=lambda: next(_numbers))

    @property
    def is_open(self) -> bool:
        return self.state in ("received", "picking", "picked", "ready")

    def line(self, line_id: str) -> Line:
        return next(line for line in self.lines if line.line_id == line_id)

    def wanted(self, sku: str) -> int:
        """Open pieces of an item, of all its lines."""
        return sum(line.open for line in self.lines if line.sku == sku)

    def sold(self, sku: str) -> int:
        """Pieces of an item that the till has sold and nobody was given yet."""
        return sum(till.pending for till in self.tills if till.sku == sku)

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
        asked = any(short.asked for short in self.questions) or any(van.is_awaited for van in self.vans)
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
        self.far = {sku: Shelf() for sku in skus}
        self.sales: list[Sale] = []
        self.shorts: list[Short] = []
        self.backs: list[Back] = []
        self.vans: list[Van] = []
        self.holds: list[tuple[str, str, int]] = []
        self.counted_at = dict.fromkeys(skus, 0)
        self.trusted_at = dict.fromkeys(skus, 0)
        self.now = 0

    def at(self, *, far: bool) -> dict[str, Shelf]:
        return self.far if far else self.shelves

    def tick(self) -> int:
        self.now += 1
        return self.now

    # What closes pieces: cancelling, expiry.

    def close(self, sale: Sale, line: Line, pieces: int) -> None:
        self.unsell(sale, line.sku, sale.sold(line.sku) - (sale.wanted(line.sku) - pieces))
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
        for van in sale.vans:
            if van.state == "requested":
                self.call_off(van)
            van.line = None
        sale.settle()

    # Short picks.

    def make_short(self, sale: Sale, line: Line, pieces: int, reason: str, public_id: str) -> None:
        shelf = self.shelves[line.sku]
        self.unsell(sale, line.sku, sale.sold(line.sku) - (sale.wanted(line.sku) - pieces))
        shelf.reserved -= pieces
        if reason in ("mismatch", "damaged"):
            shelf.take(pieces)
        shelf.quarantine += pieces if reason == "damaged" else 0
        shelf.display += pieces if reason == "display" else 0
        shelf.blocked = shelf.blocked or reason == "not_found"
        line.open -= pieces
        line.short += pieces
        short = Short(public_id, sale, line, pieces, reason, self.tick())
        self.shorts.append(short)
        sale.questions.append(short)
        self._learn(short)
        sale.settle()

    def _learn(self, short: Short) -> None:
        shelf, sku = self.shelves[short.line.sku], short.line.sku
        new = [
            other
            for other in self.shorts
            if other.line.sku == sku and other.reason in COUNTING and other.at > self.trusted_at[sku]
            if not other.undone and not other.found and other.used is None
        ]
        if short.reason in COUNTING and len(new) >= 3 and shelf.learned_safety < 3:
            shelf.learned_safety += 1
            for other in new:
                other.used = short.at

    def may_undo(self, short: Short) -> bool:
        """Whether the customer has not chosen, nobody has counted, and the pieces are still there."""
        if short.found_pieces or not short.asked or self.counted_at[short.line.sku] > short.at:
            return False
        shelf, back = self.shelves[short.line.sku], short.pieces
        on_hand = shelf.on_hand + (back if short.reason in ("mismatch", "damaged") else 0)
        return shelf.reserved + back <= on_hand and (short.reason != "damaged" or shelf.quarantine >= back)

    def undo_short(self, short: Short) -> None:
        shelf, back = self.shelves[short.line.sku], short.pieces
        if short.used is not None:
            shelf.learned_safety = max(0, shelf.learned_safety - 1)
            for other in [other for other in self.shorts if other.used == short.used]:
                other.used = None
        shelf.reserved += back
        if short.reason in ("mismatch", "damaged"):
            shelf.add(back)
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
        for sku in {share.line.sku for share in shares}:
            refused = sum(share.refused for share in shares if share.line.sku == sku)
            self.unsell(sale, sku, sale.sold(sku) - (sale.wanted(sku) - refused) if refused else 0)
        for share in shares:
            line, shelf = share.line, self.shelves[share.line.sku]
            share.sold = self._meet(sale, line.sku, share.collected)
            if share.collected > share.sold:
                shelf.take(share.collected - share.sold)
            shelf.reserved -= share.collected - share.sold
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
        sale.settle()
        sale.given.append(Given(public_id, shares, ended=sale.state == "cancelled"))

    def may_undo_handoff(self, sale: Sale, given: Given) -> bool:
        """Whether nothing was built upon it: no return, no other end, and of goods all refused some are still here."""
        if any(back.sale is sale for back in self.backs) or sale.state == "expired":
            return False
        if sale.state == "cancelled" and not given.ended:
            return False
        return any(share.collected or self._untouched(sale, given, share) for share in given.shares)

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
            self._meet(sale, line.sku, -share.sold)
            shelf.add(share.collected - share.sold)
            shelf.reserved += share.collected - share.sold
            share.sold = 0
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

    # The till.

    def sell_of(self, sale: Sale, sku: str, pieces: int) -> None:
        """The till reports pieces of an order: some were given already, some still wait, others are just sold."""
        given = [share for one in sale.given if not one.undone for share in one.shares if share.line.sku == sku]
        left = pieces
        for share in given:
            met = min(left, share.collected - share.sold)
            share.sold += met
            left -= met
        waiting = min(left, max(0, sale.wanted(sku) - sale.sold(sku)))
        sale.tills.append(Till(sku, pieces - left + waiting, pieces - left))
        self.shelves[sku].sell(left)
        self.shelves[sku].reserved -= waiting

    def unsell(self, sale: Sale, sku: str, pieces: int) -> int:
        """Pieces that nobody will be given, or that the till took back, are in the books again; the last sale first."""
        back = 0
        for till in reversed([till for till in sale.tills if till.sku == sku]):
            less = min(max(0, pieces - back), till.pending)
            till.pieces -= less
            back += less
        if back:
            self.shelves[sku].add(back)
            self.shelves[sku].reserved += back
        return back

    def _meet(self, sale: Sale, sku: str, pieces: int) -> int:
        """Goods that were sold before are given, the first sale first; below 0 that is undone, the last one first."""
        tills, left = [till for till in sale.tills if till.sku == sku], abs(pieces)
        for till in tills if pieces > 0 else reversed(tills):
            step = min(left, till.pending if pieces > 0 else till.met)
            till.met += step if pieces > 0 else -step
            left -= step
        return abs(pieces) - left

    # Counts.

    def count(self, sku: str, pieces: int, *, far: bool, at: datetime) -> None:
        """A count that is believed."""
        shelf = self.at(far=far)[sku]
        shelf.on_hand, shelf.stated_at, shelf.blocked, shelf.doubted = pieces, at, False, False
        if not far:
            self.counted_at[sku] = self.tick()

    def count_by_hand(self, sku: str, pieces: int, *, far: bool, at: datetime) -> bool:
        """A person's count, which is made again when it is far off; True when it is believed."""
        shelf = self.at(far=far)[sku]
        variance = pieces - shelf.on_hand
        if abs(variance) > FAR_OFF and not shelf.doubted:
            shelf.doubted = True
            return False
        self.count(sku, pieces, far=far, at=at)
        if variance == 0 and shelf.learned_safety:
            shelf.learned_safety -= 1
            self.trusted_at[sku] = self.tick()
        return True

    # Vans.

    def ends(self, van: Van) -> tuple[Shelf, Shelf]:
        """Where it comes from and where it goes."""
        return self.at(far=van.from_far)[van.sku], self.at(far=not van.from_far)[van.sku]

    def request(self, van: Van, sale: Sale | None = None) -> None:
        self.ends(van)[0].reserved += van.pieces
        self.vans.append(van)
        if sale is not None:
            sale.vans.append(van)

    def call_off(self, van: Van) -> None:
        self.ends(van)[0].reserved -= van.pieces
        van.state = "cancelled"

    def ship(self, van: Van, pieces: int) -> None:
        source, _ = self.ends(van)
        source.reserved -= van.pieces
        source.take(pieces)
        source.in_transit += pieces
        van.state, van.on_board = "shipped", pieces

    def unload(self, van: Van, pieces: int, *, damaged: int, surplus: int) -> None:
        source, destination = self.ends(van)
        van.on_board -= pieces
        source.in_transit -= pieces
        destination.add(pieces - damaged + surplus)
        destination.quarantine += damaged
        if van.line is not None and self.sale_of(van).is_open:
            reopened = min(pieces - damaged, van.line.short)
            van.line.short -= reopened
            van.line.open += reopened
            destination.reserved += reopened

    def lose(self, van: Van, pieces: int) -> None:
        self.ends(van)[0].in_transit -= pieces
        van.on_board -= pieces

    def turn_back(self, van: Van, pieces: int) -> None:
        self.lose(van, pieces)
        self.ends(van)[0].add(pieces)

    def ask_again(self, van: Van, pieces: int) -> None:
        """Pieces will not come, so the customer who waits for them chooses anew."""
        if van.line is None:
            return
        sale = self.sale_of(van)
        pieces = min(pieces, van.line.short)
        if pieces and sale.is_open:
            sale.questions.append(Short("", sale, van.line, pieces, "transfer_failed", self.tick()))
        sale.settle()

    def sale_of(self, van: Van) -> Sale:
        return next(sale for sale in self.sales if van in sale.vans)
