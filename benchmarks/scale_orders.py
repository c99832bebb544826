"""The made-up chain's orders: a year of past ones, and those that stores work on right now.

Of 16 past orders one was cancelled and 15 were collected; of 50 one had a piece that could not be found; of 33 one
came back in part. Of 20 open ones 8 wait, 3 are being fetched, 1 is fetched and 8 are ready.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from benchmarks.scale_ledgers import Ledgers
from benchmarks.scale_masters import PLACES_PER_STORE, STAFF_PER_STORE, Stock, digest, store_code
from benchmarks.scale_rows import NULL, Book, stamp
from benchmarks.scale_traces import Traces
from omni_pickup.models.orders import NUMBER_BASE, CheckIn, Order, OrderContact, OrderLine, PickupCode, Question
from omni_pickup.models.packages import Handoff, HandoffLine, Package, PackageContent
from omni_pickup.models.picking import PickTask, Tote, Wave
from omni_pickup.models.returns import Return, ReturnContact, ReturnLine
from omni_pickup.rules.codes import PICKUP_ALPHABET

_OPEN_STATES = ("received",) * 8 + ("picking",) * 3 + ("picked",) + ("ready",) * 8
_BEGINNINGS = ("Kow", "Now", "Wis", "Zie", "Lew", "Maz", "Kra", "Pio", "Gra", "Paw", "Sob", "Jab", "Wro", "Dud")
_MIDDLES = ("al", "in", "ik", "or", "as", "ek", "ow", "ad", "ar", "ul")
_ENDS = ("ski", "czyk", "icz", "ak", "ek", "a", "an", "sen", "berg", "er")
_FORENAMES = ("Ada", "Jan", "Ewa", "Ola", "Piotr", "Maja", "Adam", "Zofia", "Emil", "Lena")


@dataclass(slots=True)
class Line:
    """`asked` pieces of an item; `missing` of them were not found, and `back` came back later."""

    key: int
    slot: int
    item: int
    asked: int
    missing: int = 0
    back: int = 0

    @property
    def given(self) -> int:
        return self.asked - self.missing


@dataclass(slots=True)
class Draft:
    """One order that is being written into all tables."""

    key: int
    store: int
    at: datetime
    state: str
    public_id: str
    lines: list[Line] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.state in _OPEN_STATES

    def when(self, minutes: float) -> str:
        return stamp(self.at, minutes)

    @property
    def promise(self) -> str:
        return self.when(120)

    def shape(self, state: str) -> str:
        """A public shape as events freeze it, about half as long as a real one."""
        lines = [{"line_id": str(n), "ordered": line.asked, "open": line.asked} for n, line in enumerate(self.lines, 1)]
        facts = {"id": self.public_id, "number": str(NUMBER_BASE + self.key), "store": store_code(self.store)}
        return json.dumps({**facts, "state": state, "payment": {"state": "paid", "due": None}, "lines": lines})


class Orders:
    """Writes orders into the book's tables, and what they do to the stock."""

    def __init__(self, book: Book, stock: Stock) -> None:
        self._book, self._stock = book, stock
        self._random = random.Random(book.sizes.seed)
        self._order_rows()
        self._work_rows()
        self._return_rows()
        self._ledgers = Ledgers(book, stock)
        self._traces = Traces(book, stock)

    def past(self) -> Iterator[None]:
        """Orders that ended, oldest first; yields after each."""
        sizes = self._book.sizes
        step = timedelta(days=sizes.days) / max(1, sizes.past)
        begin = self._book.at - timedelta(days=sizes.days + 1)
        for number in range(sizes.past):
            self._past(self._draft(begin + step * number, "cancelled" if number % 16 == 0 else "collected"))
            yield

    def open(self) -> Iterator[None]:
        """Orders of the last hours that are still open, the same ones whatever came before; yields after each."""
        self._random.seed(self._book.sizes.seed)
        for number in range(self._book.sizes.open):
            state = _OPEN_STATES[number % len(_OPEN_STATES)]
            minutes = self._random.uniform(240, 1200) if state == "ready" else self._random.uniform(1, 150)
            self._open(self._draft(self._book.at - timedelta(minutes=minutes), state))
            yield

    def _order_rows(self) -> None:
        rows = self._book.rows
        self._orders = rows(
            Order,
            *("id", "public_id", "external_id", "store_id", "state", "fingerprint", "link_digest", "promised_at"),
            *("first_promised_at", "placed_at", "received_at", "picked_at", "ready_at", "collected_at"),
            *("cancelled_at", "hold_until", "updated_at"),
            client_id=1,
            currency="PLN",
        )
        self._lines = rows(
            OrderLine,
            *("id", "order_id", "line_id", "position", "item_id", "ordered", "open", "short", "cancelled"),
            *("collected", "picked", "returned"),
            unit_price_minor=1990,
        )
        self._contacts = rows(
            OrderContact, "order_id", "name", "email", "phone", "surname_key", "phone_end", language="pl"
        )
        self._codes = rows(PickupCode, "id", "order_id", "store_id", "code", "active")
        self._check_ins = rows(
            CheckIn, "id", "order_id", "store_id", "at", "ended_at", kind="here", source="customer", bay="1"
        )
        self._questions = rows(
            Question,
            *("id", "public_id", "order_id", "order_line_id", "asked_at", "deadline_at", "answered_at"),
            reason="not_found",
            pieces=1,
            state="answered",
            answer={"choice": "cancel"},
        )

    def _work_rows(self) -> None:
        rows, new = self._book.rows, self._book.ids
        self._waves = rows(Wave, "id", "public_id", "store_id", "picker_id", "state", "released_at", "finished_at")
        self._totes = rows(Tote, "id", "wave_id", "order_id", letter="A")
        self._tasks = rows(
            PickTask,
            *("id", "public_id", "store_id", "order_id", "order_line_id", "wave_id", "quantity", "picked"),
            *("short", "cancelled", "state"),
        )
        self._bags = rows(
            Package,
            *("id", "public_id", "store_id", "order_id", "state", "staging_location_id", "packed_at", "staged_at"),
            "handed_over_at",
            number=1,
        )
        self._contents = rows(PackageContent, "id", "package_id", "order_line_id", "quantity")
        self._handoffs = rows(
            Handoff,
            *("id", "public_id", "order_id", "store_id", "at", "recorded_at"),
            result="collected",
            method="code",
            actor_kind="staff",
        )
        self._given = rows(HandoffLine, "id", "handoff_id", "order_line_id", "package_id", "collected")
        self._new: dict[str, Callable[[], int]] = {
            name: partial(next, new(name))
            for name in ("orders", "order_lines", "pickup_codes", "check_ins", "questions", "waves", "totes")
            + ("pick_tasks", "packages", "package_contents", "handoffs", "handoff_lines", "returns", "return_lines")
        }

    def _return_rows(self) -> None:
        rows = self._book.rows
        self._returns = rows(
            Return,
            *("id", "public_id", "fingerprint", "link_digest", "order_id", "store_id", "announced_at", "expires_at"),
            *("closed_at", "updated_at"),
            client_id=1,
            state="closed",
            currency="PLN",
        )
        self._return_contacts = rows(ReturnContact, "return_id", "name")
        self._return_lines = rows(
            ReturnLine,
            *("id", "return_id", "order_line_id", "item_id"),
            line_id="1",
            position=1,
            sku="",
            said=1,
            counted=1,
            accepted=1,
            restocked=1,
            disposition="restock",
            reason="too_small",
            condition="unopened",
        )

    def _draft(self, at: datetime, state: str) -> Draft:
        draw, sizes = self._random.random, self._book.sizes
        key = self._new["orders"]()
        store = int(sizes.stores * draw() ** sizes.skew) + 1
        draft = Draft(key, store, at, state, f"ord_{digest(sizes.seed, 'order', key)[:24]}")
        first = int(sizes.assortment * draw())
        for number in range(1 + int(3 * draw())):
            slot = (first + number * 7) % sizes.assortment
            line = Line(self._new["order_lines"](), slot, self._stock.item(store, slot), 1 + (draw() < 0.2))
            draft.lines.append(line)
        return draft

    def _past(self, draft: Draft) -> None:
        collected = draft.state == "collected"
        if collected and draft.key % 50 == 7:
            draft.lines[0].asked += 1
            draft.lines[0].missing = 1
        if collected and draft.key % 33 == 5:
            draft.lines[0].back = 1
        self._write_order(draft)
        self._write_tasks(draft, self._write_wave(draft))
        if collected:
            self._write_handoff(draft, self._write_bag(draft))
        if draft.key % 3 == 0:
            self._check_ins.add(self._new["check_ins"](), draft.key, draft.store, draft.when(290), draft.when(300))
        if draft.lines[0].missing:
            self._write_question(draft)
        back = self._write_return(draft) if draft.lines[0].back else None
        self._ledgers.write_past(draft, back, sold=self._traces.write_sale(draft))
        self._traces.write(draft)

    def _open(self, draft: Draft) -> None:
        self._write_order(draft)
        self._write_tasks(draft, None if draft.state == "received" else self._write_wave(draft))
        if draft.state == "ready":
            self._write_bag(draft)
            if draft.key % 10 == 0:
                self._check_ins.add(self._new["check_ins"](), draft.key, draft.store, stamp(self._book.at, -1), NULL)
        self._ledgers.write_open(draft)
        self._traces.write(draft)

    def _write_order(self, draft: Draft) -> None:
        key, state = draft.key, draft.state
        marks = digest(self._book.sizes.seed, "link", key), digest(self._book.sizes.seed, "print", key)
        collected, ready = state == "collected", state in ("ready", "collected")
        self._orders.add(
            *(key, draft.public_id, f"SCALE-{key}", draft.store, state, marks[1], marks[0]),
            *(draft.promise, draft.promise, draft.when(0), draft.when(0)),
            draft.when(60) if ready or state == "picked" else NULL,
            draft.when(90) if ready else NULL,
            draft.when(300) if collected else NULL,
            draft.when(30) if state == "cancelled" else NULL,
            draft.when(3 * 1440) if ready else NULL,
            draft.when(300 if collected else 30),
        )
        for position, line in enumerate(draft.lines, 1):
            self._lines.add(line.key, key, position, position, line.item, line.asked, *_counters(line, state))
        self._write_person(draft)
        ended = state in ("collected", "cancelled")
        self._codes.add(self._new["pickup_codes"](), key, draft.store, _code(key), int(not ended))

    def _write_person(self, draft: Draft) -> None:
        choice = self._random.choice
        surname = choice(_BEGINNINGS) + choice(_MIDDLES) + choice(_ENDS)
        phone = f"{int(self._random.random() * 10**8):08}"
        self._contacts.add(
            *(draft.key, f"{choice(_FORENAMES)} {surname}", f"person{draft.key}@example.com", f"+486{phone}"),
            *(surname.casefold(), phone[-4:]),
        )

    def _write_wave(self, draft: Draft) -> int:
        """A walk for each order, which is more of them than a shop has."""
        over = draft.state not in ("picking",)
        wave, picker = self._new["waves"](), (draft.store - 1) * STAFF_PER_STORE + 1 + draft.key % STAFF_PER_STORE
        state, ended = ("finished", draft.when(60)) if over else ("open", NULL)
        self._waves.add(wave, f"wav_{draft.public_id[4:]}", draft.store, picker, state, draft.when(30), ended)
        self._totes.add(self._new["totes"](), wave, draft.key)
        return wave

    def _write_tasks(self, draft: Draft, wave: int | None) -> None:
        state = {"received": "queued", "picking": "assigned", "cancelled": "cancelled"}.get(draft.state, "done")
        for number, line in enumerate(draft.lines):
            picked = line.given if state == "done" else 0
            cancelled = line.asked if state == "cancelled" else 0
            self._tasks.add(
                *(self._new["pick_tasks"](), f"pck_{draft.public_id[4:26]}{number:02}", draft.store, draft.key),
                *(line.key, NULL if wave is None else wave, line.asked, picked, line.missing, cancelled, state),
            )

    def _write_bag(self, draft: Draft) -> int:
        bag, gone = self._new["packages"](), draft.state == "collected"
        place = (draft.store - 1) * PLACES_PER_STORE + 1 + draft.key % PLACES_PER_STORE
        self._bags.add(
            *(bag, f"pkg_{draft.public_id[4:]}", draft.store, draft.key, "handed_over" if gone else "staged"),
            *(place, draft.when(80), draft.when(90), draft.when(300) if gone else NULL),
        )
        for line in draft.lines:
            self._contents.add(self._new["package_contents"](), bag, line.key, line.given)
        return bag

    def _write_handoff(self, draft: Draft, bag: int) -> None:
        handoff, at = self._new["handoffs"](), draft.when(300)
        self._handoffs.add(handoff, f"hnd_{draft.public_id[4:]}", draft.key, draft.store, at, at)
        for line in draft.lines:
            self._given.add(self._new["handoff_lines"](), handoff, line.key, bag, line.given)

    def _write_question(self, draft: Draft) -> None:
        times = draft.when(50), draft.when(170), draft.when(55)
        self._questions.add(
            self._new["questions"](), f"que_{draft.public_id[4:]}", draft.key, draft.lines[0].key, *times
        )

    def _write_return(self, draft: Draft) -> tuple[int, int]:
        """The keys of the return and of its line."""
        key, line, day = self._new["returns"](), self._new["return_lines"](), 1440
        marks = digest("return", key), digest("return print", key)
        self._returns.add(
            *(key, f"ret_{draft.public_id[4:]}", *marks, draft.key, draft.store, draft.when(day), draft.when(15 * day)),
            *(draft.when(2 * day), draft.when(2 * day)),
        )
        self._return_contacts.add(key, "Ada Nowak")
        self._return_lines.add(line, key, draft.lines[0].key, draft.lines[0].item)
        return key, line


def _counters(line: Line, state: str) -> tuple[int, ...]:
    """open, short, cancelled, collected, picked, returned."""
    if state == "cancelled":
        return 0, 0, line.asked, 0, 0, 0
    if state == "collected":
        return 0, line.missing, 0, line.given, 0, line.back
    return line.asked, 0, 0, 0, line.asked if state in ("picked", "ready") else 0, 0


def _code(key: int) -> str:
    """A pickup code that no other order has."""
    letters = []
    for _ in range(6):
        key, digit = divmod(key, len(PICKUP_ALPHABET))
        letters.append(PICKUP_ALPHABET[digit])
    return "".join(reversed(letters))
