"""What lies on the counter of the returns desk: the pieces of one visit, which may be about several orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from omni_pickup.models.base import db
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order, OrderLine
from omni_pickup.models.packages import PrintJob
from omni_pickup.models.returns import Return, ReturnLine
from omni_pickup.models.stores import Store
from omni_pickup.queries.papers.paper_facts import variant
from omni_pickup.queries.returns.returnable_lines import judge, order_family
from omni_pickup.rules.returnables import Verdict

_ELSEWHERE = Verdict(True, None, "Bought elsewhere: can be returned here.")
_NEVER = Verdict(False, "not_returnable", "This item cannot be returned.")


@dataclass(frozen=True, slots=True)
class Piece:
    """A line of a return as the desk sees it; `to_come` are announced pieces that were not counted yet."""

    ret: Return
    line: ReturnLine
    to_come: int

    @property
    def key(self) -> str:
        """How addresses and labels name it: R500012-3."""
        return f"{self.ret.rma_number}-{self.line.position}"

    @property
    def subject(self) -> str:
        """How its label is asked for."""
        return f"{self.ret.public_id}:{self.line.position}"

    @property
    def name(self) -> str:
        """What people call it."""
        return self.line.sku if self.line.item is None else self.line.item.name

    @property
    def variant(self) -> str:
        """What tells it from others of that name."""
        return "" if self.line.item is None else variant(self.line.item)

    @property
    def codes(self) -> str:
        """What a scan of it may say, with blanks in between."""
        gtins = [] if self.line.item is None else [gtin.printed for gtin in self.line.item.gtins]
        return " ".join([self.key, self.line.sku.replace(" ", "\u00a0"), *gtins])

    @property
    def is_full(self) -> bool:
        """Whether everything came that was to come; whoever looks at it wants its verdict, not one piece more."""
        line = self.line
        if not line.counted or self.to_come:
            return False
        bought = line.order_line
        return self.ret.source != "desk" or (bought is not None and bought.returned >= bought.collected)

    @property
    def left(self) -> int:
        """Accepted pieces that have not reached their end yet."""
        return self.line.accepted - self.line.restocked - self.line.routed


@dataclass(frozen=True, slots=True)
class Part:
    """What of a visit belongs to one order; `order` is None for goods bought elsewhere."""

    ret: Return
    order: Order | None
    pieces: Sequence[Piece]

    @property
    def counted(self) -> int:
        return sum(piece.line.counted or 0 for piece in self.pieces)

    @property
    def expected(self) -> int:
        """Pieces that were announced, and those that came besides."""
        return self.counted + sum(piece.to_come for piece in self.pieces)


def visit_parts(returns: Sequence[Return]) -> list[Part]:
    """The parts of a visit in the order in which they were put on the counter."""
    return [Part(ret, _order(ret), pieces_of(ret)) for ret in returns]


def pieces_of(ret: Return) -> list[Piece]:
    """One for each line; pieces in another condition, which got a line of their own, count against the first."""
    came: dict[tuple[str, str], int] = {}
    for line in ret.lines:
        key = (line.line_id, line.sku)
        came[key] = came.get(key, 0) + (line.counted or 0)
    return [Piece(ret, line, max(0, line.said - came[line.line_id, line.sku])) for line in ret.lines]


def judge_piece(piece: Piece, at: datetime) -> Verdict:
    """What the desk may do with one more piece of that line, before anybody looked at it."""
    line = piece.line
    if line.order_line is None:
        return _ELSEWHERE if line.item is None or line.item.returnable else _NEVER
    return judge(line.order_line, pieces=1, claimed=line.order_line.returned, at=at)


def left_out_line(parts: Sequence[Part], item: Item) -> tuple[Return, OrderLine] | None:
    """A line of one of the visit's orders that is about this item and not on the counter, such as one too old."""
    for part in parts:
        family = [] if part.order is None else order_family(part.order)
        for order in family:
            line = next((one for one in order.lines if one.item_id == item.id and one.collected), None)
            if line is not None:
                return part.ret, line
    return None


def labels_printed(returns: Sequence[Return]) -> int:
    """Item labels that were asked for in this visit, copies too."""
    subjects = [f"{ret.public_id}:{line.position}" for ret in returns for line in ret.lines]
    counted = select(func.count(PrintJob.id)).where(
        PrintJob.document == "return_item_label", PrintJob.subject_id.in_(subjects), PrintJob.state != "failed"
    )
    return int(db.session.scalar(counted) or 0)


def bought_at(order: Order, store: Store) -> str | None:
    """The other store's name where the goods were given away, or None for this one."""
    return None if order.store_id == store.id else order.store.name


def _order(ret: Return) -> Order | None:
    return None if ret.order_id is None else db.session.get(Order, ret.order_id)
