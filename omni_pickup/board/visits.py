"""One visit at the returns desk as its address tells it: several returns, and the piece that is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import request

from omni_pickup.board.addresses import returns_address
from omni_pickup.errors import NotFound
from omni_pickup.models.returns import Return
from omni_pickup.models.stores import Store
from omni_pickup.queries.returns.returns import get_return_by_rma
from omni_pickup.rules.sentences import sentence

#: Orders that one customer puts on the counter at once.
_MOST = 20


@dataclass(frozen=True, slots=True)
class Visit:
    """RMA numbers in the order in which they came; the first one names the page."""

    numbers: tuple[str, ...]

    def address(self, **more: str) -> str:
        """The desk with this visit on it; `more` says which piece is looked at or was done last."""
        if not self.numbers:
            return returns_address() + (f"?{urlencode(more)}" if more else "")
        query = {"with": ",".join(self.numbers[1:]), **more}
        shown = urlencode({name: value for name, value in query.items() if value}, safe=",")
        return returns_address(self.numbers[0]) + (f"?{shown}" if shown else "")

    def plus(self, number: str) -> Visit:
        """The visit with one more return; the same one twice is there once."""
        return self if number in self.numbers else Visit((*self.numbers, number))

    @property
    def text(self) -> str:
        """As forms carry it."""
        return ",".join(self.numbers)


def read_visit(text: str) -> Visit:
    """A visit from a form's or address's text."""
    return Visit(tuple(dict.fromkeys(part.strip().upper() for part in text.split(",") if part.strip()))[:_MOST])


def visit_of_page(rma_number: str) -> Visit:
    """The visit that this request's address names."""
    return read_visit(f"{rma_number},{request.args.get('with', '')}")


def returns_of(visit: Visit, store: Store) -> Sequence[Return]:
    """The returns, all of them this store's business. Raises NotFound with words for what another store received."""
    found = [get_return_by_rma(number) for number in visit.numbers]
    for ret in found:
        if ret.state != "announced" and ret.store_id != store.id:
            raise NotFound(sentence("Return %(number)s was received in another store.", number=ret.rma_number))
    return found
