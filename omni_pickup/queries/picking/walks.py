"""A walk as its screen shows it: every stop with its goods, the totes, and the first promise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from omni_pickup.models.base import db
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order, Question
from omni_pickup.models.picking import PickTask, ShortPick, ShortPickReason, Tote, Wave
from omni_pickup.models.staff import Staff
from omni_pickup.queries.papers.paper_facts import attributes_of, bag_code
from omni_pickup.queries.papers.papers import BagCode
from omni_pickup.queries.picking.waves import Stop, wave_tasks
from omni_pickup.rules.short_picks import SHORT_PICK_REASONS


@dataclass(frozen=True, slots=True)
class WalkStop:
    """One stop, counted from 1 in walk order; `question` is what the customer was asked about missing pieces."""

    number: int
    stop: Stop
    question: Question | None

    @property
    def task(self) -> PickTask:
        return self.stop.task

    @property
    def item(self) -> Item:
        return self.stop.task.order_line.item

    @property
    def wanted(self) -> int:
        """Pieces that the tote should hold in the end, had all been found."""
        return self.task.quantity - self.task.cancelled

    @property
    def is_open(self) -> bool:
        return self.task.state == "assigned" and self.task.left > 0

    @property
    def is_locked(self) -> bool:
        return "locked" in self.item.handling

    @property
    def attributes(self) -> list[tuple[str, str]]:
        return attributes_of(self.item)

    @property
    def codes(self) -> list[str]:
        """What a scanner reads off the goods: barcode numbers of 14 digits, and the SKU."""
        return [*(known.gtin for known in self.item.gtins), self.item.sku]

    @property
    def ean_end(self) -> str:
        """The last four digits, which people compare with what is printed."""
        return self.item.gtins[0].printed[-4:] if self.item.gtins else ""


@dataclass(frozen=True, slots=True)
class WalkTote:
    """The container of one order; `left` counts pieces still to fetch, `taken_by` fetches what was pulled out."""

    letter: str
    order: Order
    code: BagCode
    left: int
    pulled_out: bool
    taken_by: str | None


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk with all of its stops; `first_promise` is the earliest one that still waits for a piece."""

    wave: Wave
    picker: Staff | None
    stops: Sequence[WalkStop]
    totes: Sequence[WalkTote]
    first_promise: datetime | None

    @property
    def open_stops(self) -> list[WalkStop]:
        return [stop for stop in self.stops if stop.is_open]

    def after(self, stop: WalkStop) -> WalkStop | None:
        """Where the walk goes on from here: onwards in walk order, then to what was left behind."""
        others = [one for one in self.open_stops if one is not stop]
        return next((one for one in others if one.number > stop.number), next(iter(others), None))

    @property
    def picked(self) -> int:
        """Pieces in all totes."""
        return sum(stop.task.picked for stop in self.stops)

    @property
    def short(self) -> int:
        """Pieces that were not found."""
        return sum(stop.task.short for stop in self.stops)


def read_walk(wave: Wave) -> Walk:
    """Everything about one walk."""
    found = [stop for stop in wave_tasks(wave.id) if stop.task.state != "cancelled"]
    asked = _asked([stop.task.id for stop in found])
    stops = [WalkStop(number, stop, asked.get(stop.task.id)) for number, stop in enumerate(found, 1)]
    left = {tote.order_id: 0 for tote in wave.totes}
    for one in stops:
        left[one.task.order_id] += one.task.left if one.is_open else 0
    takers = _takers(wave)
    totes = [
        WalkTote(
            tote.letter,
            tote.order,
            bag_code(tote.order),
            left[tote.order_id],
            pulled_out=tote.pulled_out_at is not None,
            taken_by=takers.get(tote.order_id),
        )
        for tote in sorted(wave.totes, key=lambda tote: (len(tote.letter), tote.letter))
    ]
    promises = [tote.order.promised_at for tote in totes if tote.left]
    picker = None if wave.picker_id is None else db.session.get(Staff, wave.picker_id)
    return Walk(wave, picker, stops, totes, min(promises, default=None))


def _takers(wave: Wave) -> dict[int, str]:
    """Who walks for the orders that were pulled out of this walk, by order id."""
    gone = [tote.order_id for tote in wave.totes if tote.pulled_out_at is not None]
    if not gone:
        return {}
    rows = db.session.execute(
        select(Tote.order_id, Staff.name)
        .join(Wave, Wave.id == Tote.wave_id)
        .join(Staff, Staff.id == Wave.picker_id)
        .where(Tote.order_id.in_(gone), Tote.pulled_out_at.is_(None), Wave.id > wave.id)
        .order_by(Wave.id)
    )
    return {order_id: name.split()[0] for order_id, name in rows}


def _asked(task_ids: Sequence[int]) -> dict[int, Question]:
    """What the customer was asked about the pieces of each task, the newest question."""
    rows = db.session.execute(
        select(ShortPick.pick_task_id, Question)
        .join(Question, Question.short_pick_id == ShortPick.id)
        .where(ShortPick.pick_task_id.in_(task_ids), ShortPick.undone_at.is_(None))
        .order_by(ShortPick.id)
    )
    return {task_id: question for task_id, question in rows if task_id is not None}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a piece is not there, as staff may choose it; `words` is the owner's own label by language, or None."""

    code: str
    acts_as: str
    words: dict[str, str] | None


def short_pick_reasons() -> list[Reason]:
    """The built-in reasons, then the owner's; a built-in one that the owner ended is left out."""
    own = db.session.scalars(select(ShortPickReason).order_by(ShortPickReason.position, ShortPickReason.code)).all()
    known = {row.code for row in own}
    built_in = [Reason(code, code, None) for code in SHORT_PICK_REASONS if code not in known]
    return built_in + [Reason(row.code, row.acts_as, dict(row.label)) for row in own if row.active]
