"""What comes back over the counter: announced, received in either store, judged, shelved or put away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from omni_pickup.errors import Conflict, Invalid, OperationError
from omni_pickup.models import transaction
from omni_pickup.models.actors import SYSTEM
from omni_pickup.models.returns import ReturnLine
from omni_pickup.queries.returns.returns import get_return
from omni_pickup.services.returns.restocks import restock_piece, route_piece
from omni_pickup.services.returns.return_desks import finish_inspection, receive_piece, reject_return
from omni_pickup.services.returns.returns import announce_return, cancel_return
from tests.model.floor_rules import FloorRules
from tests.model.notebook import Back, Line, Sale

PIECES = st.integers(1, 3)
#: States in which a return is still to be judged.
BUSY = ("announced", "received")


class DeskRules(FloorRules):
    def _do(self, act: Callable[[], Any], *, fails: type[OperationError] | None) -> Any:
        """Run one command; it has to fail exactly when the notebook says so."""
        if fails is None:
            with transaction():
                return act()
        with pytest.raises(fails), transaction():
            act()
        return None

    @rule(data=st.data(), pieces=PIECES)
    def announce(self, data: st.DataObject, pieces: int) -> None:
        lines = [(sale, line) for sale in self.book.sales for line in sale.lines]
        collected = [(sale, line) for sale, line in lines if line.collected]
        # Mostly what somebody has at home, at times what nobody fetched yet.
        if (chosen := self._draw(data, collected if collected and pieces < 3 else lines)) is not None:
            self._announce(*chosen, pieces)

    def _announce(self, sale: Sale, line: Line, pieces: int) -> None:
        claimed = sum(back.claims for back in self.book.backs if back.line is line)
        values = {
            "order": {"external_id": sale.external_id},
            "lines": [{"sku": line.sku, "line_id": line.line_id, "quantity": pieces}],
        }
        made = self._do(
            lambda: announce_return(values, client_id=self.client.id, source="channel", by=SYSTEM),
            fails=Invalid if pieces > line.ordered - line.cancelled - claimed else None,
        )
        if made is not None:
            ret, created = made
            assert created
            assert ret.lines[0].returnable == (pieces <= line.collected - claimed)
            self.book.backs.append(Back(ret.public_id, sale, line, pieces))

    @precondition(lambda self: any(back.state in BUSY for back in self.book.backs))
    @rule(
        data=st.data(),
        far=st.booleans(),
        pieces=PIECES,
        condition=st.sampled_from(["as_new", "damaged"]),
        reason=st.sampled_from(["too_small", "recalled"]),
    )
    def receive(self, data: st.DataObject, far: bool, pieces: int, condition: str, reason: str) -> None:
        back = self._draw(data, self._likely(data, *BUSY))
        self._receive(back, far if back.far is None or pieces == 3 else back.far, pieces, condition, reason)

    def _receive(self, back: Back, far: bool, pieces: int, condition: str, reason: str) -> None:
        wrong_moment = back.state not in BUSY or back.far not in (None, far)
        too_many = pieces > back.line.collected - back.line.returned

        def act() -> Any:
            ret = get_return(back.public_id)
            about = {"pieces": pieces, "reason": reason, "condition": condition}
            return receive_piece(ret, ret.lines[0], store=self._store(far=far), by=self.ola, **about)

        made = self._do(act, fails=Conflict if wrong_moment or too_many else None)
        if made is not None:
            line, _ = made
            back.state, back.far = "received", far
            back.accepted += pieces
            back.line.returned += pieces
            back.waiting[line.disposition] = back.waiting.get(line.disposition, 0) + pieces

    def _likely(self, data: st.DataObject, *states: str) -> list[Back]:
        """Mostly returns in a state in which something can happen to them, at times any."""
        likely = [back for back in self.book.backs if back.state in states]
        return likely if likely and data.draw(st.integers(0, 3)) else self.book.backs

    @precondition(lambda self: any(back.state in BUSY for back in self.book.backs))
    @rule(data=st.data(), how=st.sampled_from(["inspected", "inspected", "rejected", "cancelled"]))
    def decide(self, data: st.DataObject, how: str) -> None:
        self._decide(self._draw(data, self._likely(data, *BUSY)), how)

    def _decide(self, back: Back, how: str) -> None:
        possible = {"inspected": {"received"}, "rejected": {"announced", "received"}, "cancelled": {"announced"}}
        quiet = {"inspected": {"inspected", "closed"}, "rejected": {"rejected"}, "cancelled": {"cancelled"}}
        services: dict[str, Callable[[], Any]] = {
            "inspected": lambda: finish_inspection(get_return(back.public_id), by=self.ola),
            "rejected": lambda: reject_return(get_return(back.public_id), reason="no", by=self.ola),
            "cancelled": lambda: cancel_return(get_return(back.public_id), by=self.ola),
        }
        self._do(services[how], fails=None if back.state in possible[how] | quiet[how] else Conflict)
        if back.state not in possible[how]:
            return
        if how == "rejected":
            back.line.returned -= back.accepted
            back.accepted, back.waiting = 0, {}
        back.state = how

    @precondition(lambda self: any(back.state in ("received", "inspected") for back in self.book.backs))
    @rule(data=st.data(), pieces=PIECES)
    def carry_on(self, data: st.DataObject, pieces: int) -> None:
        """Bring one return as far as it goes, so that goods on their shelf are as common as goods on the desk."""
        back = self._draw(data, [back for back in self.book.backs if back.state in ("received", "inspected")])
        if back.state == "received":
            self._decide(back, "inspected")
        self._put_away(back, self._waiting_lines(back)[0], pieces)

    @precondition(lambda self: any(back.state == "inspected" for back in self.book.backs))
    @rule(data=st.data(), pieces=PIECES)
    def put_away(self, data: st.DataObject, pieces: int) -> None:
        back = self._draw(data, [back for back in self.book.backs if back.state == "inspected"])
        self._put_away(back, self._draw(data, self._waiting_lines(back)), pieces)

    def _waiting_lines(self, back: Back) -> list[ReturnLine]:
        with transaction():
            return [line for line in get_return(back.public_id).lines if line.restocked + line.routed < line.accepted]

    def _put_away(self, back: Back, line: ReturnLine, pieces: int) -> None:
        left = line.accepted - line.restocked - line.routed

        def act() -> Any:
            if line.disposition == "restock":
                return restock_piece(line, pieces=pieces, scanned_location="A-1", by=self.ola)
            return route_piece(line, pieces=pieces, by=self.ola)

        self._do(act, fails=Invalid if pieces > left else None)
        if pieces > left:
            return
        assert back.far is not None
        assert line.disposition is not None
        back.waiting[line.disposition] -= pieces
        shelf = self.book.at(far=back.far)[back.line.sku]
        if line.disposition == "restock":
            shelf.add(pieces)
        shelf.quarantine += pieces if line.disposition == "quarantine" else 0
        if not any(back.waiting.values()):
            back.state = "closed"
