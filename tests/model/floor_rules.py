"""What happens on the floor: orders, picks, shorts, cancels, bags, handoffs, put-backs and holds.

Every rule does the same to the product and to the notebook, and what the notebook forbids has to be refused.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from sqlalchemy import select

from omni_pickup.errors import InsufficientStock, OperationError
from omni_pickup.models import db, transaction
from omni_pickup.models.actors import SYSTEM, Actor
from omni_pickup.models.clients import Client
from omni_pickup.models.items import Item
from omni_pickup.models.orders import Order, OrderLine, Question
from omni_pickup.models.picking import FloorTask, PickTask, ShortPick
from omni_pickup.models.stores import Store
from omni_pickup.queries.orders.orders import get_order
from omni_pickup.queries.picking.packages import get_package
from omni_pickup.queries.stock.holds import get_hold
from omni_pickup.queries.stock.transfers import transfers_of_order
from omni_pickup.services.handoff.handoff_plans import LineResult
from omni_pickup.services.handoff.handoff_undos import get_handoff, undo_handoff
from omni_pickup.services.handoff.handoffs import hand_over
from omni_pickup.services.orders.expiries import expire_due_orders
from omni_pickup.services.orders.order_cancels import cancel_order, cancel_pieces
from omni_pickup.services.orders.orders import place_order
from omni_pickup.services.orders.question_answers import answer_question
from omni_pickup.services.picking.packages import empty_bag, pack_bag, take_out_piece
from omni_pickup.services.picking.picks import pick_pieces, undo_pick
from omni_pickup.services.picking.put_backs import put_back
from omni_pickup.services.picking.questions import propose_substitute
from omni_pickup.services.picking.short_pick_ends import found_it, get_short_pick, undo_short_pick
from omni_pickup.services.picking.short_picks import short_pick
from omni_pickup.services.picking.staging import stage_bag, unstage_bag
from omni_pickup.services.stock.holds import place_hold, release_hold
from omni_pickup.services.stock.stock_adjustments import apply_adjustments
from tests.builders import order_values
from tests.model.notebook import Bag, Carry, Given, Line, Notebook, Sale, Short, Van

PIECES = st.integers(1, 3)
SKUS = st.sampled_from(["SHIRT", "MUG"])
REASONS = st.sampled_from(["not_found", "mismatch", "damaged", "display"])


class FloorRules(RuleBasedStateMachine):
    """A store with two items, and another store that can send and get some."""

    store: Store
    far: Store
    items: dict[str, Item]
    client: Client
    ola: Actor
    book: Notebook
    serial: int

    def open_the_shop(self) -> None:
        """The beginning of every life."""
        self.book = Notebook(list(self.items))
        self.serial = 0
        for sku in self.items:
            self._deliver(sku, 12)
            self._deliver(sku, 6, far=True)

    # Helpers.

    def _draw(self, data: st.DataObject, choices: list[Any]) -> Any:
        return data.draw(st.sampled_from(choices)) if choices else None

    def _sales(self, *states: str) -> list[Sale]:
        return [sale for sale in self.book.sales if sale.state in states]

    def _open_lines(self) -> list[tuple[Sale, Line]]:
        return [(sale, line) for sale in self.book.sales if sale.is_open for line in sale.lines]

    def _store(self, *, far: bool) -> Store:
        return self.far if far else self.store

    def _marked(self) -> list[tuple[Sale, Bag, str]]:
        """Lines of bags from which something has to be taken out."""
        return [
            (sale, bag, line_id)
            for sale in self.book.sales
            for bag in sale.bags
            if bag.in_store
            for line_id, pieces in bag.marked.items()
            if pieces
        ]

    def _deliver(self, sku: str, pieces: int, *, far: bool = False) -> None:
        self._tell(sku, pieces, far=far)
        self.book.at(far=far)[sku].add(pieces)

    def _tell(self, sku: str, delta: int, *, far: bool, at: datetime | None = None, sale: Sale | None = None) -> None:
        """What the till or the delivery door reports."""
        self.serial += 1
        told = {"sku": sku, "delta": delta, "reason": "told", "reference": f"T-{self.serial}", "occurred_at": at}
        told |= {"order": None if sale is None else sale.public_id}
        with transaction():
            apply_adjustments(self._store(far=far), self.client.id, [told], by=SYSTEM)

    def _order(self, shirts: int, mugs: int) -> None:
        wanted = {sku: pieces for sku, pieces in (("SHIRT", shirts), ("MUG", mugs)) if pieces}
        self.serial += 1
        values = order_values(wanted, external_id=f"M-{self.serial}")
        if any(self.book.shelves[sku].free < pieces for sku, pieces in wanted.items()):
            with pytest.raises(InsufficientStock), transaction():
                place_order(values, client_id=self.client.id, by=SYSTEM)
            return
        with transaction():
            order, _ = place_order(values, client_id=self.client.id, by=SYSTEM)
            lines = [Line(line.line_id, line.item.sku, line.ordered, line.open) for line in order.lines]
            self.book.sales.append(Sale(order.public_id, values["external_id"], order.promised_at, lines))
        for sku, pieces in wanted.items():
            self.book.shelves[sku].reserved += pieces

    def _tasks(self, sale: Sale, line: Line) -> list[PickTask]:
        db.session.rollback()
        statement = (
            select(PickTask)
            .join(Order, Order.id == PickTask.order_id)
            .join(OrderLine, OrderLine.id == PickTask.order_line_id)
            .where(Order.public_id == sale.public_id, OrderLine.line_id == line.line_id)
            .order_by(PickTask.id)
        )
        return list(db.session.scalars(statement).unique())

    def _pick_all(self, sale: Sale) -> None:
        for line in sale.lines:
            self._pick(sale, line, line.open - line.picked)

    def _pick(self, sale: Sale, line: Line, pieces: int) -> None:
        """The newest task that has something left, else the newest one: a late report."""
        tasks = self._tasks(sale, line)
        if not tasks or not pieces:
            return
        task = next((task for task in reversed(tasks) if task.left), tasks[-1])
        fetched = min(pieces, task.left)
        late = pieces - fetched
        if late > task.cancelled + task.short - task.late:
            with pytest.raises(OperationError), transaction():
                pick_pieces(db.session.get_one(PickTask, task.id), pieces=pieces, by=SYSTEM)
            return
        with transaction():
            pick_pieces(db.session.get_one(PickTask, task.id), pieces=pieces, by=SYSTEM)
        line.picked += fetched
        line.to_put_back += late
        self.book.shelves[line.sku].reserved += late
        if late:
            sale.carries.append(Carry(line, late))
        sale.settle()

    def _pack(self, sale: Sale, line: Line, pieces: int) -> None:
        with transaction():
            bag = pack_bag(get_order(sale.public_id), contents={line.line_id: pieces}, by=SYSTEM)
        sale.bags.append(Bag(bag.public_id, bag.number, {line.line_id: pieces}))
        sale.settle()

    def _stage_all(self, sale: Sale) -> None:
        for bag in sale.bags:
            if bag.state == "packed" and not any(bag.marked.values()) and sale.is_open:
                with transaction():
                    stage_bag(get_package(bag.public_id, self.store.id), "S-01", by=SYSTEM)
                bag.state = "staged"
        sale.settle()

    # Rules.

    @rule(shirts=st.integers(0, 3), mugs=st.integers(1, 3))
    def order(self, shirts: int, mugs: int) -> None:
        self._order(shirts, mugs)

    @rule(sku=SKUS, pieces=PIECES)
    def hold(self, sku: str, pieces: int) -> None:
        lines = [{"sku": sku, "quantity": pieces}]
        if self.book.shelves[sku].free < pieces:
            with pytest.raises(InsufficientStock), transaction():
                place_hold(self.client.id, self.store, lines, 600, by=SYSTEM)
            return
        with transaction():
            made = place_hold(self.client.id, self.store, lines, 600, by=SYSTEM)
        self.book.holds.append((made.public_id, sku, pieces))
        self.book.shelves[sku].reserved += pieces

    @precondition(lambda self: self.book.holds)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        if (chosen := self._draw(data, self.book.holds)) is None:
            return
        public_id, sku, pieces = chosen
        with transaction():
            release_hold(get_hold(public_id, client_id=self.client.id), by=SYSTEM)
        self.book.holds.remove(chosen)
        self.book.shelves[sku].reserved -= pieces

    @rule(data=st.data(), pieces=PIECES)
    def pick(self, data: st.DataObject, pieces: int) -> None:
        lines = [(sale, line) for sale in self.book.sales for line in sale.lines]
        if (chosen := self._draw(data, lines)) is not None:
            self._pick(*chosen, pieces)

    @precondition(lambda self: self._sales("received", "picking"))
    @rule(data=st.data())
    def pick_everything(self, data: st.DataObject) -> None:
        if (sale := self._draw(data, self._sales("received", "picking"))) is not None:
            self._pick_all(sale)

    @precondition(lambda self: any(sale.loose(line) for sale, line in self._open_lines()))
    @rule(data=st.data(), pieces=PIECES)
    def take_a_pick_back(self, data: st.DataObject, pieces: int) -> None:
        if (chosen := self._draw(data, self._open_lines())) is None:
            return
        sale, line = chosen
        for task in self._tasks(sale, line):
            if task.picked >= pieces and sale.loose(line) >= pieces:
                with transaction():
                    undo_pick(db.session.get_one(PickTask, task.id), pieces=pieces, by=SYSTEM)
                line.picked -= pieces
                sale.settle()
                return

    @precondition(lambda self: any(line.open > line.picked for _, line in self._open_lines()))
    @rule(data=st.data(), reason=REASONS)
    def miss(self, data: st.DataObject, reason: str) -> None:
        lines = [(sale, line) for sale, line in self._open_lines() if line.open > line.picked]
        if (chosen := self._draw(data, lines)) is None:
            return
        sale, line = chosen
        task = next(task for task in self._tasks(sale, line) if task.left)
        with transaction():
            made = short_pick(db.session.get_one(PickTask, task.id), pieces=1, reason=reason, by=SYSTEM)
        assert made is not None
        self.book.make_short(sale, line, 1, reason, made.public_id)

    @precondition(lambda self: any(not short.undone and not short.found for short in self.book.shorts))
    @rule(data=st.data())
    def miss_nothing_after_all(self, data: st.DataObject) -> None:
        shorts = [short for short in self.book.shorts if not short.undone and not short.found]
        if (short := self._draw(data, shorts)) is None:
            return
        allowed = self.book.may_undo(short)
        try:
            with transaction():
                undo_short_pick(get_short_pick(short.public_id, self.store.id), by=SYSTEM)
        except OperationError:
            assert not allowed
        else:
            assert allowed
            self.book.undo_short(short)

    @precondition(lambda self: self.book.shorts)
    @rule(sku=SKUS, pieces=PIECES)
    def find(self, sku: str, pieces: int) -> None:
        with transaction():
            found_it(self.store, db.session.get_one(Item, self.items[sku].id), pieces=pieces, by=SYSTEM)
        self.book.find(sku, pieces)

    @precondition(lambda self: any(short.asked for sale in self.book.sales for short in sale.questions))
    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        asked = [short for sale in self.book.sales for short in sale.questions if short.asked]
        if (short := self._draw(data, asked)) is None:
            return
        how = data.draw(st.sampled_from(["cancel", "wait", "substitute"]))
        ways = {"cancel": lambda _: False, "wait": self._wait_for_a_van, "substitute": self._take_another}
        if not ways[how](short):
            with transaction():
                answer_question(self._question(short), choice="cancel", by=SYSTEM)
            short.asked = False
        short.order.settle()

    def _question(self, short: Short) -> Question:
        """The open question about these pieces; those that a van did not bring are asked about in their order."""
        same = [one for one in short.order.questions if one.asked and one.line is short.line and not one.public_id]
        questions = db.session.scalars(
            select(Question)
            .join(Order, Order.id == Question.order_id)
            .join(OrderLine, OrderLine.id == Question.order_line_id)
            .outerjoin(ShortPick, ShortPick.id == Question.short_pick_id)
            .where(Question.state == "open", Order.public_id == short.order.public_id)
            .where(OrderLine.line_id == short.line.line_id)
            .where(ShortPick.public_id == short.public_id if short.public_id else ShortPick.id.is_(None))
            .order_by(Question.id)
        ).all()
        return questions[0 if short.public_id else same.index(short)]

    def _take_another(self, short: Short) -> bool:
        """The customer takes the other item instead, as a line of its own; False where there is too little of it."""
        sku = "MUG" if short.line.sku == "SHIRT" else "SHIRT"
        pieces = short.pieces - short.found_pieces

        def propose() -> None:
            propose_substitute(self._question(short), db.session.get_one(Item, self.items[sku].id), by=SYSTEM)

        if self.book.shelves[sku].free < pieces:
            with pytest.raises(InsufficientStock), transaction():
                propose()
            return False
        with transaction():
            propose()
        with transaction():
            order = answer_question(self._question(short), choice="substitute", details={"sku": sku}, by=SYSTEM)
            made = max(order.lines, key=lambda line: line.position)
            short.order.lines.append(Line(made.line_id, sku, pieces, pieces))
        short.asked = False
        short.line.substituted += pieces
        self.book.shelves[sku].reserved += pieces
        return True

    def _wait_for_a_van(self, short: Short) -> bool:
        """The customer waits for the other store to send it, where that was offered; True when it is sent."""
        shelf, sku = self.book.far[short.line.sku], short.line.sku
        db.session.rollback()
        if not any(option["choice"] == "wait_transfer" for option in self._question(short).options):
            return False
        pieces = short.pieces - short.found_pieces
        if shelf.free < pieces:
            with pytest.raises(InsufficientStock), transaction():
                answer_question(self._question(short), choice="wait_transfer", by=SYSTEM)
            return False
        with transaction():
            order = answer_question(self._question(short), choice="wait_transfer", by=SYSTEM)
            made = transfers_of_order(order.id)[-1].public_id
        short.asked = False
        self.book.request(Van(made, True, sku, pieces, line=short.line), short.order)
        return True

    @precondition(lambda self: any(sale.state != "cancelled" for sale in self.book.sales))
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        sale = self._draw(data, [sale for sale in self.book.sales if sale.state != "cancelled"])
        if sale.is_open:
            with transaction():
                cancel_order(get_order(sale.public_id), reason="no", by=SYSTEM)
            self.book.close_all(sale)
        else:
            with pytest.raises(OperationError), transaction():
                cancel_order(get_order(sale.public_id), reason="no", by=SYSTEM)

    @precondition(lambda self: any(line.open for _, line in self._open_lines()))
    @rule(data=st.data(), pieces=PIECES)
    def cancel_some(self, data: st.DataObject, pieces: int) -> None:
        lines = [(sale, line) for sale, line in self._open_lines() if line.open >= pieces]
        if (chosen := self._draw(data, lines)) is None:
            return
        sale, line = chosen
        with transaction():
            cancel_pieces(get_order(sale.public_id), line.line_id, pieces, reason="less", by=SYSTEM)
        self.book.close(sale, line, pieces)
        sale.settle()

    @precondition(lambda self: any(sale.loose(line) for sale, line in self._open_lines()))
    @rule(data=st.data(), pieces=PIECES)
    def pack(self, data: st.DataObject, pieces: int) -> None:
        lines = [(sale, line) for sale, line in self._open_lines() if sale.loose(line)]
        if (chosen := self._draw(data, lines)) is not None:
            sale, line = chosen
            self._pack(sale, line, min(pieces, sale.loose(line)))

    @precondition(lambda self: self._sales("picking", "picked", "ready"))
    @rule(data=st.data())
    def stage(self, data: st.DataObject) -> None:
        if (sale := self._draw(data, self._sales("picking", "picked", "ready"))) is not None:
            for line in sale.lines:
                if sale.loose(line):
                    self._pack(sale, line, sale.loose(line))
            self._stage_all(sale)

    @precondition(lambda self: any(bag.in_store for sale in self.book.sales if sale.is_open for bag in sale.bags))
    @rule(data=st.data(), away=st.booleans())
    def unstage_or_empty(self, data: st.DataObject, away: bool) -> None:
        bags = [(sale, bag) for sale in self.book.sales if sale.is_open for bag in sale.bags if bag.in_store]
        if (chosen := self._draw(data, bags)) is None:
            return
        sale, bag = chosen
        with transaction():
            (empty_bag if away else unstage_bag)(get_package(bag.public_id, self.store.id), by=SYSTEM)
        bag.state = "emptied" if away else "packed"
        if away:
            bag.contents, bag.marked = {}, {}
        sale.settle()

    @precondition(
        lambda self: any(any(bag.marked.values()) for sale in self.book.sales for bag in sale.bags if bag.in_store)
    )
    @rule(data=st.data())
    def take_out(self, data: st.DataObject) -> None:
        if (chosen := self._draw(data, self._marked())) is None:
            return
        sale, bag, line_id = chosen
        with transaction():
            take_out_piece(get_package(bag.public_id, self.store.id), line_id, by=SYSTEM)
        bag.remove_marked(line_id, 1)
        sale.settle()

    @precondition(lambda self: self._sales("ready"))
    @rule(data=st.data(), refuses=st.booleans())
    def give(self, data: st.DataObject, refuses: bool) -> None:
        if (sale := self._draw(data, self._sales("ready"))) is None:
            return
        refused = {line.line_id: data.draw(st.integers(0, line.open)) for line in sale.lines if refuses and line.open}
        self._give(sale, refused)

    def _give(self, sale: Sale, refused: dict[str, int]) -> None:
        """Hand over all of an order but what its customer refuses, by line."""
        shares = self.book.plan(sale, refused)
        results = {
            line.line_id: LineResult(
                line.open - refused.get(line.line_id, 0), refused.get(line.line_id, 0), "too small"
            )
            for line in sale.lines
            if line.open
        }
        scanned = [bag.public_id for bag in sale.bags if bag.in_store and any(bag.contents.values())]
        with transaction():
            made = hand_over(
                get_order(sale.public_id),
                scanned_packages=scanned,
                method="id",
                given_checks=["photo_id"],
                lines=results if refused else None,
                by=SYSTEM,
            )
        self.book.hand_over(sale, made.public_id, shares)

    @precondition(lambda self: self._sales("received", "picking", "picked", "ready"))
    @rule(data=st.data(), refuses=st.booleans())
    def serve_somebody(self, data: st.DataObject, refuses: bool) -> None:
        """Bring one order as far as it goes, so that handoffs are as common as orders."""
        sale = self._draw(data, self._sales("received", "picking", "picked", "ready"))
        self._pick_all(sale)
        for line in sale.lines:
            if sale.is_open and sale.loose(line):
                self._pack(sale, line, sale.loose(line))
        self._stage_all(sale)
        if sale.state == "ready":
            self._give(sale, {line.line_id: 1 for line in sale.lines[:1] if refuses and line.open})

    @precondition(lambda self: self._sales("ready"))
    @rule(data=st.data(), put_back=st.booleans(), sure=st.booleans())
    def refuse_everything(self, data: st.DataObject, put_back: bool, sure: bool) -> None:
        """The customer takes nothing and may think again, at times when some is on its way to the shelf."""
        sale = self._draw(data, self._sales("ready"))
        self._give(sale, {line.line_id: line.open for line in sale.lines if line.open})
        if put_back:
            self._carry(
                sale, next(place for place, one in enumerate(sale.carries) if one.state == "open"), "sellable", 1
            )
        if not sure:
            self._take_back(sale, sale.given[-1])

    @precondition(lambda self: any(sale.given and not sale.given[-1].undone for sale in self.book.sales))
    @rule(data=st.data())
    def take_a_handoff_back(self, data: st.DataObject) -> None:
        given = [(sale, sale.given[-1]) for sale in self.book.sales if sale.given and not sale.given[-1].undone]
        if (chosen := self._draw(data, given)) is not None:
            self._take_back(*chosen)

    def _take_back(self, sale: Sale, handoff: Given) -> None:
        if not self.book.may_undo_handoff(sale, handoff):
            with pytest.raises(OperationError), transaction():
                undo_handoff(get_handoff(handoff.public_id, self.store.id), by=SYSTEM)
            return
        with transaction():
            undo_handoff(get_handoff(handoff.public_id, self.store.id), by=SYSTEM)
        self.book.undo_handoff(sale, handoff)

    @precondition(lambda self: any(carry.state == "open" for sale in self.book.sales for carry in sale.carries))
    @rule(data=st.data(), outcome=st.sampled_from(["sellable", "damaged", "missing"]), pieces=PIECES)
    def carry_back(self, data: st.DataObject, outcome: str, pieces: int) -> None:
        open_ = [
            (sale, place)
            for sale in self.book.sales
            for place, carry in enumerate(sale.carries)
            if carry.state == "open"
        ]
        if (chosen := self._draw(data, open_)) is None:
            return
        self._carry(*chosen, outcome, pieces)

    def _carry(self, sale: Sale, place: int, outcome: str, pieces: int) -> None:
        carry = sale.carries[place]
        pieces = min(pieces, carry.pieces - carry.done)
        with transaction():
            task = db.session.scalars(
                select(FloorTask)
                .join(Order, Order.id == FloorTask.order_id)
                .where(Order.public_id == sale.public_id, FloorTask.kind == "put_back")
                .order_by(FloorTask.id)
            ).all()[place]
            put_back(task, **{outcome: pieces}, by=SYSTEM)
        self.book.put_back(sale, carry, outcome, pieces)

    @precondition(lambda self: self._sales("ready"))
    @rule()
    def let_holds_run_out(self) -> None:
        ready = self._sales("ready")
        if not ready:
            return
        with transaction():
            until = max(order.hold_until for order in (get_order(sale.public_id) for sale in ready) if order.hold_until)
            assert expire_due_orders(until) == len(ready)
        for sale in ready:
            sale.expired = True
            self.book.close_all(sale)
