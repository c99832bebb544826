"""Returns, transfers, counts and found pieces against a plain-Python model; the books agree after every step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask_openapi3 import OpenAPI
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from omni_pickup.errors import Conflict, Invalid, OperationError
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM, Actor
from omni_pickup.models.clients import Client
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order
from omni_pickup.models.returns import ReturnLine
from omni_pickup.models.stores import Store
from omni_pickup.queries.books import list_differences
from omni_pickup.queries.orders import get_order
from omni_pickup.queries.returns import get_return
from omni_pickup.queries.transfers import get_transfer
from omni_pickup.services.found_pieces import report_found
from omni_pickup.services.order_states import settle_order
from omni_pickup.services.restocks import restock_piece, route_piece
from omni_pickup.services.return_desks import finish_inspection, receive_piece, reject_return
from omni_pickup.services.returns import announce_return, cancel_return
from omni_pickup.services.stock_counts import record_count
from omni_pickup.services.stock_moves import Cause, move_stock
from omni_pickup.services.transfer_arrivals import receive_transfer, write_off_transfer
from omni_pickup.services.transfers import (
    Wish,
    cancel_transfer,
    request_transfer,
    ship_transfer,
)
from tests.builders import collect_order, make_client, make_item, make_order, stock_of
from tests.people import make_staff, make_store

PIECES = st.integers(1, 4)
FEW = st.integers(0, 6)
#: States in which a desk has something to do.
BUSY = ("announced", "received", "inspected")


@dataclass
class Shelf:
    """What one store has, as a child would count it."""

    on_hand: int = 0
    reserved: int = 0
    quarantine: int = 0
    in_transit: int = 0

    def take(self, pieces: int) -> None:
        """Goods that were plainly there leave, whatever the books thought."""
        self.on_hand = max(self.on_hand, pieces) - pieces


@dataclass
class Sale:
    public_id: str
    external_id: str
    shelf: int
    ordered: int
    collected: int = 0
    returned: int = 0
    #: Pieces that were not there; some of them wait for a van.
    short: int = 0

    @property
    def open(self) -> int:
        return self.ordered - self.collected - self.short


@dataclass
class Back:
    public_id: str
    sale: Sale
    said: int
    state: str = "announced"
    shelf: int | None = None
    #: Accepted pieces that are not at their end yet, by disposition.
    waiting: dict[str, int] = field(default_factory=dict)
    accepted: int = 0

    @property
    def claims(self) -> int:
        if self.state in ("cancelled", "rejected"):
            return 0
        return max(self.accepted, self.said if self.state in ("announced", "received") else 0)


@dataclass
class Van:
    public_id: str
    source: int
    pieces: int
    state: str = "requested"
    on_board: int = 0
    #: The order that waits for it.
    sale: Sale | None = None


class GoodsComingBack(RuleBasedStateMachine):
    """Two stores and one item; every rule does the same to the product and to the model."""

    stores: list[Store]
    item: Item
    client: Client
    ola: Actor

    @initialize()
    def begin(self) -> None:
        db.session.rollback()
        self.item = make_item()
        self.client = make_client()
        self.shelves = [Shelf(), Shelf()]
        self.sales: list[Sale] = []
        self.backs: list[Back] = []
        self.vans: list[Van] = []
        # Random steps rarely get from an empty store to a shelved return, so each life begins in the middle.
        for where in (0, 1):
            self._deliver(where, 12)
            self.sell(where=where, pieces=4)
            self.sell(where=where, pieces=2)
            self._collect(self.sales[2 * where], 4)
            self._announce(self.sales[2 * where], 3)
            self.ask_for_goods(source=where, pieces=2)

    def _do(self, act: Callable[[], Any], *, fails: type[OperationError] | None) -> Any:
        """Run one command; it has to fail exactly when the model says so."""
        if fails is None:
            with transaction():
                return act()
        with pytest.raises(fails), transaction():
            act()
        return None

    def _deliver(self, where: int, pieces: int) -> None:
        cause = Cause("adjustment", SYSTEM)
        self._do(lambda: move_stock(self.stores[where].id, self.item.id, cause=cause, on_hand=pieces), fails=None)
        self.shelves[where].on_hand += pieces

    @rule(where=st.integers(0, 1), pieces=PIECES)
    def sell(self, where: int, pieces: int) -> None:
        shelf = self.shelves[where]
        if shelf.on_hand - shelf.reserved < pieces:
            return
        order = make_order(self.stores[where], self.client, [(self.item, pieces)])
        shelf.reserved += pieces
        assert order.external_id is not None
        self.sales.append(Sale(order.public_id, order.external_id, where, pieces))

    @precondition(lambda self: self.sales)
    @rule(data=st.data(), pieces=PIECES)
    def collect(self, data: st.DataObject, pieces: int) -> None:
        sale = data.draw(st.sampled_from(self.sales))
        if sale.open:
            self._collect(sale, min(pieces, sale.open))

    def _collect(self, sale: Sale, given: int) -> None:
        with transaction():
            order: Order = get_order(sale.public_id)
        collect_order(order, {"1": given})
        sale.collected += given
        self.shelves[sale.shelf].reserved -= given
        self.shelves[sale.shelf].take(given)

    @precondition(lambda self: self.sales)
    @rule(data=st.data(), pieces=PIECES)
    def announce(self, data: st.DataObject, pieces: int) -> None:
        self._announce(data.draw(st.sampled_from(self.sales)), pieces)

    def _announce(self, sale: Sale, pieces: int) -> None:
        claimed = sum(back.claims for back in self.backs if back.sale is sale)
        values = {
            "order": {"external_id": sale.external_id},
            "lines": [{"sku": self.item.sku, "quantity": pieces}],
        }
        fails = Invalid if pieces > sale.ordered - claimed else None
        made = self._do(
            lambda: announce_return(values, client_id=self.client.id, source="channel", by=SYSTEM), fails=fails
        )
        if made is not None:
            ret, created = made
            assert created
            assert ret.lines[0].returnable == (pieces <= sale.collected - claimed)
            self.backs.append(Back(ret.public_id, sale, pieces))

    @precondition(lambda self: self.backs)
    @rule(
        data=st.data(),
        where=st.integers(0, 1),
        pieces=PIECES,
        condition=st.sampled_from(["as_new", "damaged"]),
        reason=st.sampled_from(["too_small", "recalled"]),
    )
    def receive(self, data: st.DataObject, where: int, pieces: int, condition: str, reason: str) -> None:
        back = self._any_back(data, "announced", "received")
        where = back.shelf if back.shelf is not None and pieces < 4 else where
        self._receive(back, where, pieces, condition, reason)

    def _receive(self, back: Back, where: int, pieces: int, condition: str, reason: str) -> None:
        wrong_moment = back.state not in ("announced", "received") or back.shelf not in (None, where)
        too_many = pieces > back.sale.collected - back.sale.returned

        def act() -> Any:
            ret = get_return(back.public_id)
            return receive_piece(
                ret,
                ret.lines[0],
                pieces=pieces,
                reason=reason,
                condition=condition,
                store=self.stores[where],
                by=self.ola,
            )

        made = self._do(act, fails=Conflict if wrong_moment or too_many else None)
        if made is not None:
            line, _ = made
            back.state, back.shelf = "received", where
            back.accepted += pieces
            back.sale.returned += pieces
            back.waiting[line.disposition] = back.waiting.get(line.disposition, 0) + pieces

    def _any_back(self, data: st.DataObject, *states: str) -> Back:
        """Any return at times, mostly one in a state in which something can happen to it."""
        likely = [back for back in self.backs if back.state in states]
        return data.draw(st.sampled_from(likely if likely and data.draw(st.booleans()) else self.backs))

    @precondition(lambda self: self.backs)
    @rule(data=st.data(), how=st.sampled_from(["inspected", "inspected", "rejected", "cancelled"]))
    def decide(self, data: st.DataObject, how: str) -> None:
        self._decide(self._any_back(data, "received"), how)

    def _decide(self, back: Back, how: str) -> None:
        possible = {"inspected": {"received"}, "rejected": {"announced", "received"}, "cancelled": {"announced"}}
        quiet = {"inspected": {"inspected", "closed"}, "rejected": {"rejected"}, "cancelled": {"cancelled"}}
        services: dict[str, Callable[[], Any]] = {
            "inspected": lambda: finish_inspection(get_return(back.public_id), by=self.ola),
            "rejected": lambda: reject_return(get_return(back.public_id), reason="no", by=self.ola),
            "cancelled": lambda: cancel_return(get_return(back.public_id), by=self.ola),
        }
        fails = None if back.state in possible[how] | quiet[how] else Conflict
        self._do(services[how], fails=fails)
        if back.state not in possible[how]:
            return
        if how == "rejected":
            back.sale.returned -= back.accepted
            back.accepted, back.waiting = 0, {}
        back.state = how

    @precondition(lambda self: any(back.state == "inspected" for back in self.backs))
    @rule(data=st.data(), pieces=PIECES)
    def put_away(self, data: st.DataObject, pieces: int) -> None:
        back = data.draw(st.sampled_from([back for back in self.backs if back.state == "inspected"]))
        with transaction():
            lines = [line for line in get_return(back.public_id).lines if line.restocked + line.routed < line.accepted]
        self._put_away(back, data.draw(st.sampled_from(lines)), pieces)

    def _put_away(self, back: Back, line: ReturnLine, pieces: int) -> None:
        left = line.accepted - line.restocked - line.routed

        def act() -> Any:
            if line.disposition == "restock":
                return restock_piece(line, pieces=pieces, scanned_location="A-1", by=self.ola)
            return route_piece(line, pieces=pieces, by=self.ola)

        self._do(act, fails=Invalid if pieces > left else None)
        if pieces > left:
            return
        assert back.shelf is not None
        assert line.disposition is not None
        back.waiting[line.disposition] -= pieces
        self.shelves[back.shelf].on_hand += pieces if line.disposition == "restock" else 0
        self.shelves[back.shelf].quarantine += pieces if line.disposition == "quarantine" else 0
        if not any(back.waiting.values()):
            back.state = "closed"

    @rule(where=st.integers(0, 1), pieces=FEW, how=st.sampled_from(["counted", "found", "delivered"]))
    def look_at_the_shelf(self, where: int, pieces: int, how: str) -> None:
        store = self.stores[where]
        if how == "counted":
            self._do(lambda: record_count(store, self.item, pieces, by=SYSTEM), fails=None)
            self.shelves[where].on_hand = pieces
        elif how == "delivered":
            self._deliver(where, pieces + 1)
        else:
            fails = None if pieces else Invalid
            self._do(lambda: report_found(store, self.item, pieces, location=None, by=self.ola), fails=fails)
            self.shelves[where].on_hand += pieces

    @precondition(lambda self: any(van.on_board or van.state == "requested" for van in self.vans))
    @rule(data=st.data())
    def drive(self, data: st.DataObject) -> None:
        """Bring one van as far as it goes, so that arrivals are as common as requests."""
        van = data.draw(st.sampled_from([van for van in self.vans if van.on_board or van.state == "requested"]))
        if van.state == "requested":
            self._send(van, data.draw(st.integers(1, van.pieces)))
        self._unload(van, data.draw(st.integers(1, van.on_board)), arrives=True)

    @precondition(lambda self: any(back.state in BUSY for back in self.backs))
    @rule(data=st.data(), condition=st.sampled_from(["as_new", "damaged"]))
    def carry_on(self, data: st.DataObject, condition: str) -> None:
        """Do the next thing that a desk would do with one return."""
        back = data.draw(st.sampled_from([back for back in self.backs if back.state in BUSY]))
        in_hand = back.sale.collected - back.sale.returned
        if back.state == "inspected":
            with transaction():
                lines = get_return(back.public_id).lines
            line = next(line for line in lines if line.restocked + line.routed < line.accepted)
            self._put_away(back, line, line.accepted - line.restocked - line.routed)
        elif in_hand and data.draw(st.booleans()):
            self._receive(back, back.shelf or 0, data.draw(st.integers(1, in_hand)), condition, "too_small")
        elif back.state == "received":
            self._decide(back, data.draw(st.sampled_from(["inspected", "inspected", "rejected"])))

    @rule(source=st.integers(0, 1), pieces=PIECES)
    def ask_for_goods(self, source: int, pieces: int) -> None:
        shelf = self.shelves[source]
        wishes = [Wish(self.item.id, pieces)]
        made = self._do(
            lambda: request_transfer(
                self.stores[source], self.stores[1 - source], wishes, reason="balance", by=self.ola
            ),
            fails=Conflict if pieces > shelf.on_hand - shelf.reserved else None,
        )
        if made is not None:
            shelf.reserved += pieces
            self.vans.append(Van(made.public_id, source, pieces))

    @precondition(lambda self: any(sale.open for sale in self.sales))
    @rule(data=st.data(), pieces=PIECES)
    def come_up_short_and_wait(self, data: st.DataObject, pieces: int) -> None:
        sale = data.draw(st.sampled_from([sale for sale in self.sales if sale.open]))
        missing, here, there = min(pieces, sale.open), self.shelves[sale.shelf], self.shelves[1 - sale.shelf]
        if missing > there.on_hand - there.reserved:
            return
        store = self.stores[sale.shelf]
        with transaction():
            order = get_order(sale.public_id)
            line = order.lines[0]
            line.open, line.short = line.open - missing, line.short + missing
            cause = Cause("short_pick", SYSTEM, reason="mismatch", order_id=order.id)
            move_stock(store.id, self.item.id, cause=cause, on_hand=-missing, reserved=-missing)
            transfer = request_transfer(
                self.stores[1 - sale.shelf],
                store,
                [Wish(self.item.id, missing, line.id)],
                order=order,
                reason="customer waits",
                by=self.ola,
            )
            settle_order(order, by=self.ola)
        sale.short += missing
        here.take(missing)
        here.reserved -= missing
        there.reserved += missing
        self.vans.append(Van(transfer.public_id, 1 - sale.shelf, missing, sale=sale))

    @precondition(lambda self: any(van.state == "requested" for van in self.vans))
    @rule(data=st.data(), pieces=FEW)
    def send(self, data: st.DataObject, pieces: int) -> None:
        self._send(data.draw(st.sampled_from([van for van in self.vans if van.state == "requested"])), pieces)

    def _send(self, van: Van, pieces: int) -> None:
        shelf = self.shelves[van.source]

        def act() -> Any:
            transfer = get_transfer(van.public_id)
            if pieces == 0:
                return cancel_transfer(transfer, reason="not today", by=self.ola)
            return ship_transfer(transfer, {transfer.lines[0].id: pieces}, by=self.ola)

        self._do(act, fails=Invalid if pieces > van.pieces else None)
        if pieces > van.pieces:
            return
        shelf.reserved -= van.pieces
        shelf.take(pieces)
        shelf.in_transit += pieces
        van.state, van.on_board = ("shipped" if pieces else "cancelled"), pieces

    @precondition(lambda self: any(van.on_board for van in self.vans))
    @rule(data=st.data(), pieces=PIECES, arrives=st.booleans())
    def unload(self, data: st.DataObject, pieces: int, arrives: bool) -> None:
        self._unload(data.draw(st.sampled_from([van for van in self.vans if van.on_board])), pieces, arrives)

    def _unload(self, van: Van, pieces: int, arrives: bool) -> None:

        def act() -> Any:
            transfer = get_transfer(van.public_id)
            quantities = {transfer.lines[0].id: pieces}
            if arrives:
                return receive_transfer(transfer, quantities, by=self.ola)
            return write_off_transfer(transfer, quantities, reason="lost", by=self.ola)

        self._do(act, fails=Invalid if pieces > van.on_board else None)
        if pieces > van.on_board:
            return
        van.on_board -= pieces
        self.shelves[van.source].in_transit -= pieces
        self.shelves[1 - van.source].on_hand += pieces if arrives else 0
        if arrives and van.sale is not None:
            # Another van may have brought them before; what nobody waits for is free stock.
            reopened = min(pieces, van.sale.short)
            van.sale.short -= reopened
            self.shelves[1 - van.source].reserved += reopened

    @invariant()
    def every_figure_is_what_the_model_says(self) -> None:
        if not hasattr(self, "shelves"):
            return
        for store, shelf in zip(self.stores, self.shelves, strict=True):
            expected = {**vars(shelf), "deficit": max(0, shelf.reserved - shelf.on_hand)}
            assert stock_of(store, self.item) == {name: value for name, value in expected.items() if value}

    @invariant()
    def every_return_is_where_the_model_says(self) -> None:
        for back in getattr(self, "backs", []):
            with transaction():
                assert get_return(back.public_id).state == back.state
                assert get_order(back.sale.public_id).lines[0].returned == back.sale.returned

    @invariant()
    def every_order_is_open_for_what_the_model_says(self) -> None:
        for sale in getattr(self, "sales", []):
            with transaction():
                line = get_order(sale.public_id).lines[0]
            assert (line.open, line.short, line.collected) == (sale.open, sale.short, sale.collected)

    @invariant()
    def the_books_agree(self) -> None:
        assert list_differences() == []


@pytest.mark.parametrize("examples", [30, pytest.param(200, marks=pytest.mark.long)])
def test_goods_that_come_back_are_always_where_the_books_say(app: OpenAPI, examples: int) -> None:
    stores = [make_store(), make_store("WAW-02")]
    ola = Actor("staff", staff_id=make_staff("ola", *stores, pin=None).id)

    class Machine(GoodsComingBack):
        pass

    Machine.stores, Machine.ola = stores, ola
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=examples, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
