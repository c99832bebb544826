"""Goods between the two stores: asked for, sent, counted in, broken, too many, lost, turned back."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from omni_pickup.errors import InsufficientStock, Invalid, WrongState
from omni_pickup.models import transaction
from omni_pickup.queries.stock.transfers import get_transfer
from omni_pickup.services.transfers.transfer_arrivals import receive_transfer, turn_back_transfer, write_off_transfer
from omni_pickup.services.transfers.transfers import Wish, cancel_transfer, request_transfer, ship_transfer
from tests.model.floor_rules import PIECES, SKUS, FloorRules
from tests.model.notebook import Van

SURPLUS = st.sampled_from([0, 0, 0, 1, 2])


class VanRules(FloorRules):
    def _settle(self, van: Van) -> None:
        for sale in self.book.sales:
            if van in sale.vans:
                sale.settle()

    @rule(sku=SKUS, pieces=PIECES, from_far=st.booleans())
    def ask_for_goods(self, sku: str, pieces: int, from_far: bool) -> None:
        source, destination = self._store(far=from_far), self._store(far=not from_far)
        wish = Wish(self.items[sku].id, pieces)
        if pieces > self.book.at(far=from_far)[sku].free:
            with pytest.raises(InsufficientStock), transaction():
                request_transfer(source, destination, [wish], reason="balance", by=self.ola)
            return
        with transaction():
            made = request_transfer(source, destination, [wish], reason="balance", by=self.ola).public_id
        self.book.request(Van(made, from_far, sku, pieces))

    @precondition(lambda self: any(van.state == "requested" for van in self.book.vans))
    @rule(data=st.data(), pieces=st.integers(0, 4))
    def send(self, data: st.DataObject, pieces: int) -> None:
        """Send some, or none at all."""
        self._send(self._draw(data, [van for van in self.book.vans if van.state == "requested"]), pieces)

    def _send(self, van: Van, pieces: int) -> None:
        def act() -> None:
            transfer = get_transfer(van.public_id)
            if pieces:
                ship_transfer(transfer, {transfer.lines[0].id: pieces}, by=self.ola)
            else:
                cancel_transfer(transfer, reason="not today", by=self.ola)

        if pieces > van.pieces:
            with pytest.raises(Invalid), transaction():
                act()
            return
        with transaction():
            act()
        if pieces:
            self.book.ship(van, pieces)
        else:
            self.book.call_off(van)
        self.book.ask_again(van, van.pieces - pieces)
        self._settle(van)

    @precondition(lambda self: any(van.state == "shipped" for van in self.book.vans))
    @rule(data=st.data(), damaged=st.integers(0, 2), surplus=SURPLUS)
    def count_in(self, data: st.DataObject, damaged: int, surplus: int) -> None:
        van = self._draw(data, [van for van in self.book.vans if van.state == "shipped"])
        self._count_in(van, data.draw(st.integers(1, van.on_board + 1)), damaged=damaged, surplus=surplus)

    def _count_in(self, van: Van, pieces: int, *, damaged: int, surplus: int) -> None:
        def act() -> None:
            transfer = get_transfer(van.public_id)
            line = transfer.lines[0].id
            receive_transfer(transfer, {line: pieces}, damaged={line: damaged}, surplus={line: surplus}, by=self.ola)

        if pieces > van.on_board or damaged > pieces:
            with pytest.raises(Invalid if van.on_board else WrongState), transaction():
                act()
            return
        with transaction():
            act()
        self.book.unload(van, pieces, damaged=damaged, surplus=surplus)
        self.book.ask_again(van, damaged)
        self._settle(van)

    @precondition(lambda self: any(van.state == "requested" or van.on_board for van in self.book.vans))
    @rule(data=st.data(), damaged=st.integers(0, 1), surplus=SURPLUS)
    def drive(self, data: st.DataObject, damaged: int, surplus: int) -> None:
        """Bring one van as far as it goes, so that arrivals are as common as requests."""
        van = self._draw(data, [van for van in self.book.vans if van.state == "requested" or van.on_board])
        if van.state == "requested":
            self._send(van, data.draw(st.integers(1, van.pieces)))
        self._count_in(van, data.draw(st.integers(1, van.on_board)), damaged=damaged, surplus=surplus)

    @precondition(lambda self: any(van.on_board for van in self.book.vans))
    @rule(data=st.data(), back=st.booleans())
    def give_up_or_turn_back(self, data: st.DataObject, back: bool) -> None:
        van = self._draw(data, [van for van in self.book.vans if van.on_board])
        pieces = data.draw(st.integers(1, van.on_board))
        with transaction():
            transfer = get_transfer(van.public_id)
            service = turn_back_transfer if back else write_off_transfer
            service(transfer, {transfer.lines[0].id: pieces}, reason="no", by=self.ola)
        (self.book.turn_back if back else self.book.lose)(van, pieces)
        self.book.ask_again(van, pieces)
        self._settle(van)
