"""What stands on each document: plain facts, read from the database before anything is drawn.

No paper ever knows a pickup code or a status link, so none can print one. Times are in the store's own zone, money is
in minor units of `currency`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """Where the paper comes from; the address as it is written on an envelope, line by line."""

    name: str
    address: tuple[str, ...]
    phone: str | None


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """An item as a person recognises it; `picture` is the address of a bundled file.

    `notes` are words of `models.items` (chilled, frozen, bulky, locked, fragile), `min_age` in years.
    """

    name: str
    variant: str
    sku: str
    gtin: str | None
    picture: str | None
    notes: tuple[str, ...]
    min_age: int | None


@dataclass(frozen=True, slots=True)
class BagCode:
    """The last four of the order number and three letters of the surname, as people shout them."""

    number: str
    letters: str


@dataclass(frozen=True, slots=True)
class ToteFacts:
    """One order of a wave."""

    letter: str
    code: BagCode
    order_number: str
    promised_at: datetime
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PickStop:
    """One shelf, one item; `totes` says how many pieces go into which."""

    location: str | None
    backups: tuple[str, ...]
    item: ItemFacts
    totes: tuple[tuple[str, int], ...]

    @property
    def pieces(self) -> int:
        """Pieces to take at this stop."""
        return sum(pieces for _, pieces in self.totes)


@dataclass(frozen=True, slots=True)
class PickList:
    """A wave in walk order."""

    store: StoreFacts
    wave: str
    picker: str | None
    printed_at: datetime
    totes: tuple[ToteFacts, ...]
    stops: tuple[PickStop, ...]

    @property
    def pieces(self) -> int:
        """Pieces of the whole walk."""
        return sum(stop.pieces for stop in self.stops)


@dataclass(frozen=True, slots=True)
class OrderPaperLine:
    """`pieces` are in the bags or were given; `paid_minor` is what was paid for them, None on a gift's paper.

    `last_return_day` is None for an item that may come back at any time.
    """

    item: ItemFacts
    ordered: int
    pieces: int
    refused: int
    paid_minor: int | None
    returnable: bool
    last_return_day: date | None


@dataclass(frozen=True, slots=True)
class OrderPaper:
    """What packing slip and handoff receipt have in common. `person` is who collects; nobody on a gift's paper
    unless a collector was named.
    """

    store: StoreFacts
    number: str
    external_id: str | None
    person: str | None
    language: str | None
    gift: bool
    gift_message: str | None
    currency: str | None
    lines: tuple[OrderPaperLine, ...]
    printed_at: datetime

    @property
    def pieces(self) -> int:
        """Pieces on this paper."""
        return sum(line.pieces for line in self.lines)

    @property
    def paid_minor(self) -> int | None:
        """What was paid for them; None on a gift's paper and where no price is known."""
        shares = [line.paid_minor for line in self.lines if line.pieces]
        known = [share for share in shares if share is not None]
        return sum(known) if self.currency and known and len(known) == len(shares) else None


@dataclass(frozen=True, slots=True)
class PackingSlip(OrderPaper):
    """Goes into the bag. `due_minor` is still to be paid at the counter."""

    bags: int
    due_minor: int | None


@dataclass(frozen=True, slots=True)
class HandoffReceipt(OrderPaper):
    """Says what was given to whom and how that person was verified."""

    handed_at: datetime
    result: str
    checks: tuple[str, ...]
    by_collector: bool
    paid_receipt: str | None


@dataclass(frozen=True, slots=True)
class BagLabel:
    """`place` is None until the bag was staged; `zone` is a temperature zone, `kind` that of the place."""

    store: StoreFacts
    code: BagCode
    order_number: str
    bag_id: str
    number: int
    count: int
    place: str | None
    kind: str | None
    zone: str
    promised_at: datetime


@dataclass(frozen=True, slots=True)
class ReturnItemLabels:
    """One label for each accepted piece of a returned line; `code` is what the shelf scan answers."""

    rma: str
    code: str
    disposition: str
    bin: str | None
    reason: str | None
    condition: str | None
    name: str
    variant: str
    sku: str
    pieces: int


@dataclass(frozen=True, slots=True)
class ParcelLabel:
    """A carton sent back; `destination` as it is written on an envelope."""

    store: StoreFacts
    destination: tuple[str, ...]
    sscc: str
    pieces: int
    lines: int
    packed_at: datetime
